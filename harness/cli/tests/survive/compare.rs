//! What two runs of the same plan must have in common, and what a run that was killed may have done.
//!
//! **Equal** in the report of a run that was killed and taken up again, and of one that was not: the plan's items; of every
//! check its verdict (with its reason), the end of its plugin, its decisions on expectations (with what was expected and what was
//! seen, but for the names of scratch objects and for figures, which are measured anew), what it left behind (nothing); of every
//! clause and aspect its verdict and the items that decide it; the conclusion.
//!
//! **Different** by nature: the id, times, the journal's hash, how often it was taken up again, attempts, observations.
//!
//! **The one exception**: a check above `scratch` that was under way when the run was killed is not run again; it must be
//! inconclusive and say why, and the clauses that it decides are compared no further.

use crate::journal::{Journal, item, kind};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Keys of a check that must be equal.
const OF_CHECK: [&str; 4] = ["verdict", "termination", "reports", "left_behind"];

#[track_caller]
pub fn equal(undisturbed: &Value, report: &Value, cut_short: &BTreeSet<String>) {
    assert_eq!(undisturbed["plan"], report["plan"]);
    assert_eq!(report["interrupted"], false);
    let (whole, seen) = (checks(undisturbed), checks(report));
    assert_eq!(whole.keys().collect::<Vec<_>>(), seen.keys().collect::<Vec<_>>());
    for (item, check) in &whole {
        let other = &seen[item];
        if cut_short.contains(*item) {
            assert_eq!(other["verdict"]["verdict"], "inconclusive", "{other:#}");
            assert_eq!(other["termination"]["kind"], "interrupted", "{other:#}");
            assert_eq!(other["left_behind"], check["left_behind"], "{other:#}");
            continue;
        }
        for key in OF_CHECK {
            assert_eq!(plain(&check[key]), plain(&other[key]), "{key} of {item}");
        }
        assert_eq!(earlier(check), earlier(other), "earlier tries of {item}");
    }
    let (whole, seen) = (clauses(undisturbed), clauses(report));
    assert_eq!(whole.len(), seen.len());
    for (clause, other) in whole.iter().zip(&seen) {
        if !deciders(other).iter().any(|item| cut_short.contains(item)) {
            assert_eq!(clause, other);
        }
    }
    if cut_short.is_empty() {
        assert_eq!(undisturbed["conclusion"], report["conclusion"]);
    }
}

fn checks(report: &Value) -> BTreeMap<&str, &Value> {
    let checks = report["checks"].as_array().expect("checks");
    checks.iter().map(|check| (check["item"].as_str().expect("an item"), check)).collect()
}

fn clauses(report: &Value) -> Vec<&Value> {
    report["clauses"].as_array().expect("clauses").iter().collect()
}

fn deciders(clause: &Value) -> Vec<String> {
    let aspects = clause["aspects"].as_array().expect("aspects").iter();
    let checks = aspects.flat_map(|aspect| aspect["checks"].as_array().expect("items"));
    checks.map(|item| item.as_str().expect("an item").to_owned()).collect()
}

/// Verdicts of the tries that came to an end before the last one.
fn earlier(check: &Value) -> Vec<&Value> {
    check["earlier"].as_array().into_iter().flatten().map(|attempt| &attempt["verdict"]).collect()
}

/// Without what is new in every attempt: names of scratch objects, and which observations a decision rests on.
fn plain(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(without_scratch_names(text)),
        Value::Array(all) => all.iter().map(plain).collect(),
        Value::Object(all) => {
            let one = |(key, value): (&String, &Value)| match (key.as_str(), value) {
                ("actual" | "expected", Value::String(text)) => {
                    (key.clone(), without_figures(&without_scratch_names(text)).into())
                }
                _ => (key.clone(), plain(value)),
            };
            all.iter().filter(|(key, _)| *key != "observations").map(one).collect()
        }
        other => other.clone(),
    }
}

/// Milliseconds, counts of requests: measured, and never twice the same.
fn without_figures(text: &str) -> String {
    let mut clean = String::new();
    for letter in text.chars() {
        let letter = if letter.is_ascii_digit() { '0' } else { letter };
        if letter != '0' || !clean.ends_with('0') {
            clean.push(letter);
        }
    }
    clean
}

/// `ts` and twelve more; loop devices are the machine's choice.
fn without_scratch_names(text: &str) -> String {
    let mut clean = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("ts") {
        let name = rest[at..].bytes().take_while(|b| b.is_ascii_lowercase() || b.is_ascii_digit()).count();
        clean += &rest[..at];
        clean += if name == 14 { "SCRATCH" } else { &rest[at..at + name.max(2)] };
        rest = &rest[at + name.max(2)..];
    }
    clean + rest
}

/// What the journal of a run that was killed and taken up again must show: no line of before is gone or changed, no check
/// runs again after it answered as often as it may (once, and as often as it may be tried again while it is not content), none
/// above `scratch` runs twice, and what runs again was said to have been interrupted. Returns the items that were cut short for
/// good.
#[track_caller]
pub fn honest(run: &Path, report: &Value) -> BTreeSet<String> {
    let events = Journal::read(run).events();
    let items = report["plan"]["items"].as_array().expect("items");
    let impact: BTreeMap<&str, &str> =
        items.iter().map(|i| (i["key"].as_str().expect("a key"), i["check"]["impact"].as_str().expect("an impact"))).collect();
    let mut attempts: BTreeMap<String, u64> = BTreeMap::new();
    let retries: BTreeMap<&str, u64> =
        items.iter().map(|i| (i["key"].as_str().expect("a key"), i["retries"].as_u64().unwrap_or_default())).collect();
    let mut answers: BTreeMap<String, u64> = BTreeMap::new();
    let mut answered_last = BTreeSet::new();
    let (mut excused, mut cut_short) = (BTreeSet::new(), BTreeSet::new());
    for event in &events {
        let key = item(event).to_owned();
        match kind(event) {
            "run-resumed" => {
                excused = event["interrupted"]
                    .as_array()
                    .expect("items")
                    .iter()
                    .map(|i| i.as_str().expect("an item").to_owned())
                    .collect();
            }
            "check-started" => {
                let earlier = attempts.entry(key.clone()).or_default();
                *earlier += 1;
                assert_eq!(event["attempt"], *earlier, "{key}");
                let spent = answers.get(&key).copied().unwrap_or_default();
                assert!(spent <= retries[key.as_str()], "{key} runs again after it answered {spent} times");
                // One that answered and may be tried again needs no excuse.
                if *earlier > 1 && !answered_last.remove(&key) {
                    assert!(excused.contains(&key), "{key} runs again, and nothing says why");
                    assert!(matches!(impact[key.as_str()], "observe" | "scratch"), "{key} runs twice");
                }
            }
            "check-finished" if event["termination"]["kind"] == "interrupted" => {
                cut_short.extend(Some(key).filter(|key| !matches!(impact[key.as_str()], "observe" | "scratch")));
            }
            "check-finished" => {
                let spent = answers.entry(key.clone()).or_default();
                *spent += 1;
                let content = matches!(event["verdict"]["verdict"].as_str(), Some("conforming" | "not-applicable"));
                assert!(*spent <= 1 + retries[key.as_str()], "{key} answers {spent} times");
                if content {
                    // No further try is due.
                    *spent = 1 + retries[key.as_str()];
                }
                answered_last.insert(key);
            }
            _ => {}
        }
    }
    for check in report["checks"].as_array().expect("checks") {
        let key = check["item"].as_str().expect("an item");
        assert_eq!(check["attempts"], attempts.get(key).copied().unwrap_or_default(), "{key}");
    }
    cut_short
}
