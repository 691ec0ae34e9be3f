//! Checks that say what they have not seen: none is ever conforming, nor nonconforming, and each is told by its own lie. A
//! good one beside them is not disturbed.
#![forbid(unsafe_code)]

mod support;

use support::{Bench, check, fixtures, reason};

/// Check, and a word of the reason.
const LIARS: &[(&str, &str)] = &[
    ("panicker", "the fixture panics on purpose"),
    ("met-unseen", "no observation supports"),
    ("unmet-unseen", "no observation supports"),
    ("nothing-said", "was left unevaluated"),
    ("one-skipped", "\"something more was seen\" was left unevaluated"),
    ("unmet-then-met", "more than once"),
    ("met-then-unmet", "more than once"),
    ("open-then-met", "more than once"),
    ("flood-of-reports", "more than once"),
    ("of-another-check", "undeclared expectation release-at-least"),
    ("one-look", "no observation supports the expectation more"),
    ("same-look-of-nothing", "no observation supports"),
    ("no-contradiction", "what was seen is what was expected"),
    ("own-file", "no observation supports"),
    ("only-prepared", "no observation supports"),
    ("only-resolved", "no observation supports"),
    ("refused-act", "no observation supports"),
    ("never-reached", "no observation supports"),
    ("after-a-loss", "target lost"),
    ("unmet-after-a-loss", "target lost"),
    ("thief", "did not declare that it needs sql"),
    ("elsewhere", "is not among the target's endpoints"),
    ("flood-of-evidence", "bytes of evidence in one check"),
    ("flood-of-cleanups", "clean-ups in one check"),
    ("not-applicable-unseen", "without having looked"),
    ("not-applicable-after-unmet", "yet decided the expectation seen"),
    ("not-applicable-after-denial", "did not declare that it needs sql"),
];

/// A host of two nodes, one of which can't be entered; nobody listens at its endpoint.
const INVENTORY: &str = "[[target]]\nname = \"machine\"\nkind = \"host\"\n\
    [target.nodes.here]\ntransport = \"local\"\n\
    [target.nodes.lost]\ntransport = \"local\"\nenter = [\"false\"]\n\
    [target.http.endpoints]\napplication = \"http://localhost:9/\"\n";

#[test]
fn no_liar_is_believed() {
    let bench = Bench::new(fixtures());
    bench.inventory(INVENTORY);
    let ids: Vec<String> = LIARS.iter().map(|(id, _)| format!("hostile/{id}")).chain(["hostile/good".to_owned()]).collect();
    let checks: Vec<(&str, String)> = ids.iter().map(|id| (id.as_str(), String::new())).collect();
    bench.suite(&["hostile"], &checks);
    let went = bench.run("run", &[]);
    assert_eq!(went.code, Some(3), "{}", went.said);
    let report = bench.report("run");
    for (id, word) in LIARS {
        let seen = check(&report, &format!("hostile/{id}@machine"));
        assert_eq!(seen["verdict"]["verdict"], "inconclusive", "{seen:#}");
        assert!(reason(seen).contains(word), "{id}: {}", reason(seen));
    }
    assert_eq!(check(&report, "hostile/good@machine")["verdict"]["verdict"], "conforming");
    // No clause but the good one's follows from any of it.
    let clauses = report["clauses"].as_array().expect("clauses");
    let assessed: Vec<_> = clauses.iter().filter(|clause| clause["verdict"] != "not-assessed").collect();
    assert_eq!(assessed.len(), 1, "{assessed:#?}");
    println!("{} lying checks, none believed", LIARS.len());
}

/// A component under another's name has none of that one's checks.
#[test]
fn no_component_answers_for_another() {
    let plugins = tempfile::tempdir().expect("a folder");
    for name in ["hostile", "os"] {
        std::fs::copy(fixtures().join("hostile.wasm"), plugins.path().join(format!("{name}.wasm"))).expect("copied");
    }
    let bench = Bench::new(plugins.path());
    bench.suite(&["os", "hostile"], &[("os/good", String::new()), ("hostile/good", String::new())]);
    let went = bench.run("run", &[]);
    assert_eq!(went.code, Some(5), "{}", went.said);
    assert!(went.said.contains("os/good"), "{}", went.said);
    assert!(!bench.path("run").exists());
}
