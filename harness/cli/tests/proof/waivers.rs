//! Waivers lie beside verdicts; they hide and change none.

use crate::support::{Bench, Went, finish, fixtures, touchstone};
use serde_json::Value;
use touchstone_bundle::verify::{Weight, verify};

/// Two mandatory clauses: OS-01 is contradicted, OS-02 is met.
fn bench(waivers: &str) -> Bench {
    let bench = Bench::new(fixtures());
    let wrong = "params = { wanted = \"something else\" }".to_owned();
    bench.suite(&["hostile"], &[("hostile/good", wrong), ("hostile/bulky", String::new())]);
    bench.write("waivers.toml", format!("schema = 1\n{waivers}"));
    bench
}

fn waiver(id: &str, covers: &str, until: &str) -> String {
    format!(
        "[[waiver]]\nid = \"{id}\"\ncovers = \"{covers}\"\napprover = \"采购办 张三\"\n\
         reason = {{ zh = \"补丁将于下季度交付\", en = \"the patch comes next quarter\" }}\n\
         from = 2026-01-01T00:00:00+08:00\nuntil = {until}\n"
    )
}

const LATER: &str = "2036-01-01T00:00:00+08:00";

fn states(report: &Value) -> Vec<(&str, &str)> {
    let waivers = report["waivers"].as_array().expect("waivers");
    waivers.iter().map(|w| (w["id"].as_str().expect("id"), w["state"].as_str().expect("state"))).collect()
}

#[test]
fn a_valid_waiver_is_shown_beside_a_verdict_that_stays() {
    let bench = bench(&waiver("W-1", "OS-01", LATER));
    let went = bench.run("run", &[]);
    assert_eq!(went.code, Some(8), "{}", went.said);
    let report = bench.report("run");
    assert_eq!(report["clauses"][0]["verdict"], "nonconforming");
    assert_eq!(report["clauses"][0]["waivers"], serde_json::json!(["W-1"]));
    assert_eq!(report["checks"][0]["verdict"]["verdict"], "nonconforming");
    assert_eq!((&report["conclusion"], &report["without_waivers"]), (&"accepted-with-waivers".into(), &"not-accepted".into()));
    for words in ["accepted with waivers", "without them: not accepted", "OS-01", "采购办 张三", LATER, "the patch comes"] {
        assert!(went.said.contains(words), "{words}: {}", went.said);
    }
    let html = std::fs::read_to_string(bench.path("run/report.html")).expect("a page");
    for words in ["已豁免", "waived", "采购办 张三", "补丁将于下季度交付", LATER, "nonconforming", "It rests on waivers"]
    {
        assert!(html.contains(words), "{words}");
    }
    let junit = std::fs::read_to_string(bench.path("run/junit.xml")).expect("a document");
    assert!(junit.contains("<failure") && junit.contains("WAIVED: "), "a waived failure stays one: {junit}");
    assert_eq!(verify(&bench.path("run"), None).findings.weight(), Weight::Note);
}

#[test]
fn expired_early_and_idle_waivers_are_told_and_count_for_nothing() {
    let early = waiver("W-2", "OS-01", LATER).replace("2026-01-01", "2035-12-01");
    let waivers = [waiver("W-1", "OS-01", "2026-02-01T00:00:00+08:00"), early, waiver("W-3", "OS-02", LATER)].join("\n");
    let bench = bench(&waivers);
    let went = bench.run("run", &[]);
    assert_eq!(went.code, Some(1), "{}", went.said);
    let report = bench.report("run");
    assert_eq!(states(&report), [("W-1", "expired"), ("W-2", "not-yet-valid"), ("W-3", "unused")]);
    assert_eq!(report["clauses"][0]["waivers"], serde_json::json!([]));
    for words in ["expired: not taken into account", "not valid yet", "unused"] {
        assert!(went.said.contains(words), "{words}: {}", went.said);
    }
}

#[test]
fn a_waiver_covers_what_it_names_and_no_more() {
    // A part is covered, the rest still contradicts.
    let elsewhere = format!("{}target = \"elsewhere\"\n", waiver("W-1", "OS-01", LATER));
    let bench = bench(&elsewhere);
    assert_eq!(bench.run("elsewhere", &[]).code, Some(1));
    assert_eq!(states(&bench.report("elsewhere")), [("W-1", "unused")]);
    let here = format!("schema = 1\n{}target = \"machine\"\n", waiver("W-1", "OS-01/it", LATER));
    bench.write("waivers.toml", here);
    assert_eq!(bench.run("here", &[]).code, Some(8));
    // Everything is waived: nothing is left that conforms, and so nothing is accepted.
    bench.suite(&["hostile"], &[("hostile/good", "params = { wanted = \"else\" }".to_owned())]);
    assert_eq!(bench.run("all", &[]).code, Some(1));
}

#[test]
fn mistakes_are_shown_where_they_are_all_at_once() {
    let bad = "[[waiver]]\nid = \"W-1\"\ncovers = \"OS-99\"\napprover = \"\"\nreason = { zh = \"因\", en = \"why\" }\n\
               from = 2026-01-01T00:00:00\nuntil = 2026-01-01\n\
               [[waiver]]\nid = \"W-1\"\ncovers = \"OS-01/other\"\napprover = \"a\"\nreason = { zh = \"因\", en = \"why\" }\n\
               from = 2026-02-01T00:00:00+08:00\nuntil = 2026-01-01T00:00:00Z\nforever = true\n";
    let bench = bench(bad);
    let went = bench.run("run", &[]);
    assert_eq!(went.code, Some(5), "{}", went.said);
    for words in [
        "waivers.toml:4:10",
        "the catalogue has no clause `OS-99`",
        "`approver` is empty",
        "`from` lacks its date, its time of day or its time zone",
        "waivers.toml:8:9",
        "waiver `W-1` is there twice",
        "clause `OS-01` has no aspect `other`",
        "`until` is not later than `from`",
        "knows no key `forever`",
        "8 problems",
    ] {
        assert!(went.said.contains(words), "{words}: {}", went.said);
    }
    assert!(!bench.path("run").exists());
}

