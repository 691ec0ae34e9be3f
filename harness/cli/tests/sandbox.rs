//! Checks that misbehave end inconclusive with their own reason, and a good one beside them is not disturbed.
#![forbid(unsafe_code)]

mod support;

use std::time::Duration;
use support::{Bench, alive, check, fixtures, own_seconds, reason, until};

/// Check, how it ended, a word of the reason.
const CASES: &[(&str, &str, &str)] = &[
    ("looper", "timed-out", "1000 ms"),
    ("eater", "limit-exceeded", "memory"),
    ("flooder", "failed", "limit"),
    ("forker", "timed-out", "2000 ms"),
    ("panicker", "trapped", "the fixture panics on purpose"),
    ("liar-no-observation", "decided", "no observation supports"),
    ("liar-twice", "decided", "more than once"),
    ("thief", "decided", "did not declare that it needs sql"),
];

#[test]
fn each_is_inconclusive_for_its_own_reason() {
    let seconds = own_seconds(1).to_string();
    let bench = Bench::new(fixtures());
    let mut checks: Vec<(String, String)> = CASES.iter().map(|(id, ..)| (format!("hostile/{id}"), String::new())).collect();
    checks[3].1 = format!("params = {{ seconds = \"{seconds}\" }}");
    checks.push(("hostile/good".into(), String::new()));
    let checks: Vec<(&str, String)> = checks.iter().map(|(id, more)| (id.as_str(), more.clone())).collect();
    bench.suite(&["hostile"], &checks);
    let went = bench.run("run", &[]);
    assert_eq!(went.code, Some(3), "{}", went.said);
    let report = bench.report("run");
    for (id, kind, word) in CASES {
        let seen = check(&report, &format!("hostile/{id}@machine"));
        assert_eq!(seen["verdict"]["verdict"], "inconclusive", "{seen:#}");
        assert_eq!(seen["termination"]["kind"], *kind, "{seen:#}");
        assert!(reason(seen).contains(word), "{id}: {}", reason(seen));
    }
    let good = check(&report, "hostile/good@machine");
    assert_eq!(good["verdict"]["verdict"], "conforming", "{good:#}");
    let clauses = report["clauses"].as_array().expect("clauses");
    let conforming: Vec<_> = clauses.iter().filter(|c| c["verdict"] != "not-assessed").collect();
    assert_eq!(conforming.len(), 1, "{conforming:#?}");
    until("what the forker started is dead", Duration::from_secs(5), || alive(&seconds).is_empty());
}

/// A daemon is ended with the check, even where the command that started it had returned.
#[test]
fn a_daemon_of_an_earlier_command_is_dead_after_the_time_limit() {
    let seconds = own_seconds(2).to_string();
    let bench = Bench::new(fixtures());
    bench.suite(&["hostile"], &[("hostile/daemoniser", format!("params = {{ seconds = \"{seconds}\" }}"))]);
    let went = bench.run("run", &[]);
    assert_eq!(went.code, Some(3), "{}", went.said);
    assert_eq!(check(&bench.report("run"), "hostile/daemoniser@machine")["termination"]["kind"], "timed-out");
    let left = alive(&seconds);
    for id in &left {
        let _ = std::process::Command::new("kill").args(["-KILL", &id.to_string()]).status();
    }
    assert!(left.is_empty(), "still alive: {left:?}");
}
