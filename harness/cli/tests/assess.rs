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
        ("licences", "id,product,counted,running,billed,licensed\nL-1,server,2026-05-20,4,4,5\nL-0,server,2026-04-20,9,4,5\n"),
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
    // Another one's certificate, one that ends before the service does, a file that is not there.
    fs::write(dir.path().join("other.pdf"), "other paper").unwrap();
    let other = dir.path().join("other.pdf").to_string_lossy().into_owned();
    let foreign = |file: &str, holder: &str, until: &str| {
        touchstone(&[
            "evidence",
            "add",
            "--lang",
            "en",
            "--register",
            &at,
            "--slot",
            "MW-07/copyright",
            "--issuer",
            "Authority",
            "--holder",
            holder,
            "--scope",
            "s",
            "--from",
            "2025-01-01",
            "--until",
            until,
            "--on",
            "2026-11-20",
            "--attested-by",
            "Li Lei",
            file,
        ])
    };
    assert_eq!(foreign(&other, "Somebody", "2026-12-01").status.code(), Some(0));
    let told = said(&check("2026-11-24"));
    assert!(told.contains("its holder should be Vendor"), "{told}");
    assert!(told.contains("expires on 2026-12-01, before the end of service on 2026-12-31"), "{told}");
    assert_eq!(foreign("/nowhere.pdf", "Vendor", "2027-12-01").status.code(), Some(2));
    // A file changed behind the register's back.
    let mut kept = fs::read_dir(dir.path().join("files")).unwrap().map(|entry| entry.unwrap().path());
    let kept = kept.find(|path| path.to_string_lossy().ends_with("-paper.pdf")).unwrap();
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

/// `run` on clauses that only figures decide; no plugin is needed for them.
fn run_on_ledgers(dir: &TempDir, out: &str, more: &[&str]) -> (Output, serde_json::Value) {
    let folder = dir.path().join(out);
    let none = dir.path().join("no-plugins");
    fs::create_dir_all(&none).unwrap();
    let (folder_text, none_text) = (folder.to_string_lossy().into_owned(), none.to_string_lossy().into_owned());
    let words = ["run", "--lang", "en", "--plugins", &none_text, "--clause", "ASM-*,GEN-01,OPS-02,MW-23", "--out", &folder_text];
    let output = touchstone(&[&words, more].concat());
    let report = fs::read(folder.join("report.json")).unwrap_or_else(|e| panic!("{e}: {}", said(&output)));
    (output, serde_json::from_slice(&report).unwrap())
}

fn aspect(report: &serde_json::Value, named: &str) -> serde_json::Value {
    let (clause, aspect) = named.split_once('/').unwrap();
    let clauses = report["clauses"].as_array().unwrap();
    let clause = clauses.iter().find(|c| c["clause"] == clause).unwrap();
    clause["aspects"].as_array().unwrap().iter().find(|a| a["aspect"] == aspect).unwrap().clone()
}

