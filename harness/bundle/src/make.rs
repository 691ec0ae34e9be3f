//! The bundle: everything that belongs to a run, summed, stated and signed.

use crate::documents::{ASSESSMENT, documents};
use crate::folder;
use crate::pdf::{PDF, pdf};
use crate::verify::{Weight, verify};
use serde_json::json;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use touchstone_model::digest::Digest;
use touchstone_model::run::Run;
use touchstone_model::text::{Lang, Text};
use touchstone_reports::in_toto::{Subject, statement};
use touchstone_runner::journal::{EVIDENCE, FILE, INPUTS};
use touchstone_seal::dsse::{Signed, envelope, pre_authentication_encoding};
use touchstone_seal::{Ed25519Key, SealError, Sm2Key, sm3};

/// Names in a bundle that no list of sums can hold: the lists themselves and what is made from them.
pub(crate) mod names {
    pub(crate) const SHA256: &str = "SHA256SUMS";
    pub(crate) const SM3: &str = "SM3SUMS";
    pub(crate) const STATEMENT: &str = "statement.json";
    pub(crate) const ENVELOPE: &str = "statement.dsse.json";
    pub(crate) const ED25519: &str = "statement.ed25519.sig";
    pub(crate) const SM2: &str = "statement.sm2.sig";
    /// All of them.
    pub(crate) const SEAL: [&str; 6] = [SHA256, SM3, STATEMENT, ENVELOPE, ED25519, SM2];
    pub(crate) const ED25519_KEY: &str = "keys/ed25519.pem";
    pub(crate) const SM2_KEY: &str = "keys/sm2.pem";
    pub(crate) const GUIDE: &str = "VERIFY.md";
    pub(crate) const PLUGINS: &str = "plugins.json";
    pub(crate) const ENVIRONMENT: &str = "environment.json";
}

const GUIDE: &str = include_str!("VERIFY.md");

/// Whose seal a bundle carries.
pub struct Keys {
    /// For everybody.
    pub ed25519: Ed25519Key,
    /// For readers bound to the national standards.
    pub sm2: Sm2Key,
}

/// Why there is no bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The run is not fit for one; in words.
    #[error("{}", .0.en)]
    Unfit(Text),
    /// The file system refused.
    #[error("{0}: {1}")]
    Io(String, io::Error),
    /// A key would not sign.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Makes a bundle of the run in `run` at `out`, which must not exist. The documents for people are in `lang`. The answer says what
/// it had to be made without: the PDF, where there is no typesetter.
pub fn make(run: &Path, out: &Path, keys: &Keys, lang: Lang) -> Result<Option<Text>, BundleError> {
    if out.exists() {
        let shown = out.display();
        return Err(unfit(format!("{shown} 已存在"), format!("{shown} exists already")));
    }
    let verification = verify(run, None);
    let wrong = verification.findings.0.iter().find(|finding| finding.weight > Weight::Note);
    if let Some(finding) = wrong {
        let (place, Text { zh, en }) = (finding.place(), &finding.what);
        return Err(unfit(
            format!("该运行不能打包，先见 touchstone verify：{place}：{zh}"),
            format!("this run cannot be bundled, see touchstone verify: {place}: {en}"),
        ));
    }
    let Some(told) = &verification.run else { return Err(unfit("没有运行", "there is no run")) };
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let aside = folder.join(format!(".{}.partial", out.file_name().unwrap_or_default().to_string_lossy()));
    if aside.exists() {
        std::fs::remove_dir_all(&aside).map_err(at(&aside))?;
    }
    let written = write(run, &aside, told, keys, lang);
    if written.is_err() {
        // Half a bundle is none; why it could not be made is what counts.
        let _ = std::fs::remove_dir_all(&aside);
    }
    let without = written?;
    std::fs::rename(&aside, out).map_err(at(out))?;
    Ok(without)
}

