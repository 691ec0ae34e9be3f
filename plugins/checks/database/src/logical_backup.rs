//! Database: logical backups of a database, a user, a schema, a table and chosen rows.

use crate::bench::{Bench, flat};
use crate::restored::{Content, Instance, fill};
use touchstone_sdk::context::{Chosen, Granularity, Scope};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("logical-backup")
    .title("逻辑备份与恢复", "Logical backup and restore")
    .question(
        "逻辑备份能否按整库、用户、模式、单表、选定行做出，并恢复到另一个库？检查连上恢复出的库，列出其中的全部表，逐表比对行数与\
         校验和：范围内的一样不少，范围外的一样不多，备份之后写入的行不在其中。",
        "Can logical backups of a database, a user, a schema, a table and chosen rows be made and restored into another database? \
         The check connects to it, lists all its tables and compares row counts and checksums: nothing of what was asked for is \
         missing, nothing else came along, and rows written after the backup are not there.",
    )
    .effect(
        "新建临时模式、用户、表与库，结束后删除。",
        "Makes scratch schemas, a scratch user, scratch tables and databases, and drops them.",
    )
    .on("database")
    .needs(&[Need::Sql, Need::Shell, Need::Adapter("logical")])
    .impact(Impact::Scratch)
    .limit_s(300)
    .param("role", "admin", "使用的数据库角色", "database role used")
    .expect("database", "整库恢复：每张表内容相同", "database: every table has the same content")
    .expect("user", "用户恢复：恰为该用户的表", "user: the tables of that user and no others")
    .expect("schema", "模式恢复：恰为该模式的表", "schema: the tables of that schema and no others")
    .expect("table", "单表恢复：恰为该表", "table: that table and no other")
    .expect("rows", "选定行恢复：恰为所选的行", "rows: those chosen and no others")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let bench = Bench::open(cx)?;
    bench.db.refuses_nonsense("EXPORT NONSENSE OF EVERYTHING PLEASE")?;
    let n = bench.name.clone();
    let user = made(&bench, "user", &[("u", &format!("{n}_u"))])?.then(|| format!("{n}_u"));
    let schemas = [format!("{n}_a"), format!("{n}_b")];
    for schema in &schemas {
        if !made(&bench, "schema", &[("s", schema)])? {
            return inconclusive(say("无法建立临时模式", "scratch schemas cannot be made"));
        }
    }
    let own = bench.table("t0", COLUMNS)?;
    let table = |schema: &str, name: &str| format!("{schema}.{n}_{name}");
    let (one, two, three) = (table(&schemas[0], "t1"), table(&schemas[0], "t2"), table(&schemas[1], "t3"));
    let theirs = table(&schemas[1], "t4");
    for (at, table) in [&one, &two, &three, &theirs].into_iter().enumerate() {
        bench.db.setup(&format!("CREATE TABLE {table} ({COLUMNS})"))?;
        fill(cx, &bench.db, table, 1, 120 + 40 * u32::try_from(at).unwrap_or(0), 60)?;
    }
    fill(cx, &bench.db, &own, 1, 90, 60)?;
    let user = match user {
        Some(user) => made(&bench, "give", &[("t", &theirs), ("u", &user)])?.then_some(user),
        None => None,
    };
    let w = Work { bench, own };
    w.try_on("database", &Scope::Database, None)?;
    match user {
        Some(user) => w.try_on("user", &Scope::User(user), Some(&[&theirs]))?,
        None => cx.expect("user").unevaluated(
            say("方言数据不知如何让用户拥有表", "the dialect does not know how a user comes to own a table"),
            "the user's tables",
        )?,
    }
    w.try_on("schema", &Scope::Schema(schemas[0].clone()), Some(&[&one, &two]))?;
    w.try_on("table", &Scope::Table(one.clone()), Some(&[&one]))?;
    w.rows(&one)?;
    decided()
}

const COLUMNS: &str = "id INT NOT NULL PRIMARY KEY, v VARCHAR(200)";

/// Performs a case; false where it is not known or refused.
fn made(bench: &Bench, case: &str, names: &[(&str, &str)]) -> Result<bool, Stop> {
    let script = bench.cx.script(case, names)?;
    let known = script.ways.iter().any(|way| !way.statements.is_empty());
    Ok(known && matches!(bench.db.perform(&script)?, Performed::Whole))
}

struct Work<'a> {
    bench: Bench<'a>,
    /// A table of the target's own database.
    own: String,
}