#[test]
fn ledgers_decide_clauses_of_a_run_and_what_they_do_not_cover_stays_open() {
    let dir = ledgers();
    let ledgers_text = dir.path().to_string_lossy().into_owned();
    let with = ["--ledgers", &ledgers_text, "--period", "2026-05"];
    let (output, report) = run_on_ledgers(&dir, "quiet", &with);
    let verdict = |report: &serde_json::Value, named: &str| aspect(report, named)["verdict"].as_str().unwrap().to_owned();
    for met in [
        "ASM-02/a1",
        "ASM-02/g1",
        "ASM-03/availability",
        "GEN-01/overall",
        "ASM-01/grade-1",
        "ASM-07/data-leak",
        "OPS-02/done",
        "MW-23/running-vs-billed",
        "MW-23/within-licence",
    ] {
        assert_eq!(verdict(&report, met), "conforming", "{met}: {:#}", aspect(&report, met));
    }
    // A month is no year, and a document is no figure.
    for open in ["ASM-06/total", "ASM-05/h1", "GEN-01/sla-figures", "OPS-02/answer", "ASM-07/score-below-90"] {
        assert_eq!(verdict(&report, open), "not-assessed", "{open}: {:#}", aspect(&report, open));
    }
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    let verified = |out: &str| touchstone(&["verify", "--lang", "en", &dir.path().join(out).to_string_lossy()]);
    assert_eq!(verified("quiet").status.code(), Some(0), "{}", said(&verified("quiet")));

    add(&dir, "complaints.csv", "C-1,2026-05-08,letter,operator");
    add(&dir, "outages.csv", "O-1,database,2026-05-12 10:00,2026-05-12 10:31,yes");
    add(&dir, "licences.csv", "L-2,server,2026-05-21,5,4,5");
    let (output, report) = run_on_ledgers(&dir, "busy", &with);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    for (named, wanted) in [
        ("ASM-02/c1", "partly"),
        ("ASM-03/availability", "nonconforming"),
        ("GEN-01/overall", "nonconforming"),
        ("ASM-07/complaint", "nonconforming"),
        ("ASM-02/a1", "conforming"),
        ("MW-23/running-vs-billed", "nonconforming"),
        ("MW-23/within-licence", "conforming"),
    ] {
        assert_eq!(verdict(&report, named), wanted, "{named}: {:#}", aspect(&report, named));
    }
    let reasons = aspect(&report, "GEN-01/per-item")["reasons"].to_string();
    assert!(reasons.contains("database service 99.930555 %"), "{reasons}");
    assert_eq!(verified("busy").status.code(), Some(0), "{}", said(&verified("busy")));

    // Whoever betters a ledger afterwards, or a figure, is found out.
    let kept = dir.path().join("busy/suite/ledgers/complaints.csv");
    let text = fs::read_to_string(&kept).unwrap();
    fs::write(&kept, text.replace("operator", "other")).unwrap();
    assert_eq!(verified("busy").status.code(), Some(7));
    fs::write(&kept, text).unwrap();

    // Without ledgers nothing conforms.
    let (output, report) = run_on_ledgers(&dir, "partial", &["--ledgers", &without(&dir), "--period", "2026-05"]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    for open in ["ASM-02/a1", "ASM-01/grade-1", "ASM-03/availability", "GEN-01/overall", "GEN-01/per-item", "ASM-07/complaint"] {
        assert_eq!(verdict(&report, open), "not-assessed", "{open}: {:#}", aspect(&report, open));
    }
    assert_eq!((verdict(&report, "ASM-02/c1"), verdict(&report, "ASM-02/a3")), ("not-assessed".into(), "conforming".into()));
    let none =
        touchstone(&["run", "--lang", "en", "--plugins", &dir.path().join("no-plugins").to_string_lossy(), "--clause", "ASM-*"]);
    assert_eq!(none.status.code(), Some(4), "{}", said(&none));
}

/// A folder with the ledger of tasks only.
fn without(dir: &TempDir) -> String {
    let bare = dir.path().join("bare");
    fs::create_dir_all(&bare).unwrap();
    let listed = "[[ledger]]\nkind = \"tasks\"\nfile = \"tasks.csv\"\nfrom = \"2026-01-01\"\nuntil = \"2026-12-31\"\n";
    fs::write(bare.join("ledgers.toml"), INDEX.to_owned() + listed).unwrap();
    fs::write(bare.join("tasks.csv"), "id,due,finished,responsible\n").unwrap();
    bare.to_string_lossy().into_owned()
}

#[test]
fn each_kind_of_bad_ledger_is_named_by_file_and_line() {
    for (file, row, place, words) in [
        (
            "incidents.csv",
            "I-1,nobody,2026-05-12 10:00,2026-05-12 10:31,,phone,sys-2,,yes,operator,yes,yes,no",
            "incidents.csv:2",
            "nobody",
        ),
        (
            "incidents.csv",
            "I-1,database,2026-05-12 10:00,2026-05-12 10:31,,phone,sys-9,,yes,operator,yes,yes,no",
            "incidents.csv:2",
            "sys-9",
        ),
        (
            "incidents.csv",
            "I-1,database,2026-05-12 10:31,2026-05-12 10:00,,phone,sys-2,,yes,operator,yes,yes,no",
            "incidents.csv:2",
            "before",
        ),
        ("attendance.csv", "p2,2026-13,152,152", "attendance.csv:3", "2026-13"),
        ("attendance.csv", "p2,2026-05,\"152,5\",152", "attendance.csv:3", "152,5"),
        ("outages.csv", "O-1,database,2026-02-30 10:00,2026-05-12 10:31,yes", "outages.csv:2", "2026-02-30"),
        (
            "outages.csv",
            "O-1,database,2026-05-12 10:00,2026-05-12 10:31,yes\nO-1,database,2026-05-13 10:00,2026-05-13 10:31,yes",
            "outages.csv:3",
            "O-1",
        ),
    ] {
        let dir = ledgers();
        add(&dir, file, row);
        let output = may(&dir, &[]);
        assert_eq!(output.status.code(), Some(5), "{row}: {}", said(&output));
        assert!(said(&output).contains(place) && said(&output).contains(words), "{row}: {}", said(&output));
    }
    // Times without a zone, where the index declares none.
    let dir = ledgers();
    let index = dir.path().join("ledgers.toml");
    fs::write(&index, fs::read_to_string(&index).unwrap().replace("time_zone = \"Asia/Shanghai\"\n", "")).unwrap();
    add(&dir, "outages.csv", "O-1,database,2026-05-12 10:00,2026-05-12 10:31,yes");
    let output = may(&dir, &[]);
    assert!(output.status.code() == Some(5) && said(&output).contains("outages.csv:2"), "{}", said(&output));
    // A byte order mark and GBK are read, and the latter is told; overlapping outages count once.
    let dir = ledgers();
    let path = dir.path().join("outages.csv");
    let rows = "O-1,database,2026-05-12 10:00,2026-05-12 10:20,yes\nO-2,database,2026-05-12 10:10,2026-05-12 10:31,yes\n";
    fs::write(&path, "\u{feff}".to_owned() + &fs::read_to_string(&path).unwrap() + rows).unwrap();
    let gbk = [b"C-1,2026-05-08,\xc0\xb4\xba\xaf,operator\n".as_slice()].concat();
    let complaints = dir.path().join("complaints.csv");
    fs::write(&complaints, [fs::read(&complaints).unwrap(), gbk].concat()).unwrap();
    let output = may(&dir, &["--json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", said(&output)));
    assert_eq!(json["availability"][0]["failed"], "1860");
    assert!(json["notes"].to_string().contains("GB18030"), "{}", json["notes"]);
}
