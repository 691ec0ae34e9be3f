//! Whatever is done to a run afterwards is found, and told with its place.

use crate::forging::{copy, entries, forge};
use crate::support::{Bench, finish, fixtures, touchstone};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use touchstone_bundle::verify::{Findings, Weight, verify};
use touchstone_model::digest::Digest;
use touchstone_runner::journal::{EVIDENCE, FILE, INPUTS};

/// A real run with a contradiction, with evidence in files, and with waivers; made once, never changed.
fn original() -> &'static Path {
    static MADE: OnceLock<(Bench, PathBuf)> = OnceLock::new();
    let (_, folder) = MADE.get_or_init(|| {
        let bench = Bench::new(fixtures());
        let wrong = "params = { wanted = \"something else\" }".to_owned();
        bench.suite(&["hostile"], &[("hostile/good", wrong), ("hostile/bulky", String::new())]);
        bench.write(
            "waivers.toml",
            "schema = 1\n[[waiver]]\nid = \"W-1\"\ncovers = \"OS-02\"\napprover = \"a\"\nreason = { zh = \"因\", en = \"why\" }\n\
             from = 2026-01-01T00:00:00+08:00\nuntil = 2036-01-01T00:00:00+08:00\n",
        );
        let went = bench.run("run", &[]);
        assert_eq!(went.code, Some(1), "{}", went.said);
        let folder = bench.path("run");
        (bench, folder)
    });
    folder
}

const DOCUMENTS: [&str; 7] = [
    "report.json",
    "report.html",
    "junit.xml",
    "ctrf.json",
    "oscal-assessment-plan.json",
    "oscal-assessment-results.json",
    "oscal-poam.json",
];

fn altered(findings: &Findings) -> Vec<String> {
    findings.0.iter().filter(|f| f.weight == Weight::Altered).map(|f| format!("{}: {}", f.place(), f.what.en)).collect()
}

/// Looks at a folder that somebody did something to.
fn found(folder: &Path, what: &str) -> Vec<String> {
    let verification = verify(folder, None);
    let found = altered(&verification.findings);
    assert!(!found.is_empty(), "not found: {what}; {:?}", verification.findings);
    found
}

fn found_with(what: &str, harm: impl FnOnce(&Path)) -> Vec<String> {
    let folder = copy(original());
    harm(folder.path());
    found(folder.path(), what)
}

fn names(found: &[String], words: &str) {
    assert!(found.iter().any(|line| line.contains(words)), "{words:?} is not told: {found:#?}");
}

fn lines(folder: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join(FILE)).expect("a journal");
    text.split_inclusive('\n').map(str::to_owned).collect()
}

fn blobs(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder.join(EVIDENCE)).expect("evidence").flatten().map(|e| e.path()).collect();
    files.sort();
    files
}

#[test]
fn an_untouched_run_is_as_written() {
    let verification = verify(original(), None);
    assert_eq!(altered(&verification.findings), [""; 0]);
    assert_eq!(verification.findings.weight(), Weight::Note, "{:?}", verification.findings);
    let head = verification.head.clone();
    assert_eq!(verify(original(), Some(&head)).findings.weight(), Weight::Note);
    let went = finish(touchstone().args(["verify", "--lang", "en"]).arg(original()));
    assert_eq!(went.code, Some(0), "{}", went.said);
    assert!(went.said.contains(&head.0) && went.said.contains("As written"), "{}", went.said);
    // Documents are written again to the same bytes, in either language.
    for lang in ["zh", "en"] {
        let folder = copy(original());
        assert_eq!(finish(touchstone().args(["report", "--lang", lang]).arg(folder.path())).code, Some(0));
        assert_eq!(verify(folder.path(), None).findings.weight(), Weight::Note);
    }
}

#[test]
fn every_single_changed_byte_of_the_journal_is_found() {
    let folder = copy(original());
    let path = folder.path().join(FILE);
    let bytes = std::fs::read(&path).expect("a journal");
    let line_of = |at: usize| bytes[..at].iter().filter(|b| **b == b'\n').count() + 1;
    for at in 0..bytes.len() {
        // The case of a hexadecimal digit is a change as well.
        let flip = if bytes[at].is_ascii_lowercase() && at % 3 == 0 { 0x20 } else { 1 };
        let mut changed = bytes.clone();
        changed[at] ^= flip;
        std::fs::write(&path, &changed).expect("written");
        let found = found(folder.path(), &format!("byte {at}"));
        // The line itself, or the next where the end of a line was hit.
        let (here, next) = (format!("{FILE}:{}:", line_of(at)), format!("{FILE}:{}:", line_of(at) + 1));
        assert!(found.iter().any(|f| f.starts_with(&here) || f.starts_with(&next)), "byte {at}: {found:#?}");
    }
    println!("{} bytes", bytes.len());
}

