//! The format: what is written comes back, fits its schema, and what is no history is told with its line.

use std::collections::BTreeMap;
use std::path::Path;
use touchstone_history::check::check;
use touchstone_history::format::{self, Header, History, Isolation, LedgerAct, Operation, Outcome, Workload, Writer};
use touchstone_history::verdict::Validity;

const PUBLISHED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/history-1.schema.json");
const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");

fn data() -> Vec<(String, String)> {
    let mut files: Vec<_> = std::fs::read_dir(DATA)
        .expect("test data")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(path).expect("text")))
        .collect();
    files.sort();
    files
}

/// The file's name says what must come out: `<workload>.<verdict>.<anomaly or reason>.jsonl`.
#[test]
fn known_histories_are_judged_as_known() {
    let files = data();
    assert!(files.len() >= 18, "{} files", files.len());
    for (name, text) in &files {
        let mut parts = name.split('.').skip(1);
        let (verdict, anomaly) = (parts.next().expect("a verdict"), parts.next().unwrap_or_default());
        let (_, report) = check(&mut text.as_bytes(), None).unwrap_or_else(|error| panic!("{name}: {error}"));
        let expected = match verdict {
            "good" => Validity::True,
            "bad" => Validity::False,
            _ => Validity::Unknown,
        };
        assert_eq!(report.valid, expected, "{name}: {report:#?}");
        if verdict == "bad" {
            let forbidden: Vec<_> = report.findings.iter().filter(|f| f.forbidden).map(|f| f.anomaly.as_str()).collect();
            assert_eq!(forbidden, [anomaly], "{name}: {report:#?}");
            assert!(report.findings.iter().all(|f| !f.witnesses.is_empty()), "{name}: no witness");
        }
        assert_eq!(verdict == "unknown", !report.undecided.is_empty(), "{name}: {report:#?}");
    }
}

#[test]
fn the_published_schema_is_that_of_the_types() {
    let schema = format::json_schema();
    if std::env::var_os("TOUCHSTONE_WRITE_SCHEMA").is_some() {
        std::fs::create_dir_all(Path::new(PUBLISHED).parent().unwrap()).expect("a folder");
        std::fs::write(PUBLISHED, &schema).expect("the schema can be written");
    }
    let published = std::fs::read_to_string(PUBLISHED).expect("the schema is published");
    assert!(
        published == schema,
        "schema/history-1.schema.json differs from the types: raise VERSION or undo the change; then run this test with TOUCHSTONE_WRITE_SCHEMA=1"
    );
}

#[test]
fn every_line_of_the_known_histories_fits_the_schema() {
    let schema: serde_json::Value = serde_json::from_str(&format::json_schema()).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for (name, text) in data() {
        for line in text.lines() {
            if let Ok(value) = serde_json::from_str(line) {
                assert!(validator.is_valid(&value), "{name}: {line}");
            }
        }
    }
    assert!(!validator.is_valid(&serde_json::json!({"process": 1})));
}

#[test]
fn what_is_written_comes_back() {
    let workload = Workload::Bank { accounts: BTreeMap::from([(1, 10), (2, -3)]), overdraft: true };
    for workload in [workload, Workload::Ledger {}, Workload::ListAppend { isolation: Isolation::SnapshotIsolation }] {
        let header = Header { version: format::VERSION, workload, started: "2026-11-24T00:00:00.000Z".into(), note: None };
        let mut writer = Writer::new(Vec::new(), &header).expect("memory");
        let act = LedgerAct::Read(vec![(1, 5), (7, 7)]);
        let operation = Operation { process: 3, start: 1, end: 2, outcome: Outcome::Ok, act };
        writer.add(&operation).expect("memory");
        let bytes = writer.close().expect("memory");
        let mut from = bytes.as_slice();
        assert_eq!(format::read_header(&mut from).expect("a header"), header);
        let history: History<LedgerAct> = format::read(&mut from).expect("operations");
        assert_eq!(history, History { operations: vec![operation], complete: true });
    }
}

#[test]
fn mistakes_name_their_line() {
    let head = r#"{"touchstone-history":1,"workload":{"ledger":{}},"started":"2026-11-24T00:00:00.000Z"}"#;
    let write = |process: u32, start: u64, end: u64| {
        format!(r#"{{"process":{process},"start":{start},"end":{end},"outcome":"ok","do":{{"write":{start}}}}}"#)
    };
    let cases: Vec<(String, usize, &str)> = vec![
        (String::new(), 1, "no history"),
        ("hello\n".into(), 1, "no history"),
        (head.replace(":1,", ":2,"), 1, "version 2"),
        (head.replace("ledger", "leger"), 1, "leger"),
        (format!("{head}\n{}\n", write(1, 9, 3)), 2, "before it started"),
        (format!("{head}\n{}\n{}\n", write(1, 1, 9), write(1, 5, 20)), 3, "process 1"),
        (format!("{head}\n{}\n", write(1, 1, 9).replace("write", "wrote")), 2, "wrote"),
        (format!("{head}\n{}\n", write(1, 1, 9).replace("ok", "maybe")), 2, "maybe"),
        (format!("{head}\n{}\n", write(1, 1, 9).replace(":1,", ":-1,")), 2, "-1"),
        (format!("{head}\n\n{}\n", write(1, 1, 9)), 2, "empty"),
        (format!("{head}\n{}\n{{\"operations\":2}}\n", write(1, 1, 9)), 3, "2 operations"),
        (format!("{head}\n{{\"operations\":0}}\n{}\n", write(1, 1, 9)), 3, "more after"),
    ];
    for (text, line, word) in cases {
        let error = check(&mut text.as_bytes(), None).expect_err(&text);
        assert_eq!(error.line, line, "{text}: {error}");
        assert!(error.what.en.contains(word), "{text}: {error}");
        assert!(error.what.zh.chars().any(|c| c > '\u{4e00}'), "{text}");
    }
}

#[test]
fn a_cut_history_convicts_but_does_not_acquit() {
    for (name, text) in data().into_iter().filter(|(_, text)| text.trim_end().ends_with('}')) {
        let lines: Vec<&str> = text.lines().collect();
        let Some((last, before)) = lines.split_last() else { continue };
        if !last.starts_with("{\"operations\"") {
            continue;
        }
        // The closing line gone, and the beginning of another operation in its place.
        let cut = before.join("\n") + "\n{\"process\":1,\"sta";
        let (_, report) = check(&mut cut.as_bytes(), None).unwrap_or_else(|error| panic!("{name}: {error}"));
        let expected = if name.contains(".bad.") { Validity::False } else { Validity::Unknown };
        // A single missing line proves nothing about what came after it.
        if !name.contains("lost-transfer") {
            assert_eq!(report.valid, expected, "{name}: {report:#?}");
        }
    }
}
