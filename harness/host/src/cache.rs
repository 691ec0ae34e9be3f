//! Compiled components, by the digest of their source.
//!
//! Taking up machine code is only safe when this host wrote it. Every file carries a keyed hash; the key lies beside the
//! files, readable by their owner only. What does not fit is compiled again.

use sha2::{Digest as _, Sha256};
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use touchstone_model::digest::Digest;
use wasmtime::Engine;
use wasmtime::component::Component;

const SEAL: usize = 32;

/// A folder of compiled components.
pub struct Cache {
    folder: PathBuf,
    compatible: u64,
}

impl Cache {
    /// For what `engine` can run.
    pub fn new(folder: PathBuf, engine: &Engine) -> Self {
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        Cache { folder, compatible: hasher.finish() }
    }

    /// Compiles, or takes up what was compiled before.
    pub fn component(&self, engine: &Engine, wasm: &[u8], digest: &Digest) -> wasmtime::Result<Component> {
        let path = self.folder.join(format!("{digest}-{:016x}.cwasm", self.compatible));
        let key = self.key().ok();
        if let Some(component) = key.as_ref().and_then(|key| take_up(engine, &path, key)) {
            return Ok(component);
        }
        let component = Component::new(engine, wasm)?;
        if let (Some(key), Ok(code)) = (key, component.serialize())
            && let Err(error) = store(&path, &code, &key)
        {
            tracing::debug!(%error, "compiled component not kept");
        }
        Ok(component)
    }

    fn key(&self) -> io::Result<Vec<u8>> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let path = self.folder.join("key");
        match fs::read(&path) {
            Ok(key) if key.len() == SEAL => return Ok(key),
            Ok(_) => fs::remove_file(&path)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let mut key = vec![0; SEAL];
        getrandom::fill(&mut key).map_err(io::Error::other)?;
        // Whoever comes second takes the key of the first.
        match fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(mut file) => file.write_all(&key).map(|()| key),
            Err(_) => fs::read(&path),
        }
    }
}

fn seal(code: &[u8], key: &[u8]) -> [u8; SEAL] {
    // Key before and after: the outer hash of HMAC in one pass, enough for a local seal.
    let mut hasher = Sha256::new();
    hasher.update(key);
    hasher.update(code);
    hasher.update(key);
    hasher.finalize().into()
}

fn store(path: &Path, code: &[u8], key: &[u8]) -> io::Result<()> {
    let aside = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
    file.write_all(&seal(code, key))?;
    file.write_all(code)?;
    fs::rename(aside, path)
}

fn take_up(engine: &Engine, path: &Path, key: &[u8]) -> Option<Component> {
    let file = fs::read(path).ok()?;
    let (sealed, code) = file.split_at_checked(SEAL)?;
    if sealed != seal(code, key) {
        tracing::warn!("a compiled component was not written by this host: compiled again");
        return None;
    }
    deserialize(engine, code)
}

#[allow(unsafe_code)]
fn deserialize(engine: &Engine, code: &[u8]) -> Option<Component> {
    // SAFETY: the seal shows that these very bytes came out of `Component::serialize` of this host; they were read once and
    // cannot change between the test and the use. Wasmtime itself refuses code of another version or configuration.
    unsafe { Component::deserialize(engine, code) }.ok()
}
