//! JUnit: each verdict is told as the table says, Jenkins' schema accepts it, no text breaks it.
#![forbid(unsafe_code)]

mod common;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use touchstone_model::run::Run;
use touchstone_reports::junit;

#[derive(Debug, Default)]
struct Case {
    attributes: BTreeMap<String, String>,
    outcome: Option<String>,
    type_: String,
    message: String,
    text: String,
}

#[derive(Debug, Default)]
struct Suite {
    attributes: BTreeMap<String, String>,
    cases: Vec<Case>,
}

/// Reads it back with a strict reader; panics on anything that is not well-formed or has an element in the wrong place.
fn read(xml: &str) -> Vec<Suite> {
    let legal = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(xml.chars().all(legal), "a character that XML 1.0 does not allow");
    let mut reader = Reader::from_str(xml);
    let mut path: Vec<String> = Vec::new();
    let mut suites: Vec<Suite> = Vec::new();
    loop {
        let event = reader.read_event().expect("well-formed");
        match &event {
            Event::Start(start) | Event::Empty(start) => {
                let name = String::from_utf8(start.name().as_ref().to_vec()).expect("UTF-8");
                let parent = path.last().map(String::as_str);
                let allowed = match name.as_str() {
                    "testsuites" => parent.is_none(),
                    "testsuite" => parent == Some("testsuites"),
                    "testcase" => parent == Some("testsuite"),
                    "failure" | "error" | "skipped" | "system-out" => parent == Some("testcase"),
                    _ => false,
                };
                assert!(allowed, "<{name}> in {parent:?}");
                let attributes = attributes(start);
                match name.as_str() {
                    "testsuite" => suites.push(Suite { attributes, cases: Vec::new() }),
                    "testcase" => {
                        let known = ["name", "time", "classname"];
                        assert!(attributes.keys().all(|k| known.contains(&k.as_str())), "{attributes:?}");
                        suites.last_mut().expect("in a suite").cases.push(Case { attributes, ..Case::default() });
                    }
                    "failure" | "error" | "skipped" => {
                        let case = last(&mut suites);
                        assert!(case.outcome.is_none(), "two outcomes");
                        case.type_ = attributes["type"].clone();
                        case.message = attributes["message"].clone();
                        case.outcome = Some(name.clone());
                    }
                    _ => {}
                }
                if matches!(event, Event::Start(_)) {
                    path.push(name);
                }
            }
            Event::End(_) => drop(path.pop()),
            Event::CData(data) => last(&mut suites).text.push_str(std::str::from_utf8(data).expect("UTF-8")),
            Event::Text(text) => assert!(text.iter().all(u8::is_ascii_whitespace), "text outside of CDATA"),
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(path.is_empty());
    suites
}

fn last(suites: &mut [Suite]) -> &mut Case {
    suites.last_mut().and_then(|s| s.cases.last_mut()).expect("in a case")
}

fn attributes(start: &BytesStart) -> BTreeMap<String, String> {
    start
        .attributes()
        .map(|a| {
            let a = a.expect("well-formed attribute");
            let raw = std::str::from_utf8(&a.value).expect("UTF-8").to_owned();
            let value = quick_xml::escape::unescape(&raw).expect("escaped").into_owned();
            (String::from_utf8(a.key.as_ref().to_vec()).expect("UTF-8"), value)
        })
        .collect()
}

/// What Jenkins' schema says of structure and numbers, without it.
fn check_structure(run: &Run, suites: &[Suite]) {
    let cases: usize = suites.iter().map(|s| s.cases.len()).sum();
    assert_eq!(cases, run.checks.len() + run.plan.left_out.len(), "every check is there once");
    let mut names = HashSet::new();
    for suite in suites {
        let count = |outcome: &str| suite.cases.iter().filter(|c| c.outcome.as_deref() == Some(outcome)).count().to_string();
        assert_eq!(suite.attributes["tests"], suite.cases.len().to_string());
        assert_eq!(suite.attributes["failures"], count("failure"));
        assert_eq!(suite.attributes["errors"], count("error"));
        let decimals = suite.attributes["time"].split_once('.').map_or("", |(_, d)| d);
        assert!(decimals.len() <= 3, "time {}", suite.attributes["time"]);
        for case in &suite.cases {
            assert!(names.insert((case.attributes["classname"].clone(), case.attributes["name"].clone())), "{case:?} twice");
        }
    }
}

#[test]
fn each_verdict_is_told_as_the_table_says() {
    let run = common::everything().run;
    let suites = read(&junit(&run));
    check_structure(&run, &suites);
    let find = |name: &str| {
        let found = suites.iter().flat_map(|s| &s.cases).find(|c| c.attributes["name"].starts_with(name));
        found.unwrap_or_else(|| panic!("no case {name}"))
    };
    assert_eq!(find("os/kernel-version@host-1").outcome, None);
    assert_eq!(find("os/kernel-version@host-1").attributes["classname"], "OS-01");
    let failed = find("db/insert-all@db main");
    assert_eq!(failed.outcome.as_deref(), Some("failure"));
    assert!(failed.text.contains("ERROR 42601: syntax error at or near \"ALL\""));
    let open = find("db/multi-row@db main");
    assert_eq!(open.outcome.as_deref(), Some("error"));
    assert!(open.message.contains("connection reset by peer"));
    assert_eq!(open.attributes["classname"], "DB-09 DB-08");
    assert_eq!(find("os/never-began").outcome.as_deref(), Some("error"));
    assert_eq!(find("db/not-applicable").outcome.as_deref(), Some("skipped"));
    assert!(find("db/not-applicable").message.contains("single node"));
    let left = find("gen/failover");
    assert_eq!((left.outcome.as_deref(), left.type_.as_str()), (Some("skipped"), "left-out"));
    assert!(left.message.contains("no target of kind platform"));
    let hostile = find("</script>");
    assert!(hostile.text.contains("document.body.dataset.owned=1"), "what was seen is not lost");
    assert!(!hostile.text.contains("]]>"));
}

#[test]
fn sums_of_times_keep_three_decimals() {
    // 1.118 s and its kin print with seventeen digits when added up in floating point.
    for ms in [118, 1_118, 1_122, 1_128, 2_236] {
        let mut run = common::everything().run;
        for check in &mut run.checks {
            check.elapsed_ms = ms;
        }
        check_structure(&run, &read(&junit(&run)));
    }
}

#[test]
fn jenkins_schema_accepts_it() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/schemas/junit-10.xsd");
    let schema = schema.canonicalize().unwrap_or(schema);
    let Some(python) = python_with_xmlschema().filter(|_| schema.is_file()) else {
        eprintln!(
            "\n*** NOT VALIDATED AGAINST JENKINS' SCHEMA: it wants {} and Python's xmlschema (ci/setup). ***\n\
             *** Only well-formedness and the structure's own rules are held by this run.           ***\n",
            schema.display()
        );
        let run = common::everything().run;
        return check_structure(&run, &read(&junit(&run)));
    };
    let folder = tempfile::tempdir().expect("a folder");
    for (name, run) in [("everything", common::everything().run), ("many", common::many(300, 100).run)] {
        let file = folder.path().join(name);
        std::fs::write(&file, junit(&run)).expect("written");
        let errors = validate(&python, &schema, &file);
        assert!(errors.is_empty(), "{name}: {errors}");
    }
    let file = folder.path().join("refused");
    let broken = junit(&common::everything().run).replacen("<system-out>", "<properties/><system-out>", 1);
    std::fs::write(&file, broken).expect("written");
    assert!(validate(&python, &schema, &file).contains("properties"), "the schema is really looked at");
}

fn validate(python: &Path, schema: &Path, file: &Path) -> String {
    let script =
        "import sys, xmlschema\nfor e in xmlschema.XMLSchema(sys.argv[1]).iter_errors(sys.argv[2]): print(e.path, e.reason)";
    let out = Command::new(python).args(["-c", script]).arg(schema).arg(file).output().expect("Python runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).into_owned()
}

fn python_with_xmlschema() -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| std::env::home_dir().map(|home| home.join(".cache")))?;
    let python = cache.join("touchstone/venv/bin/python");
    let found = Command::new(&python).args(["-c", "import xmlschema"]).output().ok()?;
    found.status.success().then_some(python)
}
