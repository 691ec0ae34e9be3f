//! The truth table: every product of the lab against every SQL capability, and those that are operated (an adapter, commands on
//! their machine) against monitoring, backup and tools, and clusters (`ci/clusters`) against theirs, compared with what was written down beforehand from
//! the product's documentation (suites/gov-paas/certification.toml); published as suites/gov-paas/certification.md.
#![forbid(unsafe_code)]

mod support;

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use support::{finish, root, touchstone};
use touchstone_lab::Lab;
use touchstone_lab::inventory::render;
use touchstone_lab::roster::{self, Name, Running};

const LABS: [Name; 6] = [Name::Postgres, Name::PostgresArchiving, Name::MariaDb, Name::Firebird, Name::Sqlite, Name::Databend];

/// What decides the clauses of a database that is operated.
const OPERATIONS: [(&str, &str); 8] = [
    ("DB-03", "database/monitoring"),
    ("DB-15", "database/physical-backup"),
    ("DB-16", "database/logical-backup"),
    ("DB-19", "database/installation"),
    ("DB-20", "database/remote-client"),
    // With DB-15 and DB-18, by the same check.
    ("DB-17", "database/physical-backup"),
    ("DB-17", "database/offline-backup"),
    ("DB-17", "database/partial-restore"),
];

const CLUSTERS: [Name; 3] = [Name::Patroni, Name::MariaDbReplication, Name::Pgpool];

/// What decides the clauses of a cluster, the one that disturbs it most last.
const OF_CLUSTERS: [(&str, &str); 4] = [
    ("DB-10", "database/replication"),
    ("DB-11", "database/read-write-splitting"),
    ("DB-10", "database/switchover"),
    ("DB-10", "database/failover"),
];

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
    /// Of DB-05 to DB-09.
    #[serde(default)]
    expected: BTreeMap<String, String>,
    operated: Option<Operated>,
    /// Of several servers that are one database.
    clustered: Option<Operated>,
}

/// What its documentation says on its monitors, its backups and its tools; or on it as a cluster.
#[derive(Deserialize)]
struct Operated {
    source: String,
    expected: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Defect {
    aspect: String,
    found: String,
    /// Not every time: what is documented may be found as well. The worse is published.
    #[serde(default)]
    sometimes: bool,
    why: Words,
}

#[derive(Deserialize)]
struct Words {
    zh: String,
    en: String,
}

impl Product {
    /// What its documentation says.
    fn documented(&self, aspect: &str) -> &str {
        let operated = self.operated.as_ref().and_then(|operated| operated.expected.get(aspect));
        let clustered = self.clustered.as_ref().and_then(|clustered| clustered.expected.get(aspect));
        self.expected.get(aspect).or(operated).or(clustered).map_or("not-assessed", String::as_str)
    }

    fn defect_in(&self, aspect: &str) -> Option<&Defect> {
        self.defect.iter().find(|defect| defect.aspect == aspect)
    }

    /// What must be found: as documented, but for known defects.
    fn found(&self, aspect: &str) -> &str {
        self.defect_in(aspect).map_or_else(|| self.documented(aspect), |defect| defect.found.as_str())
    }

    fn may_be(&self, aspect: &str, verdict: &str) -> bool {
        let sometimes = self.defect_in(aspect).is_some_and(|defect| defect.sometimes);
        verdict == self.found(aspect) || (sometimes && verdict == self.documented(aspect))
    }

    /// Those of the checks that decide what is written down of it.
    fn checks(&self, table: &[(&'static str, &'static str)]) -> BTreeSet<&'static str> {
        let written = self.operated.iter().chain(&self.clustered).flat_map(|written| written.expected.keys());
        let clauses: BTreeSet<&str> = written.filter_map(|aspect| aspect.split('/').next()).collect();
        table.iter().filter(|(clause, _)| clauses.contains(clause)).map(|(_, check)| *check).collect()
    }

    /// Every aspect in which it is found otherwise than it must be.
    fn wrong<'a>(&'a self, seen: &'a BTreeMap<String, String>) -> impl Iterator<Item = String> + 'a {
        seen.iter().filter(|(aspect, verdict)| !self.may_be(aspect, verdict)).map(|(aspect, verdict)| {
            format!("{} {aspect}: {} was expected, {verdict} was found", self.target, self.found(aspect))
        })
    }
}

fn table() -> Table {
    let text = std::fs::read_to_string(root().join("suites/gov-paas/certification.toml")).expect("the table");
    toml::from_str(&text).expect("the table is TOML of this form")
}

