//! Trying again turns nothing green.

use crate::support::{Bench, Went, check, fixtures, reason};
use serde_json::Value;
use touchstone_bundle::verify::{Weight, verify};

/// A run of the flaky check: content on those tries, without decision on these.
fn flaky(content: &str, lost: &str, suite: &str, words: &[&str]) -> (Bench, Went, Value) {
    let bench = Bench::new(fixtures());
    let file = bench.path("tries").display().to_string();
    let params = format!("params = {{ file = \"{file}\", content = \"{content}\", lost = \"{lost}\" }}\n{suite}");
    bench.suite(&["hostile"], &[("hostile/flaky", params)]);
    let went = bench.run("run", &[&["--allow", "scratch"], words].concat());
    let report = bench.report("run");
    assert_eq!(verify(&bench.path("run"), None).findings.weight(), Weight::Note, "its record holds");
    (bench, went, report)
}

fn seen(report: &Value) -> &Value {
    check(report, "hostile/flaky@machine")
}

#[test]
fn what_passes_only_on_a_second_try_is_unstable_and_both_are_told() {
    let (bench, went, report) = flaky("2", "", "", &["--retries", "1"]);
    assert_eq!(went.code, Some(3), "{}", went.said);
    let one = seen(&report);
    assert_eq!(one["verdict"]["verdict"], "inconclusive", "{one:#}");
    assert_eq!((&one["unstable"], &one["attempts"]), (&true.into(), &2.into()));
    assert!(reason(one).contains("unstable: 2 tries do not agree (nonconforming, conforming)"), "{one:#}");
    assert_eq!(report["clauses"][0]["verdict"], "not-assessed");
    // Both histories, with what was seen in each.
    let earlier = &one["earlier"][0];
    assert_eq!((&earlier["attempt"], &earlier["verdict"]["verdict"]), (&1.into(), &"nonconforming".into()));
    assert_eq!((&earlier["reports"][0]["actual"], &one["reports"][0]["actual"]), (&"1".into(), &"2".into()));
    for history in [earlier, one] {
        assert_eq!(history["observations"].as_array().map(Vec::len), Some(1), "{history:#}");
    }
    for name in ["report.html", "junit.xml"] {
        let text = std::fs::read_to_string(bench.path("run").join(name)).expect("a document");
        assert!(text.contains("nstable"), "{name}");
    }
    let junit = std::fs::read_to_string(bench.path("run/junit.xml")).expect("a document");
    assert!(junit.contains("TRY 1: nonconforming") && junit.contains("<error"), "{junit}");
    assert!(went.said.contains("unstable"), "{}", went.said);
}

#[test]
fn without_retries_the_first_try_stands_and_so_does_a_contradiction_seen_every_time() {
    let (bench, went, report) = flaky("2", "", "", &[]);
    assert_eq!(went.code, Some(1), "{}", went.said);
    assert_eq!(seen(&report)["attempts"], 1);
    assert_eq!(std::fs::read_to_string(bench.path("tries")).expect("tries").lines().count(), 1);

    let (bench, went, report) = flaky("9", "", "", &["--retries", "2"]);
    assert_eq!(went.code, Some(1), "{}", went.said);
    assert_eq!((&seen(&report)["attempts"], &seen(&report)["unstable"]), (&3.into(), &false.into()));
    assert_eq!(std::fs::read_to_string(bench.path("tries")).expect("tries").lines().count(), 3);
}

#[test]
fn a_content_check_is_not_tried_again_and_a_lost_one_does_not_turn_green() {
    let (_, went, report) = flaky("1,2,3", "", "", &["--retries", "2"]);
    assert_eq!((went.code, &seen(&report)["attempts"]), (Some(0), &1.into()), "{}", went.said);
    let (_, went, report) = flaky("2", "1", "", &["--retries", "2"]);
    assert_eq!((went.code, &seen(&report)["unstable"]), (Some(3), &true.into()), "{}", went.said);
    // A contradiction that was seen stays one, whatever came to no decision afterwards.
    let (_, went, report) = flaky("9", "2", "", &["--retries", "1"]);
    assert_eq!((went.code, &seen(&report)["verdict"]["verdict"]), (Some(1), &"nonconforming".into()), "{}", went.said);
}

#[test]
fn the_suite_may_ask_for_retries_and_the_command_line_has_the_last_word() {
    let (_, went, report) = flaky("2", "", "retries = 1", &[]);
    assert_eq!((went.code, &seen(&report)["attempts"]), (Some(3), &2.into()), "{}", went.said);
    let (_, went, report) = flaky("2", "", "retries = 1", &["--retries", "0"]);
    assert_eq!((went.code, &seen(&report)["attempts"]), (Some(1), &1.into()), "{}", went.said);
    let bench = Bench::new(fixtures());
    bench.suite(&["hostile"], &[("hostile/good", "retries = 99".to_owned())]);
    let went = bench.run("run", &[]);
    assert_eq!(went.code, Some(5), "{}", went.said);
    assert!(went.said.contains("from 0 to 10"), "{}", went.said);
}