/// `report --waivers`.
fn lay(bench: &Bench, folder: &str, file: &str) -> Went {
    let mut command = touchstone();
    command.args(["report", "--lang", "en"]).arg(bench.path(folder)).arg("--waivers").arg(bench.path(file));
    finish(&mut command)
}

#[test]
fn a_waiver_approved_in_view_of_the_report_is_laid_over_the_finished_run() {
    let bench = bench("");
    assert_eq!(bench.run("run", &[]).code, Some(1));
    let journal = || std::fs::read_to_string(bench.path("run/journal.log")).expect("a journal");
    let before = journal();

    // What is wrong with a file is said, and nothing of it stays.
    bench.write("bad.toml", "schema = 1\n[[waiver]]\nid = \"W-1\"\ncovers = \"OS-99\"\n");
    let went = lay(&bench, "run", "bad.toml");
    assert_eq!(went.code, Some(5), "{}", went.said);
    assert!(went.said.contains("bad.toml:4:10") && journal() == before, "{}", went.said);
    assert_ne!(lay(&bench, "run", "absent.toml").code, Some(0));
    assert_eq!(verify(&bench.path("run"), None).findings.weight(), Weight::Note);

    bench.write("late.toml", format!("schema = 1\n{}", waiver("W-1", "OS-01", LATER)));
    let went = lay(&bench, "run", "late.toml");
    assert_eq!(went.code, Some(8), "{}", went.said);
    // Something was put behind what was there, and only that.
    let after = journal();
    assert_eq!(after.strip_prefix(&before).map(|more| more.lines().count()), Some(1), "{after}");
    let report = bench.report("run");
    assert_eq!(report["clauses"][0]["verdict"], "nonconforming");
    assert_eq!(report["checks"][0]["verdict"]["verdict"], "nonconforming");
    assert_eq!((&report["conclusion"], &report["without_waivers"]), (&"accepted-with-waivers".into(), &"not-accepted".into()));
    assert!(report["waivers_laid"].as_str() > report["finished"].as_str(), "{}", report["waivers_laid"]);
    let html = std::fs::read_to_string(bench.path("run/report.html")).expect("a page");
    for words in ["These were laid after the run had finished", "于运行完成之后补上", "采购办 张三", "nonconforming"]
    {
        assert!(html.contains(words), "{words}");
    }
    assert_eq!(verify(&bench.path("run"), None).findings.weight(), Weight::Note);

    // Others take their place; those of before are still told by the journal.
    bench.write("later.toml", format!("schema = 1\n{}", waiver("W-2", "OS-01", "2026-02-01T00:00:00+08:00")));
    assert_eq!(lay(&bench, "run", "later.toml").code, Some(1));
    assert_eq!(states(&bench.report("run")), [("W-2", "expired")]);
    assert_eq!(verify(&bench.path("run"), None).findings.weight(), Weight::Note);
    let copies: Vec<_> = std::fs::read_dir(bench.path("run/suite")).expect("inputs").flatten().collect();
    let copies: Vec<_> = copies.iter().filter(|copy| copy.file_name().to_string_lossy().starts_with("waivers-")).collect();
    assert_eq!(copies.len(), 2);
    // A copy that was changed is found.
    std::fs::write(copies[0].path(), waiver("W-3", "OS-01", LATER)).expect("written");
    assert_eq!(verify(&bench.path("run"), None).findings.weight(), Weight::Altered);
}

#[test]
fn nothing_is_laid_over_what_is_not_finished_or_sealed() {
    let bench = bench("");
    assert_eq!(bench.run("run", &[]).code, Some(1));
    bench.write("late.toml", format!("schema = 1\n{}", waiver("W-1", "OS-01", LATER)));
    let journal = bench.path("run/journal.log");
    let whole = std::fs::read_to_string(&journal).expect("a journal");
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    std::fs::write(&journal, lines[..lines.len() - 1].concat()).expect("written");
    let went = lay(&bench, "run", "late.toml");
    assert_eq!(went.code, Some(2), "{}", went.said);
    assert!(went.said.contains("touchstone resume"), "{}", went.said);
    std::fs::write(&journal, &whole).expect("written");

    for words in [&["key"][..], &["key", "--sm2"]] {
        let name = words.last().expect("a word").trim_start_matches('-');
        assert_eq!(finish(touchstone().args(words).arg(bench.path(name))).code, Some(0));
    }
    assert_eq!(lay(&bench, "run", "late.toml").code, Some(8));
    let mut command = touchstone();
    command.args(["bundle", "--lang", "en", "--key"]).arg(bench.path("key.key")).arg("--sm2-key").arg(bench.path("sm2.key"));
    let went = finish(command.arg(bench.path("run")));
    assert_eq!(went.code, Some(0), "{}", went.said);
    let sealed = verify(&bench.path("run.bundle"), None);
    assert_eq!(sealed.findings.weight(), Weight::Note, "{:?}", sealed.findings);
    let went = lay(&bench, "run.bundle", "late.toml");
    assert_eq!(went.code, Some(2), "{}", went.said);
    assert_eq!(verify(&bench.path("run.bundle"), None).findings.weight(), Weight::Note);
}
