//! Database: a tablespace and a single table brought back from a physical backup, with all else left as it is.

use crate::bench::{Bench, flat};
use crate::restored::{Content, fill, not_done};
use touchstone_sdk::context::PhysicalPart;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("partial-restore")
    .title("表空间与单表的物理恢复", "Physical restore of a tablespace and of a table")
    .question(
        "能否从物理备份中只恢复一个表空间、一张表？备份之后，检查改动范围内外的表，再由适配器恢复；说成功不算数：范围内的表应回到备份时的\
         行数与校验和，范围外的表应保持现状。哪些表在表空间之中由数据库自己的目录回答。",
        "Can a tablespace, and a table, be brought back by itself from a physical backup? After the backup the check changes tables in and \
         outside of it; then the adapter restores, and its word counts for nothing: row counts and checksums of what is in it must be those \
         of the backup, and of what is outside those of now. Which tables are in a tablespace is asked of the database's own catalogue.",
    )
    .effect("新建临时表与表空间，做物理备份，结束后全部删除。", "Makes scratch tables and a tablespace, takes physical backups, and removes them.")
    .on("database")
    .needs(&[Need::Sql, Need::Shell, Need::Adapter("parts")])
    .impact(Impact::Disrupt)
    .limit_s(600)
    .param("role", "admin", "使用的数据库角色", "database role used")
    .expect("table", "单表恢复到备份时的内容", "a table is what it was when the backup was taken")
    .expect("table-only", "恢复单表时其他表保持现状", "other tables stay as they are while a table is restored")
    .expect("tablespace", "表空间内的表恢复到备份时的内容", "the tables of a tablespace are what they were when the backup was taken")
    .expect("tablespace-only", "恢复表空间时其他表保持现状", "other tables stay as they are while a tablespace is restored")
    .run(run);

const COLUMNS: &str = "id INT NOT NULL PRIMARY KEY, v VARCHAR(200)";

fn run(cx: &Context) -> CheckResult {
    let bench = Bench::open(cx)?;
    bench.db.refuses_nonsense("RESTORE NONSENSE FROM NOWHERE PLEASE")?;
    let (table, other) = (bench.table("t", COLUMNS)?, bench.table("o", COLUMNS)?);
    fill(cx, &bench.db, &table, 1, 120, 60)?;
    fill(cx, &bench.db, &other, 1, 90, 60)?;
    let work = Work { offered: cx.physical_parts()?, table: table.clone(), bench };
    if work.is_offered(PhysicalPart::Table, "table")? {
        work.bring_back(PhysicalPart::Table, &table, &[table.as_str()], &[other.as_str()], "table")?;
    }
    if work.is_offered(PhysicalPart::Tablespace, "tablespace")? {
        work.tablespace(&other)?;
    }
    decided()
}

struct Work<'a> {
    bench: Bench<'a>,
    table: String,
    offered: Vec<PhysicalPart>,
}

