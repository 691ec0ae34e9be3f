//! Whether a run is as it was written, and whether its verdicts follow from what was seen.
//!
//! The journal's chain shows what was changed, dropped, moved or put in. Whoever can write the whole folder could compute a
//! new chain; so everything that the journal tells is also held against the rest: verdicts are judged again from
//! observations and reports, evidence is hashed, the plan is held against the copy of the suite, the signatures of the
//! plugins against the copy of the lock, and every document against the one that the journal yields. What even this cannot
//! show -- a whole run made anew -- takes the signature of a bundle, or the journal's last hash noted elsewhere.

pub(crate) mod basis;
mod chain;
mod evidence;
mod inputs;
mod rest;
mod seal;
mod story;

use crate::folder;
use crate::make::names;
use std::path::Path;
use touchstone_model::digest::Digest;
use touchstone_model::run::Run;
use touchstone_model::text::Text;
use touchstone_runner::journal::FILE;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// To be known; nothing is wrong.
    Note,
    /// Something is missing that can still come: the run was stopped, or a document was not written yet.
    Open,
    /// Something is not as it was written.
    Altered,
}

/// What was found, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it weighs.
    pub weight: Weight,
    /// File, below the folder.
    pub file: String,
    /// Line in it, from 1.
    pub line: Option<usize>,
    /// What it is.
    pub what: Text,
}

impl Finding {
    /// Where: `journal.log:12`.
    pub fn place(&self) -> String {
        self.line.map_or_else(|| self.file.clone(), |line| format!("{}:{line}", self.file))
    }
}

/// All that was found.
#[derive(Debug, Default)]
pub struct Findings(pub Vec<Finding>);

impl Findings {
    pub(crate) fn add(&mut self, weight: Weight, file: &str, line: Option<usize>, zh: impl Into<String>, en: impl Into<String>) {
        self.0.push(Finding { weight, file: file.to_owned(), line, what: Text::new(zh, en) });
    }

    pub(crate) fn altered(&mut self, file: &str, zh: impl Into<String>, en: impl Into<String>) {
        self.add(Weight::Altered, file, None, zh, en);
    }

    /// The heaviest.
    pub fn weight(&self) -> Weight {
        self.0.iter().map(|finding| finding.weight).max().unwrap_or(Weight::Note)
    }
}

/// What came of looking at a run.
#[derive(Debug)]
pub struct Verification {
    /// In the order they were met.
    pub findings: Findings,
    /// The run, where the journal could be read.
    pub run: Option<Run>,
    /// Entries of the journal.
    pub entries: usize,
    /// Hash of its last whole line.
    pub head: Digest,
    /// Algorithm and fingerprint of each key whose signature holds.
    pub signers: Vec<(&'static str, Digest)>,
}

/// Whether a folder is, or was, a bundle: any part of a seal makes it one.
pub fn is_bundle(path: &Path) -> bool {
    names::SEAL.iter().any(|name| path.join(name).exists())
}

/// What is known of a run from elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Anchors {
    /// The journal's last hash.
    pub head: Option<Digest>,
    /// Fingerprints of keys, of which the bundle must carry every one.
    pub keys: Vec<Digest>,
}

/// Looks at the folder of a run, or at a bundle, with nothing known from elsewhere but perhaps the journal's head.
pub fn verify(path: &Path, head: Option<&Digest>) -> Verification {
    verify_with(path, &Anchors { head: head.cloned(), keys: Vec::new() })
}

/// As [`verify`], with what is known from elsewhere.
pub fn verify_with(path: &Path, anchors: &Anchors) -> Verification {
    let Anchors { head, keys } = anchors;
    let mut findings = Findings::default();
    let bytes = match std::fs::read(path.join(FILE)) {
        Ok(bytes) => bytes,
        Err(error) => {
            findings.altered(FILE, format!("无法读取：{error}"), format!("cannot be read: {error}"));
            return Verification { findings, run: None, entries: 0, head: Digest::default(), signers: Vec::new() };
        }
    };
    let chain = chain::read(&bytes, &mut findings);
    if let Some(head) = head
        && *head != chain.head
    {
        match chain.hashes.iter().position(|hash| hash == head) {
            Some(at) => findings.add(
                Weight::Altered,
                FILE,
                Some(at + 2),
                "在所给末项之后又有内容",
                "goes on after the head that was given",
            ),
            None => findings.altered(
                FILE,
                format!("末项为 {}，与所给不符，且其中没有所给的一项：已被截断或重造", chain.head),
                format!("ends with {}, and the head that was given is nowhere in it: it was cut off or made anew", chain.head),
            ),
        }
    }
    let entries: Vec<_> = chain.entries.iter().map(|(_, entry)| entry.clone()).collect();
    let run = match Run::from_entries(&entries, chain.head.clone()) {
        Ok(run) => Some(run),
        Err(error) => {
            findings.altered(FILE, format!("不是一次运行的记录：{error}"), format!("is not the record of a run: {error}"));
            None
        }
    };
    let listing = folder::list(path).unwrap_or_default();
    let sealed = is_bundle(path);
    let mut expected = vec![FILE.to_owned()];
    let mut signers = Vec::new();
    if let Some(run) = &run {
        story::read(&chain.entries, run, &mut findings);
        expected.extend(evidence::look(path, &chain.entries, &listing, &mut findings));
        expected.extend(inputs::look(path, run, &chain.entries, &mut findings));
        expected.extend(rest::documents(path, run, &chain, &mut findings));
        if sealed {
            let seal = seal::look(path, run, &listing, keys, &mut findings);
            expected.extend(seal.files);
            signers = seal.signers;
        }
        rest::files(path, &listing, &expected, &mut findings);
    }
    Verification { findings, run, entries: chain.entries.len(), head: chain.head, signers }
}
