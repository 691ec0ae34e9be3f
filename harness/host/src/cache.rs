//! Compiled components, kept by the digest of their source and of the compiler's settings.
//!
//! Compiled code is run as it is, so nothing is taken back that this host did not write: every file ends in a MAC over its
//! name and content, under a key that only the cache's owner can read, in a folder that only the owner can change. Anything
//! else is compiled anew.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::fs::{self, OpenOptions};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use touchstone_model::digest::Digest;
use wasmtime::Engine;
use wasmtime::component::Component;

const MAC_LENGTH: usize = 32;
const KEY_LENGTH: usize = 32;

pub(crate) struct Cache {
    folder: PathBuf,
    key: [u8; KEY_LENGTH],
    /// Compiled code fits one compiler with one set of settings only.
    settings: u64,
}

impl Cache {
    /// Opens or makes the cache; none when the folder is not ours alone or cannot be written.
    pub(crate) fn open(folder: &Path, engine: &Engine) -> Option<Self> {
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        match open_key(folder) {
            Ok(key) => Some(Self { folder: folder.to_owned(), key, settings: hasher.finish() }),
            Err(error) => {
                tracing::warn!(folder = %folder.display(), %error, "no cache: components are compiled at every start");
                None
            }
        }
    }

    fn name(&self, digest: &Digest) -> String {
        format!("{digest}-{:016x}.cwasm", self.settings)
    }

    fn mac(&self, name: &str, content: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        mac.update(name.as_bytes());
        mac.update(&[0]);
        mac.update(content);
        Some(mac)
    }

    /// The compiled component, if this host kept it before and it is unharmed.
    pub(crate) fn get(&self, engine: &Engine, digest: &Digest) -> Option<Component> {
        let name = self.name(digest);
        let file = fs::read(self.folder.join(&name)).ok()?;
        let content = self.verified(&name, &file);
        if content.is_none() {
            tracing::warn!(name, "a file of the cache is not as this host wrote it; compiling anew");
        }
        take_back(engine, content?)
            .inspect_err(|error| tracing::warn!(name, %error, "a file of the cache does not fit; compiling anew"))
            .ok()
    }

    fn verified<'a>(&self, name: &str, file: &'a [u8]) -> Option<&'a [u8]> {
        let (content, mac) = file.split_at_checked(file.len().checked_sub(MAC_LENGTH)?)?;
        self.mac(name, content)?.verify_slice(mac).ok()?;
        Some(content)
    }

    /// Keeps a compiled component; a failure costs time at the next start, nothing else.
    pub(crate) fn put(&self, digest: &Digest, component: &Component) {
        let kept = component.serialize().map_err(io::Error::other).and_then(|content| self.write(&self.name(digest), content));
        if let Err(error) = kept {
            tracing::warn!(%error, "a compiled component could not be kept");
        }
    }

    fn write(&self, name: &str, mut content: Vec<u8>) -> io::Result<()> {
        let mac = self.mac(name, &content).ok_or_else(|| io::Error::other("no MAC"))?;
        content.extend_from_slice(&mac.finalize().into_bytes());
        write_whole(&self.folder, name, &content)
    }
}

#[allow(unsafe_code, reason = "compiled code is trusted as it is; `Cache::verified` has shown that this host wrote it")]
fn take_back(engine: &Engine, content: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: the bytes carry this host's MAC for this name, so `Component::serialize` made them, and they are in our own
    // memory, where nobody can change them any more.
    unsafe { Component::deserialize(engine, content) }
}

fn open_key(folder: &Path) -> io::Result<[u8; KEY_LENGTH]> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    ours_alone(&fs::metadata(folder)?, 0o022, "the folder can be changed by others")?;
    let path = folder.join("key");
    match read_key(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // Whoever comes second takes the key of whoever came first.
            make_key(folder).or_else(|error| if error.kind() == io::ErrorKind::AlreadyExists { Ok(()) } else { Err(error) })?;
            read_key(&path)
        }
        other => other,
    }
}

fn read_key(path: &Path) -> io::Result<[u8; KEY_LENGTH]> {
    ours_alone(&fs::symlink_metadata(path)?, 0o077, "the key can be read by others")?;
    fs::read(path)?.try_into().map_err(|_| io::Error::other("the key is damaged; remove the folder"))
}

fn make_key(folder: &Path) -> io::Result<()> {
    let mut key = [0_u8; KEY_LENGTH];
    if rustix::rand::getrandom(&mut key[..], rustix::rand::GetRandomFlags::empty())? != KEY_LENGTH {
        return Err(io::Error::other("too few random bytes"));
    }
    let temporary = temporary(folder, "key");
    write_new(&temporary, &key)?;
    // A link, unlike a renaming, leaves a key alone that another process has made meanwhile.
    let linked = fs::hard_link(&temporary, folder.join("key"));
    fs::remove_file(&temporary)?;
    linked
}

fn ours_alone(metadata: &fs::Metadata, forbidden: u32, otherwise: &str) -> io::Result<()> {
    let ours = metadata.uid() == rustix::process::geteuid().as_raw();
    if ours && metadata.mode() & forbidden == 0 { Ok(()) } else { Err(io::Error::other(otherwise.to_owned())) }
}

fn write_whole(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let temporary = temporary(folder, name);
    let written = write_new(&temporary, content).and_then(|()| fs::rename(&temporary, folder.join(name)));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// A name that no other process or thread uses at the same time.
fn temporary(folder: &Path, name: &str) -> PathBuf {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    folder.join(format!(".{name}.{}.{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)))
}

fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    // Left by a process of the same number that was killed.
    let _ = fs::remove_file(path);
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(content)
}
