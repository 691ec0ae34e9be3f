//! The bundle: complete, verifiable with openssl and sha256sum alone by its own VERIFY.md, and every changed byte is found both
//! that way and by the program.

use crate::forging::copy;
use crate::support::{Bench, Went, finish, fixtures, touchstone};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use touchstone_bundle::verify::{Weight, verify};

/// A bundle of a real run, made once, never changed, and the folder with its keys.
fn original() -> (&'static Path, &'static Bench) {
    static MADE: OnceLock<(Bench, PathBuf)> = OnceLock::new();
    let (bench, folder) = MADE.get_or_init(|| {
        let bench = Bench::new(fixtures());
        let wrong = "params = { wanted = \"别的\" }".to_owned();
        bench.suite(&["hostile"], &[("hostile/good", wrong), ("hostile/bulky", String::new())]);
        assert_eq!(bench.run("run", &[]).code, Some(1));
        for words in [&["key"][..], &["key", "--sm2"]] {
            let went = finish(touchstone().args(words).arg(bench.path(words.last().expect("a word").trim_start_matches('-'))));
            assert_eq!(went.code, Some(0), "{}", went.said);
        }
        let went = bundle(&bench, "run", &[]);
        assert_eq!(went.code, Some(0), "{}", went.said);
        let folder = bench.path("run.bundle");
        (bench, folder)
    });
    (folder, bench)
}

fn bundle(bench: &Bench, run: &str, more: &[&str]) -> Went {
    let mut command = touchstone();
    command.args(["bundle", "--lang", "en", "--key"]).arg(bench.path("key.key")).arg("--sm2-key").arg(bench.path("sm2.key"));
    finish(command.arg(bench.path(run)).args(more))
}

/// Every file of a folder, by its path below it.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).expect("a folder").flatten() {
            if entry.path().is_dir() {
                open.push(entry.path());
            } else {
                let name = entry.path().strip_prefix(folder).expect("below").to_string_lossy().into_owned();
                all.insert(name, std::fs::read(entry.path()).expect("content"));
            }
        }
    }
    all
}

/// The commands of VERIFY.md as they stand there.
fn guide(folder: &Path) -> String {
    let text = std::fs::read_to_string(folder.join("VERIFY.md")).expect("a guide");
    let blocks: Vec<&str> = text.split("```sh\n").skip(1).map(|rest| rest.split("```").next().expect("an end")).collect();
    assert_eq!(blocks.len(), 7);
    blocks.join("\n")
}

/// A PATH with nothing but openssl and sha256sum in it.
fn only_two() -> &'static Path {
    static MADE: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = MADE.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["openssl", "sha256sum"] {
            let path = std::env::var_os("PATH").unwrap_or_default();
            let found = std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file());
            std::os::unix::fs::symlink(found.expect("it is installed"), folder.path().join(name)).expect("a link");
        }
        folder
    });
    folder.path()
}

/// Follows the guide in a folder, literally; whether every step ended well, and what was said.
fn follow(shell: &str, script: &str, folder: &Path) -> (bool, String) {
    let temporary = tempfile::tempdir().expect("a folder");
    let output = Command::new(shell)
        .args(["-e", "-c", script])
        .current_dir(folder)
        .env_clear()
        .env("PATH", only_two())
        .env("TMPDIR", temporary.path())
        .stdin(Stdio::null())
        .output()
        .expect("a shell");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said)
}

/// The typesetter may be missing: that is told with a remedy, and costs nothing else.
#[test]
fn without_a_typesetter_all_but_the_pdf_is_made() {
    let (_, bench) = original();
    let nowhere = bench.path("no-such-program");
    let run = bench.path("run");
    let mut command = touchstone();
    let went = finish(command.env("TOUCHSTONE_PDF", &nowhere).args(["report", "--lang", "en", "--format", "pdf"]).arg(&run));
    assert_eq!(went.code, Some(6), "{}", went.said);
    assert!(went.said.contains("no-such-program") && went.said.contains("ci/pdf"), "{}", went.said);
    let out = bench.path("without.bundle");
    let mut command = touchstone();
    command.env("TOUCHSTONE_PDF", &nowhere).args(["bundle", "--lang", "en", "--key"]).arg(bench.path("key.key"));
    let went = finish(command.arg("--sm2-key").arg(bench.path("sm2.key")).arg("--out").arg(&out).arg(&run));
    assert_eq!(went.code, Some(0), "{}", went.said);
    assert!(went.said.contains("has no report.pdf") && went.said.contains("ci/pdf"), "{}", went.said);
    assert!(!out.join("report.pdf").exists() && out.join("report.html").exists());
    assert!(verify(&out, None).findings.weight() <= Weight::Note);
}

