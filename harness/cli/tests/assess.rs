//! `touchstone assess` and `touchstone evidence`, as a person uses them.
#![forbid(unsafe_code)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

fn suite() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../suites/gov-paas")
}

fn touchstone(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_touchstone"))
        .args(args)
        .env("TOUCHSTONE_SUITE", suite())
        .env("LC_ALL", "C")
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

const INDEX: &str = r#"schema = 1
operator = "某云服务商"
time_zone = "Asia/Shanghai"
service = [{ id = "database", title = { zh = "数据库服务", en = "database service" } }]
settlement = [{ year = 2026, amount = 1000000 }]
"#;

/// Every ledger, empty but for people on site.
fn ledgers() -> TempDir {
    let headers = [
        ("systems", "id,name,class\nsys-1,x,C\nsys-2,y,A\n"),
        (
            "incidents",
            "id,service,began,recovered,reported,channel,unusable,affected,confirmed,responsible,truthful,service_unusable,data_lost\n",
        ),
        ("outages", "id,service,began,ended,counts\n"),
        ("work-orders", "id,service,approved,fed_back,as_approved,responsible\n"),
        ("irregular-deliveries", "id,found,rectified,confirmed\n"),
        ("tasks", "id,due,finished,responsible\n"),
        ("attendance", "person,month,required_hours,actual_hours\np1,2026-05,152,152\n"),
        ("complaints", "id,received,by,responsible\n"),
        ("changes", "id,submitted,executed,outcome,urgent,interrupts\n"),
        ("violations", "id,found,confirmed\n"),
        ("surveys", "id,date,q1,q2,q3,q4,q5,q6,q7,q8,q9,q10\n"),
        ("trainings", "id,date,attendees,material,notice,record\n"),
        ("security-findings", "id,found,due,fixed,responsible,harmed_business\n"),
        ("security-incidents", "id,date,grade,confirmed,responsible,data_leaked\n"),
        ("unmet-clauses", "id,clause,found,confirmed\n"),
    ];
    let dir = TempDir::new().unwrap();
    let mut index = INDEX.to_owned();
    for (kind, text) in headers {
        fs::write(dir.path().join(format!("{kind}.csv")), text).unwrap();
        index +=
            &format!("[[ledger]]\nkind = \"{kind}\"\nfile = \"{kind}.csv\"\nfrom = \"2026-01-01\"\nuntil = \"2026-12-31\"\n");
    }
    fs::write(dir.path().join("ledgers.toml"), index).unwrap();
    dir
}

fn add(dir: &TempDir, file: &str, row: &str) {
    let path = dir.path().join(file);
    fs::write(&path, fs::read_to_string(&path).unwrap() + row + "\n").unwrap();
}

fn may(dir: &TempDir, more: &[&str]) -> Output {
    let folder = dir.path().to_string_lossy().into_owned();
    touchstone(
        &[&["assess", "--lang", "en", "--ledgers", &folder, "--period", "2026-05", "--as-of", "2026-06-10T00:00:00+08:00"], more]
            .concat(),
    )
}

#[test]
fn a_month_on_screen_as_json_and_as_a_page() {
    let dir = ledgers();
    let quiet = may(&dir, &[]);
    assert_eq!(quiet.status.code(), Some(0), "{}", said(&quiet));
    assert!(said(&quiet).contains("100 / 100"));

    add(&dir, "complaints.csv", "C-1,2026-05-08,来函,operator");
    add(
        &dir,
        "incidents.csv",
        "I-1,database,2026-05-12 10:00,2026-05-12 10:31,2026-05-12 10:05,phone,sys-2,,yes,operator,yes,yes,no",
    );
    add(&dir, "outages.csv", "O-1,database,2026-05-12 10:00,2026-05-12 10:10,yes");
    add(&dir, "outages.csv", "O-2,database,2026-05-12 10:05,2026-05-12 10:31,yes");
    let out = dir.path().join("score");
    let output = may(&dir, &["--json", "--out", &out.to_string_lossy()]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", said(&output)));
    let score = |id: &str| {
        let all = json["months"][0]["indicators"].as_array().unwrap();
        all.iter().find(|i| i["id"] == id).unwrap()["score"].as_str().unwrap().to_owned()
    };
    // 31 minutes of 44,640: 99.930555 %, 0.059445 points below 99.99: six steps of 0.1.
    assert_eq!(["C1", "D1", "E1", "E2", "E3"].map(score), ["5", "9.4", "4", "8", "5"]);
    assert_eq!(json["incidents"][0]["table_row"], 3);
    assert_eq!(json["availability"][0]["failed"], "1860");
    // A letter of complaint, and a service not recovered in time; how much capacity was lost is not said.
    assert_eq!((json["penalties"].as_str(), json["penalties_final"].as_bool()), (Some("600000"), Some(false)));
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(fs::read(out.join("assessment.json")).unwrap(), output.stdout);
    assert!(fs::read_to_string(out.join("assessment.html")).unwrap().contains("incidents.csv"));
}

#[test]
fn a_missing_ledger_is_not_assessed_and_a_bad_one_is_refused_with_every_line() {
    let dir = ledgers();
    let index = fs::read_to_string(dir.path().join("ledgers.toml")).unwrap();
    let from = index.find("[[ledger]]\nkind = \"tasks\"").unwrap();
    let until = index[from + 5..].find("[[ledger]]").unwrap() + from + 5;
    fs::write(dir.path().join("ledgers.toml"), [&index[..from], &index[until..]].concat()).unwrap();
    let output = may(&dir, &[]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("there is no ledger of tasks") && said(&output).contains("[95, 100] / 100"));

    add(&dir, "complaints.csv", "C-1,2026-05-32,来函,operator");
    add(&dir, "attendance.csv", "p2,2026-05,152,\"140,5\"");
    let output = may(&dir, &[]);
    assert_eq!(output.status.code(), Some(5));
    for part in ["complaints.csv:2", "attendance.csv:3", "2 problems in 2 files"] {
        assert!(said(&output).contains(part), "{part}: {}", said(&output));
    }
}

#[test]
fn periods_that_cannot_be_assessed_are_bad_usage() {
    let dir = ledgers();
    let folder = dir.path().to_string_lossy().into_owned();
    for period in [["--period", "2026-13"], ["--period", "2026-5"], ["--year", "2027"], ["--period", "2026-12"]] {
        let output =
            touchstone(&[&["assess", "--ledgers", &folder, "--as-of", "2026-06-10T00:00:00+08:00"], &period[..]].concat());
        assert_eq!(output.status.code(), Some(2), "{period:?}: {}", said(&output));
    }
    let output = touchstone(&["assess", "--ledgers", &folder, "--year", "2023"]);
    assert!(said(&output).contains("does not know 2023-01-01"), "{}", said(&output));
}

#[test]
fn documents_are_registered_checked_and_decide_their_aspects() {
    let dir = TempDir::new().unwrap();
    let register = dir.path().join("evidence.toml");
    let at = register.to_string_lossy().into_owned();
    let holders = "schema = 1\nservice_period = { from = \"2026-01-01\", until = \"2026-12-31\" }\nholders = { middleware-vendor = \"Vendor\" }\n";
    fs::write(&register, holders).unwrap();
    let paper = dir.path().join("paper.pdf");
    fs::write(&paper, "paper").unwrap();
    let add = |slot: &str, until: &str, more: &[&str]| {
        let file = paper.to_string_lossy().into_owned();
        let common =
            ["evidence", "add", "--lang", "en", "--register", &at, "--slot", slot, "--issuer", "Authority", "--holder", "Vendor"];
        let dates = ["--scope", "server \"7\"", "--from", "2025-01-01", "--until", until, "--on", "2026-11-20"];
        touchstone(&[&common[..], &dates[..], more, &[&file]].concat())
    };
    let attested = ["--attested-by", "Li Lei"];
    let output = add("MW-07/copyright", "2027-12-31", &attested);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let listed = touchstone(&["evidence", "list", "--lang", "en", "--register", &at, "--on", "2026-11-24"]);
    assert!(said(&listed).contains("✓ MW-07/copyright"), "{}", said(&listed));
    let check = |on: &str| touchstone(&["evidence", "check", "--lang", "en", "--register", &at, "--on", on]);
    assert_eq!(check("2026-11-24").status.code(), Some(3));
    assert!(!said(&check("2026-11-24")).contains("MW-07"));
    assert_eq!(check("2028-01-01").status.code(), Some(1));
    assert!(said(&check("2028-01-01")).contains("expired on 2027-12-31"));
    // Another clause with the same file; a slot that is not there; days the wrong way round.
    assert_eq!(add("MW-10/rating", "2027-12-31", &attested).status.code(), Some(0));
    assert!(said(&check("2026-11-24")).contains("the same file stands for other clauses, too: MW-10/rating"));
    let unknown = add("MW-07/copyrigth", "2027-12-31", &attested);
    assert_eq!((unknown.status.code(), said(&unknown).contains("MW-07/copyright?")), (Some(2), true));
    let before = fs::read(&register).unwrap();
    assert_eq!(add("MW-07/copyright", "2024-12-31", &attested).status.code(), Some(2));
    assert_eq!(fs::read(&register).unwrap(), before);
    // A file changed behind the register's back.
    let kept = fs::read_dir(dir.path().join("files")).unwrap().next().unwrap().unwrap().path();
    fs::write(kept, "other").unwrap();
    assert!(said(&check("2026-11-24")).contains("another digest"));
    // Confidential: nothing is copied.
    fs::remove_file(&register).unwrap();
    fs::remove_dir_all(dir.path().join("files")).unwrap();
    assert_eq!(add("MW-07/copyright", "2027-12-31", &[&attested[..], &["--confidential"]].concat()).status.code(), Some(0));
    assert!(!dir.path().join("files").exists());
    // A mistake in the register is told with its line.
    fs::write(&register, "schema = 1\n[[document]]\nslot = \"MW-07/nothing\"\n").unwrap();
    let bad = check("2026-11-24");
    assert_eq!(bad.status.code(), Some(5));
    assert!(said(&bad).contains("evidence.toml:3") && said(&bad).contains("unknown-slot"), "{}", said(&bad));
}

#[test]
fn a_run_reports_inspected_clauses_by_their_documents() {
    let dir = TempDir::new().unwrap();
    let register = dir.path().join("evidence.toml");
    let day = "from = \"2025-01-01\"\nattested_by = \"Li Lei\"\nattested_on = \"2025-06-01\"\nissuer = \"Authority\"\nscope = \"server\"\n";
    let document = |slot: &str, digit: &str, holder: &str| {
        format!(
            "[[document]]\nslot = \"{slot}\"\nconfidential = true\nsha256 = \"{}\"\nholder = \"{holder}\"\n{day}",
            digit.repeat(64)
        )
    };
    let text = [
        "schema = 1\nholders = { middleware-vendor = \"Vendor\", os-vendor = \"Maker\" }\n".to_owned(),
        document("MW-07/copyright", "a", "Vendor"),
        document("OS-05/certificate", "b", "Somebody"),
    ];
    fs::write(&register, text.concat()).unwrap();
    let out = dir.path().join("run");
    let plugins = dir.path().join("plugins");
    fs::create_dir(&plugins).unwrap();
    let args = [
        "run",
        "--lang",
        "en",
        "--evidence",
        &register.to_string_lossy(),
        "--plugins",
        &plugins.to_string_lossy(),
        "--out",
        &out.to_string_lossy(),
    ]
    .map(str::to_owned);
    let clauses = ["-c", "MW-07", "-c", "OS-05", "-c", "DB-04"];
    let output = touchstone(&args.iter().map(String::as_str).chain(clauses).collect::<Vec<_>>());
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let report: serde_json::Value = serde_json::from_slice(&fs::read(out.join("report.json")).unwrap()).unwrap();
    let verdict = |id: &str| report["clauses"].as_array().unwrap().iter().find(|c| c["clause"] == id).unwrap()["verdict"].clone();
    assert_eq!([verdict("MW-07"), verdict("OS-05"), verdict("DB-04")], ["conforming", "nonconforming", "not-assessed"]);
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("its holder should be Maker") && page.contains("document missing") && page.contains("Li Lei"));
}