impl Work<'_> {
    /// Tables of a database: name for people, name for queries.
    fn tables(&self, rows: Vec<Vec<String>>) -> Vec<(String, String)> {
        rows.into_iter().filter_map(|row| Some((row.first()?.clone(), row.get(1)?.clone()))).collect()
    }

    fn query(&self) -> Result<String, Stop> {
        self.bench.statement("tables", &[])
    }

    /// `name count/checksum` of tables, in order.
    fn contents(&self, db: &Sql, tables: &[(String, String)]) -> Result<String, Stop> {
        let mut all = Vec::new();
        for (name, table) in tables {
            all.push(format!("{name} {}", Content::of(self.bench.cx, db, table)?.sum));
        }
        all.sort();
        Ok(flat(all))
    }

    /// `wanted`: tables as they are named now, where not all of the database.
    fn try_on(&self, expectation: &str, scope: &Scope, wanted: Option<&[&String]>) -> Result<(), Stop> {
        let bare = |table: &str| table.rsplit('.').next().unwrap_or(table).to_owned();
        let tables = match wanted {
            Some(wanted) => wanted.iter().map(|table| (bare(table), (*table).clone())).collect(),
            // Others may make and drop tables meanwhile: only this check's count.
            None => self.ours(self.tables(self.bench.eye.rows(&self.query()?)?)),
        };
        let expected = self.contents(&self.bench.eye, &tables)?;
        self.compare(expectation, scope, &expected, wanted.is_none())
    }

    fn ours(&self, tables: Vec<(String, String)>) -> Vec<(String, String)> {
        tables.into_iter().filter(|(name, _)| name.starts_with(&self.bench.name)).collect()
    }

    fn rows(&self, table: &str) -> Result<(), Stop> {
        let condition = "id > 20 AND id <= 70";
        let chosen = format!("(SELECT id, v FROM {table} WHERE {condition}) q");
        let sum = Content::of(self.bench.cx, &self.bench.eye, &chosen)?.sum;
        let bare = table.rsplit('.').next().unwrap_or(table);
        let scope = Scope::Rows(Chosen { table: table.to_owned(), condition: condition.to_owned() });
        self.compare("rows", &scope, &format!("{bare} {sum}"), false)
    }

    fn compare(&self, expectation: &str, scope: &Scope, expected: &str, whole: bool) -> Result<(), Stop> {
        let cx = self.bench.cx;
        if !cx.dump_granularities()?.contains(&granularity(scope)) {
            self.bench.eye.rows(&self.query()?)?;
            cx.expect(expectation).unmet(expected, "the product, as installed, offers no such choice")?;
            return Ok(());
        }
        let begun = cx.elapsed_ms();
        let dumped = cx.dump(scope)?;
        // A row that no backup can have.
        self.bench.db.setup(&format!("INSERT INTO {} (id, v) VALUES ({}, 'later')", self.own, 1_000 + begun % 1_000_000))?;
        let expect = cx.expect(expectation);
        let Some(file) = dumped.file.filter(|_| dumped.said.accepted) else {
            let words = &dumped.said.words;
            let why = say(
                format!("适配器未能做出备份，无从判断产品：{words}"),
                format!("the adapter took none, which shows nothing: {words}"),
            );
            return expect.unevaluated(why, expected);
        };
        let shell = match &file.node {
            Some(node) => cx.shell_on(node)?,
            None => cx.shell()?,
        };
        let size = shell.root(["du", "-sb", &file.path])?.text();
        let name = format!("{}_{}", self.bench.name, &expectation[..2]);
        let restored = cx.restore_dump(&file, scope, &name)?;
        cx.note(format!("{expectation}: {} ms, {size} bytes", cx.elapsed_ms() - begun));
        let instance = Instance::at(cx, &name, restored.place.filter(|_| restored.said.accepted), restored.said.words)?;
        let Some(db) = instance.session() else {
            if instance.not_tried {
                return expect.unevaluated(instance.why_not_tried(), expected);
            }
            return expect.unmet(expected, &instance.words).map(drop);
        };
        let mut tables = self.tables(db.rows(&self.query()?)?);
        if whole {
            tables = self.ours(tables);
        }
        let seen = self.contents(db, &tables)?;
        expect.that(seen == expected, expected, seen)?;
        Ok(())
    }
}

fn granularity(scope: &Scope) -> Granularity {
    match scope {
        Scope::Database => Granularity::Database,
        Scope::User(_) => Granularity::User,
        Scope::Schema(_) => Granularity::Schema,
        Scope::Table(_) => Granularity::Table,
        Scope::Rows(_) => Granularity::Rows,
    }
}