/// A stand-in for the typesetter, which says that it is one: what it writes is in the bundle, sealed as everything else.
#[test]
fn the_document_in_type_is_sealed_with_the_rest() {
    let (_, bench) = original();
    let standin = bench.path("stand-in-for-the-typesetter");
    std::fs::write(&standin, "#!/bin/sh\nprintf '%%PDF-stand-in '\nsha256sum\n").expect("written");
    std::fs::set_permissions(&standin, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("a program");
    let out = bench.path("with.bundle");
    let mut command = touchstone();
    command.env("TOUCHSTONE_PDF", &standin).args(["bundle", "--lang", "en", "--key"]).arg(bench.path("key.key"));
    let went = finish(command.arg("--sm2-key").arg(bench.path("sm2.key")).arg("--out").arg(&out).arg(bench.path("run")));
    assert_eq!(went.code, Some(0), "{}", went.said);
    assert!(verify(&out, None).findings.weight() <= Weight::Note);
    let mut pdf = std::fs::read(out.join("report.pdf")).expect("a document");
    assert!(pdf.starts_with(b"%PDF-stand-in "));
    *pdf.last_mut().expect("content") ^= 1;
    std::fs::write(out.join("report.pdf"), pdf).expect("written");
    assert_eq!(verify(&out, None).findings.weight(), Weight::Altered);
}

#[test]
fn it_holds_everything_and_its_own_guide_verifies_it() {
    let (folder, bench) = original();
    let all = files(folder);
    let wanted = [
        "report.json",
        "report.html",
        "junit.xml",
        "ctrf.json",
        "oscal-assessment-plan.json",
        "oscal-assessment-results.json",
        "oscal-poam.json",
        "journal.log",
        "suite/suite.toml",
        "suite/catalogue.toml",
        "plugins.json",
        "environment.json",
        "SHA256SUMS",
        "SM3SUMS",
        "statement.json",
        "statement.dsse.json",
        "statement.ed25519.sig",
        "statement.sm2.sig",
        "keys/ed25519.pem",
        "keys/sm2.pem",
        "VERIFY.md",
    ];
    for name in wanted {
        assert!(all.contains_key(name), "{name} is not in {:?}", all.keys());
    }
    assert_eq!(all.keys().filter(|name| name.starts_with("evidence/")).count(), 2);
    assert!(!all.contains_key("origin.json"), "paths of the machine that ran it");
    let environment = String::from_utf8_lossy(&all["environment.json"]).into_owned();
    for words in ["\"kernel\"", "Linux", "\"memory\"", "\"processors\"", "\"machine\""] {
        assert!(environment.contains(words), "{words}: {environment}");
    }
    let private = std::fs::read_to_string(bench.path("key.key")).expect("a key");
    let secret = private.lines().nth(1).expect("its body").as_bytes();
    assert!(all.values().all(|content| !content.windows(secret.len()).any(|w| w == secret)), "the private key is in it");
    for shell in ["/bin/sh", "/bin/bash"] {
        let (well, said) = follow(shell, &guide(folder), folder);
        assert!(well, "{shell}: {said}");
        assert!(said.contains("Ed25519 ") && said.contains("SM2     "), "{said}");
    }
    let went = finish(touchstone().args(["verify", "--lang", "en"]).arg(folder));
    assert_eq!(went.code, Some(0), "{}", went.said);
    assert!(went.said.contains("Ed25519 signature holds") && went.said.contains("SM2 signature holds"), "{}", went.said);
    let keys = |ed: &str, sm2: &str| {
        finish(
            touchstone()
                .args(["verify", "--lang", "en", "--key"])
                .arg(bench.path(ed))
                .arg("--key")
                .arg(bench.path(sm2))
                .arg(folder),
        )
    };
    assert_eq!(keys("key.pub", "sm2.pub").code, Some(0));
    assert_eq!(finish(touchstone().args(["plugin", "key"]).arg(bench.path("other"))).code, Some(0));
    let went = keys("other.pub", "sm2.pub");
    assert_eq!(went.code, Some(7), "somebody else's key: {}", went.said);
}

/// Natively: every byte of what is small, and of each larger file as many as time allows.
#[test]
fn every_changed_byte_is_found_by_the_program() {
    let (folder, _) = original();
    let copy = copy(folder);
    let mut tried = 0;
    for (name, content) in files(folder) {
        let step = if content.len() < 400 { 1 } else { content.len() / 40 };
        for at in (0..content.len()).step_by(step) {
            let mut changed = content.clone();
            changed[at] ^= if changed[at].is_ascii_alphabetic() && at % 2 == 0 { 0x20 } else { 1 };
            std::fs::write(copy.path().join(&name), &changed).expect("written");
            let findings = verify(copy.path(), None).findings;
            assert_eq!(findings.weight(), Weight::Altered, "{name} byte {at}: {findings:?}");
            tried += 1;
        }
        std::fs::write(copy.path().join(&name), &content[..content.len() - 1]).expect("written");
        assert_eq!(verify(copy.path(), None).findings.weight(), Weight::Altered, "{name} cut short");
        std::fs::write(copy.path().join(&name), [&content[..], b"\n"].concat()).expect("written");
        assert_eq!(verify(copy.path(), None).findings.weight(), Weight::Altered, "{name} made longer");
        std::fs::remove_file(copy.path().join(&name)).expect("removed");
        assert_eq!(verify(copy.path(), None).findings.weight(), Weight::Altered, "{name} removed");
        std::fs::write(copy.path().join(&name), &content).expect("written");
    }
    assert_eq!(verify(copy.path(), None).findings.weight(), Weight::Note, "whole again");
    println!("{tried} bytes");
    for name in ["more.txt", "evidence/more", "keys/more.pem", ".hidden", "journal.log.1"] {
        std::fs::write(copy.path().join(name), "x").expect("written");
        assert_eq!(verify(copy.path(), None).findings.weight(), Weight::Altered, "{name} put in");
        std::fs::remove_file(copy.path().join(name)).expect("removed");
    }
    let aside = copy.path().join("../aside-of-a-test");
    std::fs::rename(copy.path().join("junit.xml"), &aside).expect("moved");
    std::os::unix::fs::symlink(&aside, copy.path().join("junit.xml")).expect("a link");
    let weight = verify(copy.path(), None).findings.weight();
    std::fs::remove_file(&aside).expect("removed");
    assert_eq!(weight, Weight::Altered, "a link that leaves it");
}

/// By the guide alone: some bytes of every file, every byte of the seal.
#[test]
fn every_changed_byte_is_found_by_the_guide() {
    let (folder, _) = original();
    let script = guide(folder);
    let copy = copy(folder);
    let well = || follow("/bin/sh", &script, copy.path());
    let mut tried = 0;
    for (name, content) in files(folder) {
        let wanted = if name.starts_with("statement.") && name.ends_with(".sig") { 24 } else { 5 };
        let step = (content.len() / wanted).max(1);
        for at in (0..content.len()).step_by(step).chain([content.len() - 1]) {
            let mut changed = content.clone();
            changed[at] ^= if changed[at].is_ascii_alphabetic() && at % 2 == 0 { 0x20 } else { 1 };
            std::fs::write(copy.path().join(&name), &changed).expect("written");
            // A guide that was itself changed is still followed as it was handed over.
            let (fine, said) = well();
            assert!(!fine, "{name} byte {at}: {said}");
            tried += 1;
        }
        std::fs::write(copy.path().join(&name), [&content[..], b"\n"].concat()).expect("written");
        assert!(!well().0, "{name} made longer");
        std::fs::remove_file(copy.path().join(&name)).expect("removed");
        assert!(!well().0, "{name} removed");
        std::fs::write(copy.path().join(&name), &content).expect("written");
    }
    for name in ["more.txt", "evidence/more", ".hidden"] {
        std::fs::write(copy.path().join(name), "x").expect("written");
        let (fine, said) = well();
        assert!(!fine && said.contains(name), "{name} put in: {said}");
        std::fs::remove_file(copy.path().join(name)).expect("removed");
    }
    let (fine, said) = well();
    assert!(fine, "whole again: {said}");
    println!("{tried} bytes");
}

#[test]
fn what_is_not_as_written_or_not_finished_is_not_sealed() {
    let (_, bench) = original();
    let twice = bundle(bench, "run", &[]);
    assert_eq!(twice.code, Some(2), "{}", twice.said);
    let altered = copy(&bench.path("run"));
    std::fs::write(altered.path().join("junit.xml"), "<x/>").expect("written");
    let mut command = touchstone();
    command.args(["bundle", "--lang", "en", "--key"]).arg(bench.path("key.key")).arg("--sm2-key").arg(bench.path("sm2.key"));
    let went = finish(command.arg(altered.path()).arg("--out").arg(bench.path("none")));
    assert_eq!(went.code, Some(2), "{}", went.said);
    assert!(went.said.contains("junit.xml"), "{}", went.said);
    assert!(!bench.path("none").exists() && !bench.path(".none.partial").exists());
    let mut command = touchstone();
    command.args(["bundle", "--lang", "en", "--key"]).arg(bench.path("sm2.key")).arg("--sm2-key").arg(bench.path("sm2.key"));
    let went = finish(command.arg(bench.path("run")).arg("--out").arg(bench.path("none")));
    assert_eq!(went.code, Some(2), "{}", went.said);
    assert!(went.said.contains("private Ed25519 key") && !bench.path("none").exists(), "{}", went.said);
}

/// Equal runs give equal bundles, whoever makes them and when.
#[test]
fn the_same_run_gives_the_same_bytes() {
    let (folder, bench) = original();
    let went = bundle(bench, "run", &["--out", &bench.path("again").display().to_string()]);
    assert_eq!(went.code, Some(0), "{}", went.said);
    assert_eq!(files(&bench.path("again")), files(folder));
}
