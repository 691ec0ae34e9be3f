//! The bundle: complete, verifiable with openssl and sha256sum alone by its own VERIFY.md, and every changed byte is found both
//! that way and by the program.

use crate::bundling::{bundle, follow, guide, sealed};
use crate::forging::copy;
use crate::support::{Bench, finish, touchstone};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use touchstone_bundle::verify::{Weight, verify};

/// A bundle of a real run, made once, never changed, and the folder with its keys.
fn original() -> (&'static Path, &'static Bench) {
    static MADE: OnceLock<(Bench, PathBuf)> = OnceLock::new();
    let (bench, folder) = MADE.get_or_init(sealed);
    (folder, bench)
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
        let (well, said) = follow(shell, &guide(folder), folder, &[]);
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
    let well = || follow("/bin/sh", &script, copy.path(), &[]);
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

/// Other houses' libraries: securesystemslib verifies our signature over the envelope, in-toto-attestation reads the statement in it.
#[test]
fn the_envelope_is_verified_by_securesystemslib_and_read_by_in_toto_attestation() {
    let Some(python) = python() else { return };
    let (folder, _) = original();
    let script = "import sys, json, hashlib, subprocess\n\
        from cryptography.hazmat.primitives.serialization import load_pem_public_key, Encoding, PublicFormat\n\
        from google.protobuf import json_format\n\
        from in_toto_attestation.v1.statement import Statement\n\
        import in_toto_attestation.v1.statement_pb2 as pb\n\
        import in_toto_attestation.predicates.test_result.v0.test_result_pb2 as result\n\
        from securesystemslib.dsse import Envelope\n\
        from securesystemslib.signer import SSlibKey\n\
        public = load_pem_public_key(open('keys/ed25519.pem', 'rb').read())\n\
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)\n\
        key = SSlibKey.from_crypto(public, keyid=hashlib.sha256(der).hexdigest())\n\
        envelope = Envelope.from_dict(json.load(open('statement.dsse.json')))\n\
        envelope.verify([key], 1)\n\
        assert envelope.payload == open('statement.json', 'rb').read()\n\
        statement = json_format.Parse(envelope.payload, pb.Statement())\n\
        Statement.copy_from_pb(statement).validate()\n\
        json_format.ParseDict(json_format.MessageToDict(statement.predicate), result.TestResult())\n\
        sums = {s.name: s.digest['sha256'] for s in statement.subject}\n\
        assert sums['SHA256SUMS'] == hashlib.sha256(open('SHA256SUMS', 'rb').read()).hexdigest()\n";
    let accepts = |folder: &Path| {
        let output = std::process::Command::new(&python).args(["-c", script]).current_dir(folder).output().expect("Python runs");
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (well, said) = accepts(folder);
    assert!(well, "{said}");
    let copy = copy(folder);
    let path = copy.path().join("statement.dsse.json");
    let envelope = std::fs::read_to_string(&path).expect("an envelope");
    let mut json: serde_json::Value = serde_json::from_str(&envelope).expect("JSON");
    json["signatures"][0]["sig"] = json["signatures"][1]["sig"].clone();
    std::fs::write(&path, json.to_string()).expect("written");
    assert!(!accepts(copy.path()).0, "the library is really asked");
}

/// The Python of ci/setup, where it has the libraries.
fn python() -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| std::env::home_dir().map(|home| home.join(".cache")))?;
    let python = std::env::var_os("TOUCHSTONE_PYTHON").map_or_else(|| cache.join("touchstone/venv/bin/python"), PathBuf::from);
    let look = ["-c", "import in_toto_attestation, securesystemslib"];
    let found = std::process::Command::new(&python).args(look).output().is_ok_and(|output| output.status.success());
    if !found {
        eprintln!(
            "\n*** NOT TRIED WITH in-toto-attestation AND securesystemslib: {} has them not (ci/setup). ***\n",
            python.display()
        );
    }
    found.then_some(python)
}

/// What people do to a bundle on its way: named and refused, each with the file.
#[test]
fn bundles_that_were_mishandled_are_named() {
    let (folder, _) = original();
    let told = |folder: &Path| finish(touchstone().args(["verify", "--lang", "en"]).arg(folder));
    let harmed = |harm: &dyn Fn(&Path), words: &str| {
        let copy = copy(folder);
        harm(copy.path());
        let went = told(copy.path());
        assert!(went.code == Some(7) && went.said.contains(words), "{words}: {:?} {}", went.code, went.said);
    };
    let cut = |name: &str, f: &Path| {
        let content = std::fs::read(f.join(name)).expect("content");
        std::fs::write(f.join(name), &content[..content.len() / 2]).expect("written");
    };
    harmed(&|f| cut("journal.log", f), "journal.log");
    harmed(&|f| cut("SHA256SUMS", f), "SHA256SUMS");
    harmed(&|f| std::fs::remove_dir_all(f.join("evidence")).expect("removed"), "evidence/");
    harmed(&|f| std::fs::write(f.join("notes.txt"), "x").expect("written"), "notes.txt: does not belong");
    harmed(&|f| assert!(std::fs::copy(f.join("journal.log"), f.join("journal-2.log")).is_ok()), "journal-2.log: does not belong");
    harmed(&|f| std::os::unix::fs::symlink("/etc", f.join("etc")).expect("a link"), "etc: is no plain file");
    harmed(
        &|f| {
            let journal = std::fs::read(f.join("journal.log")).expect("a journal");
            std::fs::write(f.join("journal.log"), [&journal[..], &journal].concat()).expect("written");
        },
        "journal.log",
    );
    // Packed by another tool and unpacked: as it was, if nothing was added; the archive itself is no bundle.
    let elsewhere = tempfile::tempdir().expect("a folder");
    let archive = elsewhere.path().join("bundle.tar");
    let tar =
        |words: &[&std::ffi::OsStr]| assert!(std::process::Command::new("tar").args(words).status().expect("tar runs").success());
    tar(&["-cf".as_ref(), archive.as_ref(), "-C".as_ref(), folder.as_ref(), ".".as_ref()]);
    let unpacked = elsewhere.path().join("unpacked");
    std::fs::create_dir(&unpacked).expect("a folder");
    tar(&["-xf".as_ref(), archive.as_ref(), "-C".as_ref(), unpacked.as_ref()]);
    assert_eq!(told(&unpacked).code, Some(0), "{}", told(&unpacked).said);
    std::fs::write(unpacked.join(".DS_Store"), "x").expect("written");
    assert_eq!(told(&unpacked).code, Some(7));
    let went = told(&archive);
    assert!(went.code == Some(2) && went.said.contains("is no folder"), "{}", went.said);
}
