//! Folders that somebody hands in as a run or as a bundle: each is told to be altered, and never more.
#![forbid(unsafe_code)]

use std::path::PathBuf;
use touchstone_bundle::verify::{Weight, verify};
use touchstone_fuzz::fuzz;
use touchstone_runner::journal;

const START: &str = r#"{"seq":0,"at":"2026-01-01T00:00:00.000Z","event":"run-started","run":"r","tool":"0","suite_sha256":"00","plan":{"suite":"s","suite_title":{"zh":"","en":""},"catalogue":{"id":"c","title":{"zh":"","en":""},"areas":[],"clauses":[]},"selected":[],"allowed":"observe","targets":[],"plugins":[],"items":[],"left_out":[]}}"#;
/// Files of a bundle beside its journal.
const FILES: [&str; 9] = [
    "SHA256SUMS",
    "SM3SUMS",
    "statement.json",
    "statement.dsse.json",
    "statement.ed25519.sig",
    "statement.sm2.sig",
    "keys/ed25519.pem",
    "keys/sm2.pem",
    "plugins.json",
];

fn folder() -> tempfile::TempDir {
    let memory = PathBuf::from("/dev/shm");
    let dir = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    let dir = dir.expect("a folder");
    std::fs::create_dir(dir.path().join("keys")).expect("a folder");
    dir
}

/// One line after the other, each with its right hash: what is told is told of their content.
#[test]
fn fuzz_journals_that_are_verified() {
    let dir = folder();
    let end = r#"{"seq":1,"at":"2026-01-01T00:00:01.000Z","event":"run-finished","interrupted":false}"#;
    let checks = r#"{"seq":1,"at":"t","event":"check-started","item":"a@b","attempt":1}"#;
    let seeds = [format!("{START}\n{end}"), format!("{START}\n{checks}\n{}", end.replace("\"seq\":1", "\"seq\":2"))];
    let seeds: Vec<&[u8]> = seeds.iter().map(String::as_bytes).collect();
    let words =
        ["\"event\":\"", "check-finished", "observed", "reported", "surveyed", "\"seq\":", "\n", "null", "{}", "[]", "\"item\":"];
    fuzz(&seeds, &words, |input| {
        let (mut content, mut before) = (Vec::new(), journal::zero());
        for line in String::from_utf8_lossy(input).lines() {
            before = journal::link(&before, line);
            content.extend(format!("{before} {line}\n").bytes());
        }
        std::fs::write(dir.path().join(journal::FILE), content).expect("written");
        let verification = verify(dir.path(), None);
        (verification.entries.min(9), verification.run.is_some(), format!("{:?}", verification.findings.weight()))
    });
}

/// The first byte chooses the file; nothing that anybody writes there passes for a seal.
#[test]
fn fuzz_seals() {
    let dir = folder();
    let start = format!("{} {START}\n", journal::link(&journal::zero(), START));
    std::fs::write(dir.path().join(journal::FILE), start).expect("written");
    let sum = format!("{}  journal.log\n", "0".repeat(64));
    let statement = r#"{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"journal.log","digest":{"sha256":"00","sm3":"00"}}],"predicateType":"p","predicate":{}}"#;
    let envelope =
        r#"{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[{"keyid":"00","sig":"AA=="}]}"#;
    let pem =
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
    let seeds = [(0, sum.as_str()), (1, &sum), (2, statement), (3, envelope), (4, "\x01\x02"), (6, pem), (7, pem), (8, "[]")];
    let seeds: Vec<Vec<u8>> = seeds.iter().map(|(file, text)| [&[*file], text.as_bytes()].concat()).collect();
    let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
    let words = ["../", "/etc/passwd", "  ", " *", "\n", "\\", "sha256", "sm3", "\"payload\":", "-----BEGIN", "==", "{}", "[]"];
    fuzz(&seeds, &words, |input| {
        let (first, content) = input.split_first().unwrap_or((&0, &[]));
        let file = dir.path().join(FILES[usize::from(*first) % FILES.len()]);
        std::fs::write(&file, content).expect("written");
        let verification = verify(dir.path(), None);
        std::fs::remove_file(&file).expect("removed");
        assert!(verification.signers.is_empty(), "nobody signed");
        assert!(verification.findings.weight() > Weight::Note, "passes for whole");
        (first % 9, verification.entries, format!("{:?}", verification.findings.weight()))
    });
}