#[test]
fn every_entry_dropped_repeated_moved_or_put_in_is_found() {
    let whole = lines(original());
    let write = |folder: &Path, lines: &[String]| std::fs::write(folder.join(FILE), lines.concat()).expect("written");
    for at in 0..whole.len() {
        let mut dropped = whole.clone();
        dropped.remove(at);
        let found = found_with("dropped", |folder| write(folder, &dropped));
        if at + 1 < whole.len() {
            names(&found, &format!("{FILE}:{}: entries {at} to {at} are missing", at + 1));
        } else {
            names(&found, "report.json");
        }
        let mut repeated = whole.clone();
        repeated.insert(at, whole[at].clone());
        let found = found_with("repeated", |folder| write(folder, &repeated));
        names(&found, &format!("{FILE}:{}: ", at + 2));
        for other in [at + 1, whole.len() - 1] {
            if other < whole.len() && other != at {
                let mut swapped = whole.clone();
                swapped.swap(at, other);
                names(&found_with("swapped", |folder| write(folder, &swapped)), &format!("{FILE}:{}: ", at + 1));
            }
        }
        let mut put_in = whole.clone();
        put_in.insert(at, "0000 {\"seq\":0}\n".to_owned());
        names(&found_with("put in", |folder| write(folder, &put_in)), &format!("{FILE}:{}: ", at + 1));
    }
}

#[test]
fn every_truncation_is_found_and_without_its_documents_told_as_unfinished() {
    let whole = lines(original());
    for kept in 0..whole.len() {
        let cut = |folder: &Path| std::fs::write(folder.join(FILE), whole[..kept].concat()).expect("written");
        names(&found_with(&format!("{kept} entries kept"), cut), if kept == 0 { FILE } else { "report.json" });
        if kept == 0 {
            continue;
        }
        // Whoever removes the documents too gets a run that was never finished, and that is what is said.
        let folder = copy(original());
        cut(folder.path());
        for name in DOCUMENTS {
            std::fs::remove_file(folder.path().join(name)).expect("removed");
        }
        let verification = verify(folder.path(), None);
        if verification.findings.weight() != Weight::Altered {
            let told = verification.findings.0.iter().any(|f| f.weight == Weight::Open && f.what.en.contains("not finished"));
            assert!(told, "{kept}: {:?}", verification.findings);
        }
        // The head noted elsewhere shows it whatever else was removed.
        let head = verify(original(), None).head;
        names(&altered(&verify(folder.path(), Some(&head)).findings), "cut off or made anew");
    }
    // In the middle of a line.
    let text = whole.concat();
    for less in [1, 2, 40, 200] {
        found_with("torn", |folder| std::fs::write(folder.join(FILE), &text[..text.len() - less]).expect("written"));
    }
    found_with("longer", |folder| std::fs::write(folder.join(FILE), format!("{text}x")).expect("written"));
}

/// The chain is computed anew and the documents are written anew: what does not follow is still found.
#[test]
fn a_forged_chain_does_not_hide_what_does_not_follow() {
    let all = entries(original());
    let is = |at: usize, event: &str| all[at].contains(&format!("\"event\":\"{event}\""));
    let mut tried = 0;
    for at in 0..all.len() {
        let kinds = ["run-started", "check-started", "observed", "reported", "check-finished"];
        if !kinds.iter().any(|kind| is(at, kind)) {
            continue;
        }
        let mut dropped = all.clone();
        dropped.remove(at);
        found_with(&format!("dropped and hashed anew: {}", all[at]), |folder| forge(folder, &dropped));
        let mut repeated = all.clone();
        repeated.insert(at, all[at].clone());
        found_with(&format!("repeated and hashed anew: {}", all[at]), |folder| forge(folder, &repeated));
        tried += 2;
    }
    let edits = [
        ("\"verdict\":\"nonconforming\"", "\"verdict\":\"conforming\"", "does not follow"),
        ("\"judgement\":\"unmet\"", "\"judgement\":\"met\"", "does not follow"),
        ("\"mandatory\":true", "\"mandatory\":false", "its clauses are not those of the plan"),
        ("\"decides\":[{\"clause\":\"OS-01\"", "\"decides\":[{\"clause\":\"OS-02\"", "decides something else"),
        ("\"inline\":\"ok\\n\"", "\"inline\":\"no\\n\"", "does not fit its hash"),
        ("\"approver\":\"a\"", "\"approver\":\"b\"", "its waivers are not those of the file"),
        ("\"attempt\":1", "\"attempt\":2", "cannot start here"),
        (
            "\"kind\":\"nobody\",\"why\":{",
            "\"kind\":\"signed\",\"by\":\"x\",\"key\":\"y\",\"role\":\"check\",\"z\":{",
            "bear out",
        ),
    ];
    for (from, to, words) in edits {
        let edited: Vec<String> = all.iter().map(|json| json.replacen(from, to, 1)).collect();
        assert_ne!(edited, all, "{from} is not in the journal");
        names(&found_with(from, |folder| forge(folder, &edited)), words);
        tried += 1;
    }
    assert!(tried > 20, "{tried}");
    // A forgery in which everything follows needs an anchor outside of the folder.
    let honest = verify(original(), None).head;
    let folder = copy(original());
    forge(folder.path(), &all.iter().map(|json| json.replace("\"elapsed_ms\":", "\"elapsed_ms\":1")).collect::<Vec<_>>());
    assert_eq!(verify(folder.path(), None).findings.weight(), Weight::Note);
    names(&altered(&verify(folder.path(), Some(&honest)).findings), "made anew");
}

