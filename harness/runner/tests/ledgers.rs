//! Folders of ledgers, good and bad: each mistake is told with its file and line, and all of them at once.

use jiff::Timestamp;
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use touchstone_assess::ledger::{Class, Finding, Kind, Party, Systems};
use touchstone_model::catalogue::Catalogue;
use touchstone_model::text::Lang;
use touchstone_runner::input::{BadInput, LoadedLedgers, load_ledgers};

const TOP: &str = r#"schema = 1
operator = "某云服务商"
[[service]]
id = "database"
title = { zh = "数据库服务", en = "database service" }
"#;

const INCIDENTS: &str =
    "id,service,began,recovered,reported,channel,unusable,affected,confirmed,responsible,truthful,service_unusable,data_lost\n";

fn as_of() -> Timestamp {
    "2026-11-24T00:00:00Z".parse().unwrap()
}

/// A folder whose index lists every file by its kind, with `top` before that.
fn folder(top: &str, files: &[(&str, &[u8])]) -> TempDir {
    let dir = TempDir::new().unwrap();
    let mut index = top.to_owned();
    for (file, content) in files {
        fs::write(dir.path().join(file), content).unwrap();
        let kind = file.split('.').next().unwrap();
        index += &format!("[[ledger]]\nkind = \"{kind}\"\nfile = \"{file}\"\nfrom = \"2026-01-01\"\nuntil = 2026-12-31\n");
    }
    fs::write(dir.path().join("ledgers.toml"), index).unwrap();
    dir
}

fn load(dir: &Path) -> Result<LoadedLedgers, BadInput> {
    load_ledgers(dir, &Catalogue::default(), as_of())
}

/// The problems as `file:line: code`, each with what it says.
fn mistakes(top: &str, files: &[(&str, &[u8])]) -> Vec<(String, String)> {
    let dir = folder(top, files);
    let bad = load(dir.path()).expect_err("mistakes");
    for lang in [Lang::Zh, Lang::En] {
        assert!(!bad.render(lang, true, false).is_empty());
    }
    let place = |problem: &touchstone_runner::input::Problem| {
        let file = Path::new(problem.source.name()).file_name().unwrap().to_string_lossy().into_owned();
        format!("{file}:{}: {}", problem.position().0, problem.code.name())
    };
    bad.problems.iter().map(|problem| (place(problem), format!("{} -- {}", problem.message.en, problem.help.en))).collect()
}

