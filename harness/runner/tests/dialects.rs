//! SQL dialects and ODBC targets, rightly and wrongly written.
#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};
use touchstone_model::dialect::{Dialects, Level};
use touchstone_runner::input::{BadInput, load_dialects, load_inventory, load_suite};

fn published() -> Dialects {
    load_dialects(&suites().join("dialects")).unwrap_or_else(|bad| panic!("{bad}"))
}

fn suites() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../suites")
}

/// A folder of a small standard and one other file.
fn with(name: &str, text: &str) -> Result<Dialects, BadInput> {
    let folder = tempfile::tempdir().expect("a folder");
    let standard = r#"schema = 1
level = "standard"
title = { zh = "标准", en = "standard" }
source = "none"
named_by_tender = ["p/insert"]
[begins]
"p/insert" = ["INSERT ALL"]
[cases.shared]
drop-table = ["DROP TABLE IF EXISTS {{x}}"]
[cases."p/insert"]
plain = ["INSERT ALL INTO {{a}} SELECT 1"]
[cases."p/array"]
column = { do = ["CREATE TABLE {{t}} (v INT ARRAY[3])"], undo = ["@table {{t}}"] }
"#;
    std::fs::write(folder.path().join("standard.toml"), standard).expect("written");
    std::fs::write(folder.path().join(format!("{name}.toml")), text).expect("written");
    load_dialects(folder.path())
}

const TOP: &str = "schema = 1\nlevel = \"product\"\ntitle = { zh = \"产品\", en = \"product\" }\nsource = \"manual\"\n";

#[test]
fn every_product_resolves_every_case() {
    let all = published();
    let standard = all.of(None, None);
    let sections = [
        "triggers",
        "routines",
        "packages",
        "arrays",
        "nested-tables",
        "dynamic-sql",
        "insert-all",
        "multi-row-insert",
        "monitoring",
        "physical-backup",
        "logical-backup",
        "partial-restore",
        "cluster",
        "remote-client",
    ];
    for file in all.files().filter(|file| file.level == Level::Product) {
        let dialect = all.of(Some(&file.id), None);
        assert!(dialect.family().is_some() || file.family.is_none(), "{}: no such family", file.id);
        for section in sections {
            let section = format!("database/{section}");
            for case in standard.cases_of(&section) {
                let script = dialect.script(case).unwrap_or_else(|| panic!("{}: {case}", file.id));
                assert!(!script.ways.is_empty(), "{}: {case}", file.id);
                let undone = script.ways.iter().flat_map(|way| &way.undo).all(|line| !line.starts_with('@'));
                assert!(undone, "{}: {case}: what undoes it is not written out", file.id);
            }
        }
    }
    // Nothing here ran on these: their refusals must not count as the product's, but for what the tender itself names.
    for name in ["dameng", "达梦", "kingbasees", "opengauss", "gaussdb", "gbase-8s", "oceanbase-oracle", "oscar"] {
        let dialect = all.of(Some(name), None);
        let script = |case: &str| dialect.script(case).unwrap_or_else(|| panic!("{name}: {case}"));
        assert!(script("database/triggers/order").not_yet_run, "{name}");
        assert!(!script("database/triggers/order").refusal_decides, "{name}");
        assert!(script("database/insert-all/first").refusal_decides, "{name}");
    }
    assert!(all.of(Some("PostgreSQL"), None).script("database/packages/public-member").is_some_and(|s| s.refusal_decides));
}

#[test]
fn the_suite_is_bound_to_its_dialects() {
    let loaded = load_suite(&suites().join("gov-paas/suite.toml")).unwrap_or_else(|bad| panic!("{bad}"));
    assert_eq!(loaded.dialects, published());
    let triggers = loaded.suite.checks.iter().find(|check| check.id == "database/triggers").expect("the check");
    assert_eq!(triggers.by["DB-05/order"], ["order"]);
    assert_eq!(triggers.decides.len(), triggers.by.len());
}

#[test]
fn mistakes_have_a_place_and_a_remedy() {
    let one = |text: &str, code: &str, line: usize| {
        let bad = with("db1", text).expect_err(text);
        let [problem] = &bad.problems[..] else { panic!("{bad}") };
        assert_eq!((problem.code.name(), problem.position().0), (code, line), "{bad}");
        assert!(problem.to_string().contains("db1.toml") && !problem.help.zh.is_empty());
    };
    assert!(with("db1", &format!("{TOP}[cases.\"p/array\"]\ncolumn = [\"X\"]\n")).is_ok());
    one(&format!("{TOP}[cases.\"p/array\"]\ncolum = [\"X\"]\n"), "unknown-case", 6);
    one(&format!("{TOP}absent = [\"p/arrays/*\"]\n"), "unknown-case", 5);
    one(&format!("{TOP}[cases.\"p/insert\"]\nplain = [\"WITH s AS (SELECT 1) INSERT INTO a SELECT 1\"]\n"), "bad-value", 6);
    one(&format!("{TOP}[cases.\"p/array\"]\ncolumn = \"X; Y\"\n"), "wrong-type", 6);
    one(&TOP.replace("product\"\nt", "produkt\"\nt"), "unknown-word", 2);
    one(&format!("{TOP}runon = \"1\"\n"), "unknown-key", 5);
    one(&TOP.replace("source = \"manual\"\n", ""), "missing-key", 1);
    assert!(load_dialects(Path::new("/nowhere")).is_err());
}

#[test]
fn odbc_targets() {
    let inventory = |sql: &str| {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("inventory.toml");
        let text =
            format!("schema = 1\n[[target]]\nname = \"db\"\nkind = \"database\"\n[target.sql]\nprotocol = \"odbc\"\n{sql}");
        std::fs::write(&path, text).expect("written");
        load_inventory(&path)
    };
    let roles = "[target.sql.roles.app]\nuser = \"SYSDBA\"\npassword = { env = \"DM_PASSWORD\" }\n";
    let good = inventory(&format!(
        "driver = \"/opt/dm/libdodbc.so\"\noptions = {{ SERVER = \"10.0.0.1\", TCP_PORT = \"5236\" }}\nproduct = \"dameng\"\n{roles}"
    ));
    let good = good.unwrap_or_else(|bad| panic!("{bad}"));
    let sql = good.inventory.targets[0].sql.clone().expect("a database");
    let odbc = sql.odbc.expect("ODBC");
    assert_eq!(odbc.driver.as_deref(), Some("/opt/dm/libdodbc.so"));
    assert_eq!((odbc.user_key.as_str(), odbc.password_key.as_str(), odbc.name()), ("UID", "PWD", "libdodbc.so"));
    assert_eq!(odbc.options.len(), 2);

    let code = |sql: &str| {
        let bad = inventory(&format!("{sql}{roles}")).expect_err(sql);
        assert!(!bad.to_string().contains("hunter2"), "{bad}");
        bad.problems.iter().map(|problem| problem.code.name()).collect::<Vec<_>>()
    };
    assert_eq!(code("driver = \"d\"\noptions = { PWD = \"hunter2\" }\n"), ["plain-secret"]);
    assert_eq!(code("driver = \"d\"\npassword_key = \"LogonPass\"\noptions = { LOGONPASS = \"hunter2\" }\n"), ["plain-secret"]);
    assert_eq!(code(""), ["missing-key"]);
    assert_eq!(code("driver = \"d\"\ndsn = \"s\"\n"), ["conflict"]);
    assert_eq!(code("driver = \"d\"\noptions = { \"A;B\" = \"x\" }\n"), ["bad-id"]);
    assert_eq!(code("driver = \"d\"\nport = 5236\n"), ["unknown-key"]);
}