fn write(from: &Path, to: &Path, run: &Run, keys: &Keys, lang: Lang) -> Result<Option<Text>, BundleError> {
    let listing = folder::list(from).map_err(at(from))?;
    let kept = |name: &&String| {
        *name == FILE
            || *name == ASSESSMENT
            || [EVIDENCE, INPUTS].iter().any(|f| name.strip_prefix(f).is_some_and(|rest| rest.starts_with('/')))
    };
    let mut sums = BTreeMap::new();
    for name in listing.files.keys().filter(kept) {
        if name.contains(['\\', '\n', '\r']) || name.contains("/.") {
            return Err(unfit(format!("文件名不可用：{name:?}"), format!("a file name that cannot be used: {name:?}")));
        }
        let content = std::fs::read(from.join(name)).map_err(at(&from.join(name)))?;
        put(to, name, &content, &mut sums)?;
    }
    for document in documents(from, run, lang) {
        put(to, document.name, &document.content(), &mut sums)?;
    }
    let without = match pdf(from, run, lang) {
        Ok(content) => {
            put(to, PDF, &content, &mut sums)?;
            None
        }
        Err(why) => Some(why),
    };
    for (name, content) in own(run) {
        put(to, name, content.as_bytes(), &mut sums)?;
    }
    put(to, names::ED25519_KEY, keys.ed25519.public().to_pem()?.as_bytes(), &mut sums)?;
    put(to, names::SM2_KEY, keys.sm2.public().to_pem()?.as_bytes(), &mut sums)?;
    seal(to, run, &sums, keys)?;
    Ok(without)
}

/// What a bundle holds beside the run's own files, by name: made from the run alone.
pub(crate) fn own(run: &Run) -> Vec<(&'static str, String)> {
    vec![
        (names::GUIDE, GUIDE.to_owned()),
        (names::PLUGINS, format!("{:#}\n", json!(run.plan.plugins))),
        (names::ENVIRONMENT, format!("{:#}\n", json!(run.environment))),
    ]
}

/// SHA-256 of a bundle's statement, which covers the whole bundle: by it the next round is bound to this one.
pub fn statement_digest(bundle: &Path) -> Option<Digest> {
    std::fs::read(bundle.join(names::STATEMENT)).ok().map(Digest::of)
}

/// Both digests of a file.
pub(crate) struct Sums {
    pub(crate) sha256: Digest,
    pub(crate) sm3: String,
}

/// The lists as files.
pub(crate) fn lists(sums: &BTreeMap<String, Sums>) -> (String, String) {
    let sha256 = sums.iter().map(|(name, sums)| format!("{}  {name}\n", sums.sha256)).collect();
    let sm3 = sums.iter().map(|(name, sums)| format!("{}  {name}\n", sums.sm3)).collect();
    (sha256, sm3)
}

/// The statement over both lists.
pub(crate) fn state(run: &Run, sha256_list: &[u8], sm3_list: &[u8]) -> String {
    let subject = |name: &str, list: &[u8]| Subject {
        name: name.to_owned(),
        digests: vec![("sha256", Digest::of(list).0), ("sm3", sm3(list))],
    };
    statement(run, &[subject(names::SHA256, sha256_list), subject(names::SM3, sm3_list)])
}

fn seal(to: &Path, run: &Run, sums: &BTreeMap<String, Sums>, keys: &Keys) -> Result<(), BundleError> {
    let (sha256_list, sm3_list) = lists(sums);
    let statement = state(run, sha256_list.as_bytes(), sm3_list.as_bytes());
    let encoding = pre_authentication_encoding(statement.as_bytes());
    let ed25519 = Signed { key: keys.ed25519.public().fingerprint(), signature: keys.ed25519.sign(&encoding) };
    let sm2 = Signed { key: keys.sm2.public().fingerprint(), signature: keys.sm2.sign(&encoding)? };
    let envelope = envelope(statement.as_bytes(), &[ed25519.clone(), sm2.clone()]);
    let files: [(&str, &[u8]); 6] = [
        (names::SHA256, sha256_list.as_bytes()),
        (names::SM3, sm3_list.as_bytes()),
        (names::STATEMENT, statement.as_bytes()),
        (names::ENVELOPE, envelope.as_bytes()),
        (names::ED25519, &ed25519.signature),
        (names::SM2, &sm2.signature),
    ];
    for (name, content) in files {
        let path = to.join(name);
        std::fs::write(&path, content).map_err(at(&path))?;
    }
    Ok(())
}

fn put(to: &Path, name: &str, content: &[u8], sums: &mut BTreeMap<String, Sums>) -> Result<(), BundleError> {
    let path = to.join(name);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(at(folder))?;
    }
    std::fs::write(&path, content).map_err(at(&path))?;
    sums.insert(name.to_owned(), Sums { sha256: Digest::of(content), sm3: sm3(content) });
    Ok(())
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> BundleError {
    let path: PathBuf = path.to_owned();
    move |error| BundleError::Io(path.display().to_string(), error)
}

fn unfit(zh: impl Into<String>, en: impl Into<String>) -> BundleError {
    BundleError::Unfit(Text::new(zh, en))
}
