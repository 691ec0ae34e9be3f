//! `touchstone history check`: verdicts as exit codes, both languages, errors with file and line.
#![forbid(unsafe_code)]

mod support;

use support::{root, touchstone};

fn check(file: &str, more: &[&str]) -> (Option<i32>, String) {
    let path = root().join("harness/history/tests/data").join(file);
    let out = touchstone().args(["history", "check"]).arg(path).args(more).output().expect("the program starts");
    let said = [out.stdout, out.stderr].concat();
    (out.status.code(), String::from_utf8(said).expect("UTF-8"))
}

#[test]
fn verdicts_are_exit_codes() {
    for (file, code) in [("ledger.good.jsonl", 0), ("ledger.bad.lost.jsonl", 1), ("ledger.unknown.cut.jsonl", 3)] {
        let (ended, said) = check(file, &["--lang", "en"]);
        assert_eq!(ended, Some(code), "{file}: {said}");
    }
}

#[test]
fn a_witness_can_be_followed_in_both_languages() {
    let (code, said) = check("append.bad.g2-item.jsonl", &["--lang", "en"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("T1 before T2: T1 read key 1 without 2, which T2 appended"), "{said}");
    assert!(said.contains("a contradiction"), "{said}");
    let (_, said) = check("append.bad.g2-item.jsonl", &["--lang", "zh"]);
    assert!(said.contains("T1 先于 T2") && said.contains("与承诺矛盾"), "{said}");
}

#[test]
fn another_isolation_may_be_asked_for() {
    let (code, said) = check("append.bad.g2-item.jsonl", &["--isolation", "snapshot-isolation", "--lang", "en"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("does not rule it out"), "{said}");
}

#[test]
fn as_json() {
    let (code, said) = check("append.bad.g1a.jsonl", &["--json"]);
    let report: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((code, &report["valid"], &report["findings"][0]["anomaly"]), (Some(1), &"false".into(), &"g1a".into()));
}

#[test]
fn what_is_no_history_is_told_with_file_and_line() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("h.jsonl");
    let head = r#"{"touchstone-history":1,"workload":{"ledger":{}},"started":"2026-11-24T00:00:00.000Z"}"#;
    std::fs::write(&path, format!("{head}\n{{\"process\":1,\"start\":9,\"end\":3,\"outcome\":\"ok\",\"do\":{{\"write\":1}}}}\n"))
        .unwrap();
    let said = |lang: &str| {
        let out = touchstone().args(["history", "check", "--lang", lang]).arg(&path).output().expect("the program starts");
        (out.status.code(), String::from_utf8_lossy(&out.stderr).into_owned())
    };
    let (code, words) = said("en");
    assert_eq!(code, Some(5), "{words}");
    assert!(words.contains("h.jsonl:2: ends at 3, before it started at 9"), "{words}");
    assert!(said("zh").1.contains("h.jsonl:2: 结束时间"), "{}", said("zh").1);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(said("en").0, Some(5));
}