/// Minutes: every fault waits until the cluster is whole again.
#[test]
#[ignore = "ci/clusters"]
fn clusters_are_found_as_documented() {
    let table = table();
    let (stage, _running) = Stage::start(&CLUSTERS);
    let clustered: Vec<&Product> = table.product.iter().filter(|product| product.clustered.is_some()).collect();
    let all: Vec<BTreeMap<String, String>> = std::thread::scope(|scope| {
        let threads: Vec<_> = clustered.iter().map(|product| scope.spawn(|| stage.decided(product, &OF_CLUSTERS))).collect();
        threads.into_iter().map(|thread| thread.join().expect("tried")).collect()
    });
    let mut wrong = Vec::new();
    for (product, seen) in clustered.iter().zip(&all) {
        wrong.extend(product.wrong(seen));
        let aspects: BTreeSet<&String> = seen.keys().collect();
        assert_eq!(
            aspects,
            product.clustered.iter().flat_map(|clustered| clustered.expected.keys()).collect(),
            "{}",
            product.target
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn products_are_found_as_documented() {
    let table = table();
    let single: Vec<&Product> = table.product.iter().filter(|product| product.clustered.is_none()).collect();
    let (stage, running) = Stage::start(&LABS);

    let targets = running.iter().flat_map(|running| &running.targets);
    let known: BTreeSet<&str> = targets.map(|target| target.name.as_str()).collect();
    let listed: BTreeSet<&str> = single.iter().map(|product| product.target.as_str()).collect();
    assert_eq!(known, listed, "every product of the lab is in the table, and nothing else");
    let try_on = |product: &Product| {
        let mut seen = BTreeMap::new();
        if !product.expected.is_empty() {
            let filters = ["--allow", "scratch", "--target", &product.target, "--tag", "sql"];
            seen.extend(stage.verdicts(&filters, &format!("{}-sql", product.target)));
        }
        seen.extend(stage.decided(product, &OPERATIONS));
        seen
    };
    // Most of their time they wait for disks and servers of their own.
    let all: Vec<BTreeMap<String, String>> = std::thread::scope(|scope| {
        let threads: Vec<_> = single.iter().map(|product| scope.spawn(|| try_on(product))).collect();
        threads.into_iter().map(|thread| thread.join().expect("tried")).collect()
    });
    let mut wrong = Vec::new();
    for (product, seen) in single.iter().zip(&all) {
        wrong.extend(product.wrong(seen));
        let aspects: BTreeSet<&String> = seen.keys().collect();
        let operated = product.operated.iter().flat_map(|operated| operated.expected.keys());
        assert_eq!(aspects, product.expected.keys().chain(operated).collect(), "{}: aspects", product.target);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");

    let document = document(&table);
    let published = suite().join("certification.md");
    if std::env::var_os("TOUCHSTONE_BLESS").is_some() {
        std::fs::write(&published, &document).expect("written");
    }
    assert!(
        std::fs::read_to_string(&published).unwrap_or_default() == document,
        "certification.md is not that of certification.toml and the checks; renew it: TOUCHSTONE_BLESS=1 cargo test -p touchstone \
         --test certification"
    );
}

fn suite() -> PathBuf {
    root().join("suites/gov-paas")
}

/// The inventory of products that run, and where runs on them go.
struct Stage {
    inventory: PathBuf,
    folder: tempfile::TempDir,
    _lab: Lab,
}

impl Stage {
    fn start(names: &[Name]) -> (Self, Vec<Running>) {
        let lab = Lab::new().expect("a lab");
        let running: Vec<_> = roster::start(&lab, names)
            .into_iter()
            .map(|(name, started)| started.unwrap_or_else(|error| panic!("{name}: {error}")))
            .collect();
        let targets: Vec<_> = running.iter().flat_map(|running| running.targets.clone()).collect();
        let folder = tempfile::tempdir().expect("a folder");
        let inventory = folder.path().join("inventory.toml");
        std::fs::write(&inventory, render(&targets)).expect("written");
        (Self { inventory, folder, _lab: lab }, running)
    }

    /// What disruptive checks find. Where a machine is too busy for a decision, "not assessed" is the true answer, and it is asked again;
    /// any other verdict than the right one is wrong at once.
    fn decided(&self, product: &Product, table: &[(&'static str, &'static str)]) -> BTreeMap<String, String> {
        let checks = product.checks(table);
        let mut filters = vec!["--allow", "disrupt", "--target", &product.target];
        filters.extend(checks.iter().flat_map(|check| ["--check", check]));
        let mut seen = BTreeMap::new();
        for time in (1..=3).take_while(|_| !checks.is_empty()) {
            seen = self.verdicts(&filters, &format!("{}-{time}", product.target));
            if seen.iter().all(|(aspect, verdict)| verdict == product.found(aspect) || verdict != "not-assessed") {
                break;
            }
        }
        seen
    }

    /// Of the aspects that such a run asks about, as it finds them.
    fn verdicts(&self, filters: &[&str], name: &str) -> BTreeMap<String, String> {
        let mut command = touchstone();
        if let Some(plugins) = std::env::var_os("TOUCHSTONE_PLUGINS") {
            command.env("TOUCHSTONE_PLUGINS", plugins);
        }
        let out = self.folder.path().join(name);
        command.args(["run", "--lang", "en"]).args(filters).arg("--suite").arg(suite());
        let went = finish(command.arg("--inventory").arg(&self.inventory).arg("--out").arg(&out));
        let report = std::fs::read(out.join("report.json")).unwrap_or_else(|error| panic!("{filters:?}: {error}: {}", went.said));
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
}

fn document(table: &Table) -> String {
    let mut out = "# 认证表 / Certification table\n\n\
        由测试 `certification` 生成，请勿手改。每一格由检查在实验环境中的真实产品上得出，并与事先依据产品文档写下的预期一致。\n\n\
        Generated by the test `certification`; do not edit. Each cell is what the checks found on the real product in the lab, and \
        agrees with what was written down beforehand from the product's documentation.\n\n\
        ✓ 符合 conforming · ✗ 不符合 nonconforming · – 未测 not assessed · * 与产品文档不符 not as documented\n\n"
        .to_owned();
    let sql: Vec<&Product> = table.product.iter().filter(|product| !product.expected.is_empty()).collect();
    let operated: Vec<&Product> = table.product.iter().filter(|product| product.operated.is_some()).collect();
    columns(&mut out, &sql, |product| product.expected.keys().collect());
    out += "\n## 运维与工具 / Operation and tools\n\n\
        监视、备份、安装与命令行工具；没有适配器的产品未测。\n\n\
        Monitoring, backup, installation, command line; products without an adapter are not assessed.\n\n";
    columns(&mut out, &operated, |product| product.operated.iter().flat_map(|operated| operated.expected.keys()).collect());
    let clustered: Vec<&Product> = table.product.iter().filter(|product| product.clustered.is_some()).collect();
    out += "\n## 集群 / Clusters\n\n\
        主备集群与读写分离，由 `ci/clusters` 试出；无人应答的问题未测。\n\n\
        Primary and standby, splitting of reads and writes, tried by `ci/clusters`; what could not be asked is not assessed.\n\n";
    columns(&mut out, &clustered, |product| product.clustered.iter().flat_map(|clustered| clustered.expected.keys()).collect());
    out += "\n";
    for product in &table.product {
        out += &format!("- {} / {} {}: {}", product.title.zh, product.title.en, product.version, product.source);
        let more = product.operated.iter().chain(&product.clustered).map(|written| format!("; {}", written.source));
        out += &format!("{}\n", more.collect::<String>());
        for defect in &product.defect {
            out += &format!("  - \\* {}: {} / {}\n", defect.aspect, defect.why.zh, defect.why.en);
        }
    }
    out
}

/// A table with a column for each product and a row for each aspect.
fn columns<'a>(out: &mut String, products: &[&'a Product], aspects: impl Fn(&'a Product) -> Vec<&'a String>) {
    *out += "| |";
    for product in products {
        *out += &format!(" {}<br>{} {} |", product.title.zh, product.title.en, product.version);
    }
    *out += &format!("\n|---|{}\n", "---|".repeat(products.len()));
    let rows: BTreeSet<&String> = products.iter().flat_map(|product| aspects(product)).collect();
    for aspect in rows {
        *out += &format!("| {aspect} |");
        for product in products {
            let mark = match product.found(aspect) {
                "conforming" => "✓",
                "nonconforming" => "✗",
                _ => "–",
            };
            let star = if product.defect.iter().any(|defect| &defect.aspect == aspect) { "*" } else { "" };
            *out += &format!(" {mark}{star} |");
        }
        *out += "\n";
    }
}