impl Work<'_> {
    /// What the product does not offer it does not have.
    fn is_offered(&self, part: PhysicalPart, expectation: &str) -> Result<bool, Stop> {
        if self.offered.contains(&part) {
            return Ok(true);
        }
        let cx = self.bench.cx;
        self.contents(&[self.table.as_str()])?;
        cx.expect(expectation).unmet("offered by the product as installed", "not offered")?;
        let why = say("产品不提供这种粒度", "the product does not offer this granularity");
        cx.expect(&only(expectation)).unevaluated(why, "-")?;
        Ok(false)
    }

    /// Makes one with tables in it; what else lies where, the catalogue says.
    fn tablespace(&self, other: &str) -> Result<(), Stop> {
        let bench = &self.bench;
        let names = ["a", "b", "s"].map(|suffix| format!("{}_{suffix}", bench.name));
        let names = [("a", names[0].as_str()), ("b", names[1].as_str()), ("s", names[2].as_str()), ("columns", COLUMNS)];
        let script = bench.cx.script("tablespace", &names)?;
        if script.ways.iter().all(|way| way.statements.is_empty()) {
            return self.undecided(say("方言数据没有建表空间的语句", "the dialect has no statements that make a tablespace"));
        }
        if !bench.accepts("tablespace", &names, "tablespace", "a tablespace with tables in it")? {
            let why = say("没有表空间", "there is no tablespace");
            return bench.cx.expect("tablespace-only").unevaluated(why, "-");
        }
        let rows = bench.eye.rows(&bench.statement("tablespaces", &[("p", &bench.name)])?)?;
        let home = |table: &str| rows.iter().find(|row| row.first().is_some_and(|name| name == table)).and_then(|row| row.get(1));
        let Some(space) = home(names[0].1) else {
            return self.undecided(say("目录中没有该表的表空间", "the catalogue knows no tablespace of the table"));
        };
        let ours = [names[0].1, names[1].1, other];
        let (inside, outside): (Vec<&str>, Vec<&str>) = ours.into_iter().partition(|table| home(table) == Some(space));
        for (at, table) in ours[..2].iter().enumerate() {
            fill(bench.cx, &bench.db, table, 1, 70 + 30 * u32::try_from(at).unwrap_or(0), 60)?;
        }
        self.bring_back(PhysicalPart::Tablespace, space, &inside, &outside, "tablespace")
    }

    fn undecided(&self, why: Text) -> Result<(), Stop> {
        self.bench.cx.expect("tablespace").unevaluated(why.clone(), "-")?;
        self.bench.cx.expect("tablespace-only").unevaluated(why, "-")
    }

    fn bring_back(
        &self,
        part: PhysicalPart,
        name: &str,
        inside: &[&str],
        outside: &[&str],
        expectation: &str,
    ) -> Result<(), Stop> {
        let cx = self.bench.cx;
        let nothing_follows = |why: Text| {
            cx.expect(expectation).unevaluated(why.clone(), "-")?;
            cx.expect(&only(expectation)).unevaluated(why, "-")
        };
        let wanted = self.contents(inside)?;
        let begun = cx.elapsed_ms();
        let taken = cx.take_part(part, name)?;
        let Some(set) = taken.name.filter(|_| taken.said.accepted) else {
            return nothing_follows(not_done(&taken.said.words));
        };
        let took = cx.elapsed_ms() - begun;
        // What was in it is damaged, what is outside has gone on: neither may be the other's fate.
        for table in inside {
            self.bench.db.setup(&format!("DELETE FROM {table} WHERE id > 40"))?;
            self.bench.db.setup(&format!("UPDATE {table} SET v = 'damaged' WHERE id < 20"))?;
        }
        for table in outside {
            self.bench.db.setup(&format!("DELETE FROM {table} WHERE id < 5"))?;
            self.bench.db.setup(&format!("INSERT INTO {table} (id, v) VALUES ({}, 'later')", 1_000 + begun % 1_000_000))?;
        }
        let now = self.contents(outside)?;
        if self.contents(inside)? == wanted {
            return inconclusive(say("改动没有生效", "what was changed after the backup is not to be seen"));
        }
        let begun = cx.elapsed_ms();
        let said = cx.bring_back(&set, part, name)?;
        cx.note(format!("{expectation} {name}: backup {took} ms, restore {} ms; {}", cx.elapsed_ms() - begun, said.words));
        if !said.accepted {
            return nothing_follows(not_done(&said.words));
        }
        let (seen, beside) = (self.contents(inside)?, self.contents(outside)?);
        cx.expect(expectation).that(seen == wanted, &wanted, seen)?;
        cx.expect(&only(expectation)).same_look().that(beside == now, &now, &beside)?;
        Ok(())
    }

    /// `name count/checksum` of tables.
    fn contents(&self, tables: &[&str]) -> Result<String, Stop> {
        let content = |table: &&str| {
            let content = Content::if_there(self.bench.cx, &self.bench.eye, table)?;
            Ok(content.map_or(format!("no {table}"), |content| content.to_string()))
        };
        Ok(flat(tables.iter().map(content).collect::<Result<Vec<_>, Stop>>()?))
    }
}

fn only(expectation: &str) -> String {
    format!("{expectation}-only")
}
