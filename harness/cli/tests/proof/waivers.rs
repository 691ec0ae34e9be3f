//! Waivers lie beside verdicts; they hide and change none.

use crate::support::{Bench, fixtures};
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
