//! Database: triggers on insert, update and delete.

use crate::trigger_dialect::{Made, Names, after_row, before_row, statement};
use crate::{flat, refused, table};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("triggers")
    .title("触发器", "Triggers")
    .question(
        "插入、更新、删除触发器是否真正生效？行级（事后、事前）与语句级触发器各建一个，执行语句后核对：事件正确，新旧值正确，\
         事前触发器改变了写入的值，语句级触发器每条语句只触发一次，触发器的写入随事务一起回滚。",
        "Do triggers on insert, update and delete really fire? Row triggers (after, before) and a statement trigger are made \
         and looked at: the right event with old and new values, a before trigger changes what is stored, a statement trigger \
         fires once a statement, and what a trigger wrote is rolled back with its transaction.",
    )
    .effect("新建临时表与触发器，结束后删除。", "Makes scratch tables and triggers and drops them.")
    .on("database")
    .needs(&[Need::Sql])
    .impact(Impact::Scratch)
    .limit_s(60)
    .param("role", "app", "使用的数据库角色", "database role used")
    .expect("after-row", "行级事后触发器：事件与新旧值正确", "after each row: the right event, old and new values")
    .expect("rolled-back", "触发器的写入随事务回滚", "what a trigger wrote is rolled back with the transaction")
    .expect("before-row", "行级事前触发器改变写入的值", "before each row: what is stored is what the trigger made of it")
    .expect(
        "statement",
        "语句级触发器：插入、更新、删除各触发一次",
        "after each statement: fires once for insert, update, delete",
    )
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let db = cx.sql(&cx.param("role")?)?;
    let family = cx.target().family.unwrap_or_default();
    let name = cx.scratch_name();
    let (a, b, c, log) = (format!("{name}_a"), format!("{name}_b"), format!("{name}_c"), format!("{name}_l"));
    // First made, last dropped: the triggers on the others depend on it.
    table(cx, &db, &log, "event VARCHAR(20), old_v VARCHAR(40), new_v VARCHAR(40)")?;
    for watched in [&a, &b, &c] {
        table(cx, &db, watched, "id INT, v VARCHAR(40)")?;
    }
    insert(&db, &a, 100, "one")?;
    insert(&db, &a, 101, "two")?;
    db.refuses_nonsense(&format!("CREATE TRIGGER {name}_x NONSENSE ON {a} FOR EACH NOTHING"))?;

    let (on_a, on_b, on_c) = (format!("{name}_ta"), format!("{name}_tb"), format!("{name}_tc"));
    let names = Names { trigger: &on_a, table: &a, log: &log };
    if made(cx, &db, after_row(&family, &names), "after-row")? {
        after(cx, &db, &a, &log)?;
        rolled_back(cx, &db, &a, &log)?;
    } else {
        let why = say("没有可用的行级触发器", "there is no row trigger to look at");
        cx.expect("rolled-back").unevaluated(why, "-")?;
    }
    let names = Names { trigger: &on_b, table: &b, log: &log };
    if made(cx, &db, before_row(&family, &names), "before-row")? {
        insert(&db, &b, 1, "as-sent")?;
        let seen = flat(&db.rows(&format!("SELECT id, v FROM {b}"))?);
        cx.expect("before-row").that(seen == "1|changed", "1|changed", seen)?;
    }
    let names = Names { trigger: &on_c, table: &c, log: &log };
    if made(cx, &db, statement(&family, &names), "statement")? {
        // Two rows each: a trigger that fires once a row would be seen.
        db.setup(&format!("INSERT INTO {c} (id, v) SELECT id, v FROM {a} WHERE id >= 100"))?;
        db.setup(&format!("UPDATE {c} SET v = 'u'"))?;
        db.setup(&format!("DELETE FROM {c}"))?;
        let mut rows = db.rows(&format!("SELECT event FROM {log} WHERE event LIKE 'each %'"))?;
        rows.sort();
        let expected = "each delete, each insert, each update";
        let seen = flat(&rows);
        cx.expect("statement").that(seen == expected, expected, seen)?;
    }
    decided()
}

/// Makes a trigger; when it is refused, decides the expectation by that and says false.
fn made(cx: &Context, db: &Sql, made: Made, expectation: &str) -> Result<bool, Stop> {
    if let Some(statement) = &made.drop {
        db.undo(statement)?;
    }
    for statement in &made.create {
        let reply = db.run(statement)?;
        if !reply.is_done() {
            refused(cx, expectation, "trigger made", &reply)?;
            return Ok(false);
        }
    }
    Ok(true)
}

fn after(cx: &Context, db: &Sql, a: &str, log: &str) -> Result<(), Stop> {
    insert(db, a, 1, "a")?;
    insert(db, a, 2, "b")?;
    db.setup(&format!("UPDATE {a} SET v = 'c' WHERE id = 1"))?;
    db.setup(&format!("DELETE FROM {a} WHERE id = 2"))?;
    let mut rows = logged(db, log)?;
    rows.sort();
    let expected = "delete|b|NULL, insert|NULL|a, insert|NULL|b, update|a|c";
    let seen = flat(&rows);
    cx.expect("after-row").that(seen == expected, expected, seen)?;
    Ok(())
}

fn rolled_back(cx: &Context, db: &Sql, a: &str, log: &str) -> Result<(), Stop> {
    let before = logged(db, log)?.len();
    let expected = format!("{before} entries, {} inside, {before} after", before + 1);
    if !db.begin()? {
        let why = say("无法开启事务", "no transaction could be begun");
        return cx.expect("rolled-back").unevaluated(why, expected);
    }
    insert(db, a, 9, "z")?;
    let inside = logged(db, log)?.len();
    db.setup("ROLLBACK")?;
    let after = logged(db, log)?.len();
    let left = db.rows(&format!("SELECT id, v FROM {a} WHERE id = 9"))?;
    if !left.is_empty() {
        // Not the trigger's doing: the transaction itself was none.
        let why = say("回滚后数据仍在，事务未生效", "the row itself survived the rollback: there was no transaction");
        return cx.expect("rolled-back").unevaluated(why, expected);
    }
    let met = inside == before + 1 && after == before;
    cx.expect("rolled-back").that(met, expected, format!("{before} entries, {inside} inside, {after} after"))?;
    Ok(())
}

fn insert(db: &Sql, table: &str, id: u32, v: &str) -> Result<(), Stop> {
    db.setup(&format!("INSERT INTO {table} (id, v) VALUES ({id}, '{v}')"))?;
    Ok(())
}

fn logged(db: &Sql, log: &str) -> Result<Vec<Vec<String>>, Stop> {
    db.rows(&format!("SELECT event, old_v, new_v FROM {log}"))
}