#[test]
fn evidence_and_whatever_else_lies_there_is_held_against_the_journal() {
    let names_of = |file: &Path| format!("{EVIDENCE}/{}", file.file_name().expect("a name").to_string_lossy());
    let files = blobs(original());
    assert_eq!(files.len(), 2, "two pieces in files");
    for file in &files {
        let (name, content) = (names_of(file), std::fs::read(file).expect("content"));
        for at in (0..content.len()).step_by(137).chain([content.len() - 1]) {
            let mut changed = content.clone();
            changed[at] ^= 1;
            names(&found_with("a blob's byte", |f| std::fs::write(f.join(&name), &changed).expect("written")), &name);
        }
        names(&found_with("cut", |f| std::fs::write(f.join(&name), &content[1..]).expect("written")), &name);
        names(&found_with("gone", |f| std::fs::remove_file(f.join(&name)).expect("removed")), &name);
    }
    let swapped = found_with("swapped", |f| {
        let (one, other) = (f.join(names_of(&files[0])), f.join(names_of(&files[1])));
        std::fs::rename(&one, f.join("aside")).expect("moved");
        std::fs::rename(&other, &one).expect("moved");
        std::fs::rename(f.join("aside"), &other).expect("moved");
    });
    names(&swapped, &names_of(&files[0]));
    names(&swapped, &names_of(&files[1]));

    let extra = |name: &str| {
        let found = found_with(name, |f| {
            std::fs::create_dir_all(f.join(name).parent().expect("a folder")).expect("made");
            std::fs::write(f.join(name), "{}").expect("written");
        });
        names(&found, &format!("{name}: does not belong"));
    };
    let whole_by_name = format!("{EVIDENCE}/{}", Digest::of("{}"));
    for name in
        ["journal.log.1", "journal2.log", "notes.txt", "evidence/x", &whole_by_name, "suite/more.toml", "a/b/c", ".hidden"]
    {
        extra(name);
    }
    let linked = found_with("a link", |f| {
        let file = f.join(names_of(&files[0]));
        std::fs::rename(&file, f.join("../elsewhere-of-a-test")).expect("moved");
        std::os::unix::fs::symlink("../../elsewhere-of-a-test", &file).expect("a link");
        std::fs::rename(f.join("../elsewhere-of-a-test"), f.join("kept")).expect("moved back");
    });
    names(&linked, "no plain file");

    for name in DOCUMENTS {
        let content = std::fs::read(original().join(name)).expect("a document");
        for at in (0..content.len()).step_by(content.len() / 12) {
            let mut changed = content.clone();
            changed[at] ^= 1;
            names(&found_with(name, |f| std::fs::write(f.join(name), &changed).expect("written")), name);
        }
        let folder = copy(original());
        std::fs::remove_file(folder.path().join(name)).expect("removed");
        let findings = verify(folder.path(), None).findings;
        assert_eq!(findings.weight(), Weight::Open, "a document can be written again: {findings:?}");
    }
    for name in ["suite.toml", "catalogue.toml", "waivers.toml"] {
        let path = format!("{INPUTS}/{name}");
        let content = std::fs::read(original().join(&path)).expect("a copy");
        for at in (0..content.len()).step_by(content.len() / 8) {
            let mut changed = content.clone();
            changed[at] ^= 1;
            names(&found_with(&path, |f| std::fs::write(f.join(&path), &changed).expect("written")), &path);
        }
        names(&found_with(&path, |f| std::fs::remove_file(f.join(&path)).expect("removed")), &path);
    }
}

#[test]
fn the_program_says_it_with_codes_of_their_own() {
    let folder = copy(original());
    let told = |words: &[&str]| finish(touchstone().args(["verify", "--lang", "en"]).arg(folder.path()).args(words));
    let path = folder.path().join(FILE);
    let text = std::fs::read_to_string(&path).expect("a journal");
    std::fs::write(&path, text.replace("something else", "anything else")).expect("written");
    let went = told(&[]);
    assert_eq!(went.code, Some(7), "{}", went.said);
    assert!(went.said.contains("journal.log:1: does not fit its hash") && went.said.contains("nothing may be concluded"));
    let zh = finish(touchstone().args(["verify", "--lang", "zh"]).arg(folder.path()));
    assert!(zh.said.contains("写入后被改动"), "{}", zh.said);
    std::fs::write(&path, &text).expect("written");
    assert_eq!(told(&[]).code, Some(0));
    assert_eq!(told(&["--head", &"0".repeat(64)]).code, Some(7));
    for name in DOCUMENTS {
        std::fs::remove_file(folder.path().join(name)).expect("removed");
    }
    let last = text.trim_end().rfind('\n').expect("lines") + 1;
    std::fs::write(&path, &text[..last]).expect("written");
    let went = told(&[]);
    assert_eq!(went.code, Some(3), "{}", went.said);
    assert!(went.said.contains("not finished"), "{}", went.said);
    assert_eq!(finish(touchstone().args(["verify", "/nowhere"])).code, Some(2));
}
