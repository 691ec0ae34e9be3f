//! The truth table: every product of the lab against every SQL capability, compared with what was written down beforehand from
//! the product's documentation (suites/gov-paas/certification.toml); published as suites/gov-paas/certification.md.
#![forbid(unsafe_code)]

mod support;

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use support::{finish, root, touchstone};
use touchstone_lab::Lab;
use touchstone_lab::inventory::render;
use touchstone_lab::roster::{self, Name};

const LABS: [Name; 5] = [Name::Postgres, Name::MariaDb, Name::Firebird, Name::Sqlite, Name::Databend];

#[derive(Deserialize)]
struct Table {
    product: Vec<Product>,
}

#[derive(Deserialize)]
struct Product {
    target: String,
    title: Words,
    version: String,
    source: String,
    #[serde(default)]
    defect: Vec<Defect>,
    expected: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Defect {
    aspect: String,
    found: String,
    why: Words,
}

#[derive(Deserialize)]
struct Words {
    zh: String,
    en: String,
}

impl Product {
    /// What must be found: as documented, but for known defects.
    fn found(&self, aspect: &str) -> &str {
        let defect = self.defect.iter().find(|defect| defect.aspect == aspect).map(|defect| defect.found.as_str());
        defect.unwrap_or_else(|| self.expected.get(aspect).map_or("not-assessed", String::as_str))
    }
}

#[test]
fn products_are_found_as_documented() {
    let suite = root().join("suites/gov-paas");
    let text = std::fs::read_to_string(suite.join("certification.toml")).expect("the table");
    let table: Table = toml::from_str(&text).expect("the table is TOML of this form");
    let lab = Lab::new().expect("a lab");
    let running: Vec<_> = roster::start(&lab, &LABS)
        .into_iter()
        .map(|(name, started)| started.unwrap_or_else(|error| panic!("{name}: {error}")))
        .collect();
    let targets: Vec<_> = running.iter().flat_map(|running| running.targets.clone()).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let inventory = folder.path().join("inventory.toml");
    std::fs::write(&inventory, render(&targets)).expect("written");

    let known: BTreeSet<&str> = targets.iter().map(|target| target.name.as_str()).collect();
    let listed: BTreeSet<&str> = table.product.iter().map(|product| product.target.as_str()).collect();
    assert_eq!(known, listed, "every product of the lab is in the table, and nothing else");
    let mut wrong = Vec::new();
    for product in &table.product {
        let seen = verdicts(&suite, &inventory, &product.target, &folder.path().join(&product.target));
        for (aspect, verdict) in &seen {
            let must = product.found(aspect);
            if verdict != must {
                wrong.push(format!("{} {aspect}: {must} was expected, {verdict} was found", product.target));
            }
        }
        let aspects: BTreeSet<&String> = seen.keys().collect();
        assert_eq!(aspects, product.expected.keys().collect(), "{}: aspects", product.target);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");

    let document = document(&table);
    let published = suite.join("certification.md");
    if std::env::var_os("TOUCHSTONE_BLESS").is_some() {
        std::fs::write(&published, &document).expect("written");
    }
    assert!(
        std::fs::read_to_string(&published).unwrap_or_default() == document,
        "certification.md is not that of certification.toml and the checks; renew it: TOUCHSTONE_BLESS=1 cargo test -p touchstone \
         --test certification"
    );
}

/// Of the aspects of DB-05 to DB-09, as a run on that target alone finds them.
fn verdicts(suite: &Path, inventory: &Path, target: &str, out: &Path) -> BTreeMap<String, String> {
    let mut command = touchstone();
    if let Some(plugins) = std::env::var_os("TOUCHSTONE_PLUGINS") {
        command.env("TOUCHSTONE_PLUGINS", plugins);
    }
    command.args(["run", "--lang", "en", "--allow", "scratch", "--tag", "sql", "--target", target, "--suite"]).arg(suite);
    let went = finish(command.arg("--inventory").arg(inventory).arg("--out").arg(out));
    let report = std::fs::read(out.join("report.json")).unwrap_or_else(|error| panic!("{target}: {error}: {}", went.said));
    let report: serde_json::Value = serde_json::from_slice(&report).expect("JSON");
    for check in report["checks"].as_array().expect("checks") {
        assert!(check["left_behind"].as_array().is_some_and(Vec::is_empty), "{}: {}", check["item"], check["left_behind"]);
    }
    let clauses = report["clauses"].as_array().expect("clauses");
    let mut found = BTreeMap::new();
    for clause in clauses.iter().filter(|clause| clause["selected"] == true) {
        let id = clause["clause"].as_str().unwrap_or_default();
        for aspect in clause["aspects"].as_array().expect("aspects") {
            let verdict = aspect["verdict"].as_str().unwrap_or_default();
            found.insert(format!("{id}/{}", aspect["aspect"].as_str().unwrap_or_default()), verdict.to_owned());
        }
    }
    found
}

fn document(table: &Table) -> String {
    let mut out = "# 认证表 / Certification table\n\n\
        由测试 `certification` 生成，请勿手改。每一格由检查在实验环境中的真实产品上得出，并与事先依据产品文档写下的预期一致。\n\n\
        Generated by the test `certification`; do not edit. Each cell is what the checks found on the real product in the lab, and \
        agrees with what was written down beforehand from the product's documentation.\n\n\
        ✓ 符合 conforming · ✗ 不符合 nonconforming · – 未测 not assessed · * 与产品文档不符 not as documented\n\n"
        .to_owned();
    out += "| |";
    for product in &table.product {
        out += &format!(" {}<br>{} {} |", product.title.zh, product.title.en, product.version);
    }
    out += &format!("\n|---|{}\n", "---|".repeat(table.product.len()));
    let aspects: BTreeSet<&String> = table.product.iter().flat_map(|product| product.expected.keys()).collect();
    for aspect in aspects {
        out += &format!("| {aspect} |");
        for product in &table.product {
            let mark = match product.found(aspect) {
                "conforming" => "✓",
                "nonconforming" => "✗",
                _ => "–",
            };
            let star = if product.defect.iter().any(|defect| &defect.aspect == aspect) { "*" } else { "" };
            out += &format!(" {mark}{star} |");
        }
        out += "\n";
    }
    out += "\n";
    for product in &table.product {
        out += &format!("- {} / {} {}: {}\n", product.title.zh, product.title.en, product.version, product.source);
        for defect in &product.defect {
            out += &format!("  - \\* {}: {} / {}\n", defect.aspect, defect.why.zh, defect.why.en);
        }
    }
    out
}