fn only(files: &[(&str, &[u8])]) -> (String, String) {
    let mut found = mistakes(TOP, files);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

fn incident(cells: &str) -> String {
    format!("{INCIDENTS}{cells}\n")
}

#[test]
fn rows_are_read_in_both_languages_and_both_forms() {
    let csv = "编号,名称,类别,备注\r\nsys-1,\"一网通, 主站\",A类,\r\nsys-2,业务二,B,x\r\n,,,\r\n";
    let incidents = "编号,服务项,开始时间,恢复时间,上报时间,上报方式,无法使用的系统,受影响的系统,是否确认,责任方,上报是否属实,服务是否无法使用,是否丢失数据\n\
        I-1,database,2026/5/3 9:00,2026-05-03 10:00:00,2026-05-03T01:05:00Z,电话,sys-1；sys-2,,是,云服务商,是,否,\n";
    let toml = "schema = 1\n[[row]]\nid = \"O-1\"\nservice = \"database\"\nbegan = 2026-05-03T09:00:00+08:00\nended = \"2026-05-03 10:00\"\ncounts = true\n";
    let top = TOP.replace("[[service]]", "time_zone = \"Asia/Shanghai\"\n[[service]]");
    let dir = folder(
        &top,
        &[("systems.csv", csv.as_bytes()), ("incidents.csv", incidents.as_bytes()), ("outages.toml", toml.as_bytes())],
    );
    let loaded = load(dir.path()).unwrap_or_else(|bad| panic!("{bad}"));
    let ledgers = loaded.ledgers;
    assert_eq!(
        ledgers.systems.iter().map(|s| (s.name.as_str(), s.class)).collect::<Vec<_>>(),
        [("一网通, 主站", Class::A), ("业务二", Class::B)]
    );
    let incident = &ledgers.incidents[0];
    assert_eq!((incident.place.file.as_str(), incident.place.line), ("incidents.csv", 2));
    assert_eq!(incident.began, "2026-05-03T01:00:00Z".parse().unwrap());
    assert_eq!(incident.unusable, Systems::These(vec!["sys-1".into(), "sys-2".into()]));
    // An empty finding is pending.
    assert_eq!((incident.responsible, incident.data_lost), (Party::Operator, Finding::Pending));
    assert_eq!((ledgers.outages[0].began, ledgers.outages[0].place.line), (incident.began, 2));
    assert!(ledgers.coverage.contains_key(&Kind::Outages) && !ledgers.coverage.contains_key(&Kind::Tasks));
}

#[test]
fn a_byte_order_mark_and_gbk_are_read_and_gbk_is_told() {
    let text = "编号,名称,类别\nsys-1,市级业务系统,C\n";
    let marked = ["\u{feff}".as_bytes(), text.as_bytes()].concat();
    let (gbk, _, _) = encoding_rs::GBK.encode(text);
    for (bytes, notes) in [(marked.as_slice(), 0), (gbk.as_ref(), 1)] {
        let dir = folder(TOP, &[("systems.csv", bytes)]);
        let loaded = load(dir.path()).unwrap_or_else(|bad| panic!("{bad}"));
        assert_eq!(loaded.ledgers.systems[0].name, "市级业务系统");
        assert_eq!(loaded.notes.len(), notes);
    }
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(only(&[("systems.csv", &wide)]).0, "systems.csv:1: not-utf8");
    assert_eq!(only(&[("systems.csv", b"id,name,class\ns,\xff\xff,C\n")]).0, "systems.csv:2: not-utf8");
}

#[test]
fn times_that_say_too_little_or_go_backwards() {
    let row = |began: &str, recovered: &str| {
        let text = incident(&format!("I-1,database,{began},{recovered},,,all,,yes,operator,yes,no,no"));
        only(&[("incidents.csv", text.as_bytes())])
    };
    let (place, words) = row("2026-05-03 10:00", "");
    assert_eq!(place, "incidents.csv:2: no-zone");
    assert!(words.contains("time_zone"));
    assert_eq!(row("2026-05-03 10:00+08:00", "2026-05-03 09:59+08:00").0, "incidents.csv:2: bad-order");
    assert_eq!(row("2026-05-03", "").0, "incidents.csv:2: bad-time");
    assert_eq!(row("2026-02-30 10:00+08:00", "").0, "incidents.csv:2: bad-time");
    assert_eq!(row("2026-05-03 24:00+08:00", "").0, "incidents.csv:2: bad-time");
    // Later than the moment of the assessment: a slip of the year.
    assert_eq!(row("2062-05-03 10:00+08:00", "").0, "incidents.csv:2: bad-time");
}

#[test]
fn unknown_systems_and_services() {
    let systems = b"id,name,class,from,until\nsys-1,x,C,2026-01-01,2026-03-31\n".as_slice();
    let found = |service: &str, system: &str, day: &str| {
        let text = incident(&format!("I-1,{service},2026-{day} 10:00+08:00,,,,,{system},yes,operator,yes,no,no"));
        mistakes(TOP, &[("systems.csv", systems), ("incidents.csv", text.as_bytes())])
    };
    let unknown = found("databse", "sys-2", "03-31");
    assert_eq!(unknown[0].0, "incidents.csv:2: unknown-service");
    assert!(unknown[0].1.contains("did you mean `database`?"));
    assert_eq!(unknown[1].0, "incidents.csv:2: unknown-system");
    // It has left the cloud by then; so has everything.
    assert_eq!(found("database", "sys-1", "04-01")[0].0, "incidents.csv:2: unknown-system");
    assert_eq!(found("database", "all", "04-01")[0].0, "incidents.csv:2: unknown-system");
    assert_eq!(found("database", "", "03-31")[0].0, "incidents.csv:2: missing-key");
}

#[test]
fn numbers_with_commas_signs_and_units() {
    let row = |hours: &str| {
        let text = format!("person,month,required_hours,actual_hours\np1,2026-05,160,{hours}\n");
        only(&[("attendance.csv", text.as_bytes())])
    };
    let (place, words) = row("\"152,5\"");
    assert_eq!(place, "attendance.csv:2: bad-number");
    assert!(words.contains("decimal point"));
    // Without quotes it is a field too many.
    let (place, words) = row("152,5");
    assert_eq!(place, "attendance.csv:2: bad-row");
    assert!(words.contains("write a point"));
    assert_eq!(row("-8").0, "attendance.csv:2: bad-number");
    assert_eq!(row("152h").0, "attendance.csv:2: bad-number");
    assert_eq!(row("160.5").0, "attendance.csv:2: bad-number");
}

#[test]
fn months_and_duplicates() {
    let text =
        "person,month,required_hours,actual_hours\np1,2026-13,160,160\np1,2026-5,160,160\np2,2026-05,160,160\np2,2026-05,8,8\n";
    let found: Vec<String> = mistakes(TOP, &[("attendance.csv", text.as_bytes())]).into_iter().map(|(place, _)| place).collect();
    assert_eq!(found, ["attendance.csv:2: bad-time", "attendance.csv:3: bad-time", "attendance.csv:5: duplicate"]);
    let text = "id,found,confirmed\nv,2026-05-01,yes\nv,2026-05-02,yes\n";
    assert_eq!(only(&[("violations.csv", text.as_bytes())]).0, "violations.csv:3: duplicate");
}

#[test]
fn headers_and_rows_of_another_form() {
    assert_eq!(only(&[("violations.csv", b"")]).0, "violations.csv:1: missing-key");
    assert_eq!(only(&[("violations.csv", b"id,found\n")]).0, "violations.csv:1: missing-key");
    assert_eq!(only(&[("violations.csv", b"id,found,confirmd,confirmed\n")]).0, "violations.csv:1: unknown-key");
    assert_eq!(only(&[("violations.csv", b"id,found,confirmed,id\n")]).0, "violations.csv:1: duplicate");
    assert_eq!(only(&[("violations.csv", b"id,found,confirmed\nv,2026-05-01\n")]).0, "violations.csv:2: bad-row");
    assert_eq!(only(&[("violations.csv", b"id,found,confirmed\nv,\"2026-05-01,yes\n")]).0.split(": ").nth(1), Some("syntax"));
    let semicolons = mistakes(TOP, &[("violations.csv", b"id;found;confirmed\n")]);
    assert_eq!(semicolons[0].0, "violations.csv:1: syntax");
    // A ledger with a header and no row says that nothing happened; trailing commas of a spreadsheet are nothing.
    let dir = folder(TOP, &[("violations.csv", b"id,found,confirmed,,\n,,,,\n")]);
    assert!(load(dir.path()).unwrap().ledgers.violations.is_empty());
}

#[test]
fn values_that_are_not_on_the_list() {
    let form = |answers: &str| {
        let text = format!("id,date,q1,q2,q3,q4,q5,q6,q7,q8,q9,q10\nf,2026-11-01,{answers}\n");
        only(&[("surveys.csv", text.as_bytes())])
    };
    assert_eq!(form("4,4,4,4,4,4,4,4,4,7").0, "surveys.csv:2: bad-number");
    assert_eq!(form("5,4,4,4,4,4,4,4,4,8").0, "surveys.csv:2: bad-number");
    assert_eq!(form("4,4,4,,4,4,4,4,4,8").0, "surveys.csv:2: missing-key");
    assert_eq!(only(&[("systems.csv", b"id,name,class\ns,x,D\n")]).0, "systems.csv:2: unknown-word");
    assert_eq!(
        only(&[("unmet-clauses.csv", b"id,clause,found,confirmed\nu,DB-99,2026-05-01,yes\n")]).0,
        "unmet-clauses.csv:2: unknown-clause"
    );
    let uncounted = "id,service,began,ended,counts\no,database,2026-05-03 10:00+08:00,,no\n";
    assert_eq!(only(&[("outages.csv", uncounted.as_bytes())]).0, "outages.csv:2: missing-key");
}

#[test]
fn every_mistake_of_every_file_is_told() {
    let incidents = incident("I-1,databse,2026-05-03 10:00,,,fax,,sys-9,maybe,operator,yes,no,no");
    let files = [
        ("systems.csv", b"id,name,class\ns,x,C\n".as_slice()),
        ("incidents.csv", incidents.as_bytes()),
        ("tasks.csv", b"id,due,finished,responsible\nt,soon,,operator\n"),
    ];
    let found: Vec<String> = mistakes(TOP, &files).into_iter().map(|(place, _)| place).collect();
    assert_eq!(
        found,
        [
            "incidents.csv:2: unknown-service",
            "incidents.csv:2: no-zone",
            "incidents.csv:2: unknown-word",
            "incidents.csv:2: unknown-word",
            "tasks.csv:2: bad-time"
        ]
    );
}

#[test]
fn an_index_with_mistakes() {
    let found = |index: &str| {
        let dir = TempDir::new().unwrap();
        fs::write(dir.path().join("ledgers.toml"), index).unwrap();
        let bad = load(dir.path()).unwrap_err();
        bad.problems.iter().map(|problem| problem.code.name()).collect::<Vec<_>>()
    };
    assert_eq!(found("schema = 1\n"), ["missing-key", "missing-key", "missing-key"]);
    let listed = |kind: &str, from: &str| {
        format!("{TOP}[[ledger]]\nkind = \"{kind}\"\nfile = \"x.csv\"\nfrom = \"{from}\"\nuntil = \"2026-05-31\"\n")
    };
    assert_eq!(found(&listed("incident", "2026-05-01")), ["unknown-word"]);
    assert_eq!(found(&listed("incidents", "2026-06-01")), ["bad-order", "not-found"]);
    assert_eq!(found(&listed("incidents", "2026-05-01")), ["not-found"]);
    assert_eq!(found(&listed("incidents", "2026-05-00")), ["bad-time"]);
    assert_eq!(found(&TOP.replace("[[service]]", "time_zone = \"CST\"\n[[service]]")), ["missing-key", "unknown-word"]);
    assert_eq!(load(TempDir::new().unwrap().path()).unwrap_err().problems[0].code.name(), "not-found");
}
