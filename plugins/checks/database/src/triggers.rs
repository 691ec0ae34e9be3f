//! Database: triggers on insert, update and delete.

use crate::bench::{Bench, flat};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("triggers")
    .title("触发器", "Triggers")
    .question(
        "插入、更新、删除触发器是否真正生效？行级与语句级、事前与事后共十二种触发器各建一个，用两行的语句触发，由另一会话核对日志表：\
         事件、新旧值、次数与先后均正确；事前触发器能改变写入的值；多个触发器按声明的顺序执行；触发器的写入随事务一起回滚。",
        "Do triggers on insert, update and delete really fire? One of each of the twelve kinds (row and statement, before and \
         after) is made and fired by statements of two rows; another session looks at the log: the right events, values, counts \
         and order, a before trigger changes what is stored, several triggers run in the order declared, and what a trigger \
         wrote is rolled back with its transaction.",
    )
    .effect("新建临时表与触发器，结束后删除。", "Makes scratch tables and triggers and drops them.")
    .on("database")
    .needs(&[Need::Sql])
    .impact(Impact::Scratch)
    .limit_s(120)
    .param("role", "app", "使用的数据库角色", "database role used")
    .expect("before-row-insert", "行级事前插入：每行一次，新值正确，先于事后", "before each row inserted: once a row, right values")
    .expect("before-row-update", "行级事前更新：每行一次，新旧值正确", "before each row updated: once a row, right values")
    .expect("before-row-delete", "行级事前删除：每行一次，旧值正确", "before each row deleted: once a row, right values")
    .expect("after-row-insert", "行级事后插入：每行一次，新值正确", "after each row inserted: once a row, right values")
    .expect("after-row-update", "行级事后更新：每行一次，新旧值正确", "after each row updated: once a row, right values")
    .expect("after-row-delete", "行级事后删除：每行一次，旧值正确", "after each row deleted: once a row, right values")
    .expect("before-statement-insert", "语句级事前插入：每条语句一次", "before each inserting statement: once")
    .expect("before-statement-update", "语句级事前更新：每条语句一次", "before each updating statement: once")
    .expect("before-statement-delete", "语句级事前删除：每条语句一次", "before each deleting statement: once")
    .expect("after-statement-insert", "语句级事后插入：每条语句一次", "after each inserting statement: once")
    .expect("after-statement-update", "语句级事后更新：每条语句一次", "after each updating statement: once")
    .expect("after-statement-delete", "语句级事后删除：每条语句一次", "after each deleting statement: once")
    .expect("before-changes-value", "行级事前触发器改变写入的值", "what is stored is what a before trigger made of it")
    .expect("order", "同一事件的多个触发器按声明的顺序执行", "several triggers of one event run in the order declared")
    .expect("rolled-back", "触发器的写入随事务回滚", "what a trigger wrote is rolled back with the transaction")
    .run(run);

const EVENTS: [&str; 3] = ["insert", "update", "delete"];

/// An entry of the log; `at` counts the entries before it.
struct Entry {
    at: i64,
    event: String,
    values: String,
}

fn run(cx: &Context) -> CheckResult {
    let b = Bench::open(cx)?;
    let log = b.table("l", "n INT, event VARCHAR(40), old_v VARCHAR(40), new_v VARCHAR(40)")?;
    let columns = "id INT, v VARCHAR(40)";
    let (a, c, d, source) = (b.table("a", columns)?, b.table("c", columns)?, b.table("d", columns)?, b.table("s", columns)?);
    insert(&b, &source, 1, "a")?;
    insert(&b, &source, 2, "b")?;
    b.db.refuses_nonsense(&format!("CREATE TRIGGER {}_x NONSENSE ON {a} FOR EACH NOTHING", b.name))?;

    let prefix = format!("{}_p", b.name);
    let common: [(&str, &str); 5] = [("a", &a), ("c", &c), ("d", &d), ("log", &log), ("p", &prefix)];
    let prepare = cx.script("prepare", &common)?;
    if let Performed::Refused { failure, .. } = b.db.perform(&prepare)? {
        let said = failure.said();
        return inconclusive(say(
            format!("触发器的准备语句被拒绝：{said}"),
            format!("preparing for triggers was refused: {said}"),
        ));
    }
    let mut made = Vec::new();
    for (number, kind) in kinds().iter().enumerate() {
        let trigger = format!("{prefix}{number}");
        let names = [&common[..], &[("tr", &trigger)]].concat();
        if b.accepts(kind, &names, kind, "trigger made")? {
            made.push(kind.clone());
        }
    }
    if !made.is_empty() {
        fire(&b, &source, &a)?;
        let log = entries(&b, &log)?;
        for (number, kind) in made.iter().enumerate() {
            judge(cx, kind, &log, number > 0)?;
        }
    }
    rolled_back(&b, &a, &log, !made.is_empty())?;

    let (changing, ordered) = (format!("{prefix}c"), format!("{prefix}d"));
    let change = [&common[..], &[("tr", changing.as_str())]].concat();
    if b.accepts("before-changes-value", &change, "before-changes-value", "trigger made")? {
        insert(&b, &c, 1, "as-sent")?;
        let seen = b.seen(&format!("SELECT id, v FROM {c}"))?;
        cx.expect("before-changes-value").that(seen == "1|changed", "1|changed", seen)?;
    }
    let order = [&common[..], &[("tr", ordered.as_str())]].concat();
    if b.accepts("order", &order, "order", "two triggers made")? {
        insert(&b, &d, 1, "x")?;
        let seen = b.seen(&format!("SELECT id, v FROM {d}"))?;
        cx.expect("order").that(seen == "1|x12", "1|x12", seen)?;
    }
    decided()
}

/// `before-row-insert` and the eleven others.
fn kinds() -> Vec<String> {
    let mut kinds = Vec::new();
    for level in ["row", "statement"] {
        for when in ["before", "after"] {
            kinds.extend(EVENTS.map(|event| format!("{when}-{level}-{event}")));
        }
    }
    kinds
}

/// Two rows each: what fires once a row and what fires once a statement are told apart.
fn fire(b: &Bench, source: &str, a: &str) -> Result<(), Stop> {
    b.db.setup(&format!("INSERT INTO {a} (id, v) SELECT id, v FROM {source}"))?;
    b.db.setup(&format!("UPDATE {a} SET v = CASE WHEN id = 1 THEN 'c' ELSE 'd' END"))?;
    b.db.setup(&format!("DELETE FROM {a}"))?;
    Ok(())
}

fn entries(b: &Bench, log: &str) -> Result<Vec<Entry>, Stop> {
    let rows = b.eye.rows(&format!("SELECT n, event, old_v, new_v FROM {log} ORDER BY n"))?;
    let entry = |row: &Vec<String>| {
        let [at, event, old, new] = [0, 1, 2, 3].map(|column| row.get(column).map_or("", String::as_str));
        Entry { at: at.parse().unwrap_or(-1), event: event.to_owned(), values: format!("{old}|{new}") }
    };
    Ok(rows.iter().map(entry).collect())
}

/// The entries of one trigger: as many as there should be, with the right values, on the right side of the other triggers.
fn judge(cx: &Context, kind: &str, log: &[Entry], same_look: bool) -> Result<(), Stop> {
    let label = kind.replace('-', " ");
    let (when, rest) = label.split_once(' ').unwrap_or((&label, ""));
    let (level, event) = rest.split_once(' ').unwrap_or((rest, ""));
    let expected = match (level, event) {
        ("row", "insert") => "NULL|a, NULL|b",
        ("row", "update") => "a|c, b|d",
        ("row", _) => "c|NULL, d|NULL",
        _ => "NULL|NULL",
    };
    let own: Vec<&Entry> = log.iter().filter(|entry| entry.event == label).collect();
    let mut values: Vec<String> = own.iter().map(|entry| entry.values.clone()).collect();
    values.sort();
    let mut seen = flat(values);
    // Whatever else the same statement fired, and for a row only that of the same row.
    let other_side = if when == "before" { format!("after row {event}") } else { format!("before row {event}") };
    for entry in &own {
        let same_row = |other: &&Entry| level == "statement" || other.values == entry.values;
        for other in log.iter().filter(|other| other.event == other_side).filter(same_row) {
            let right = if when == "before" { entry.at < other.at } else { entry.at > other.at };
            if !right {
                seen = format!("{seen}; number {} of the log, {other_side} number {}", entry.at, other.at);
            }
        }
    }
    let expect = cx.expect(kind);
    let expect = if same_look { expect.same_look() } else { expect };
    expect.that(seen == expected, expected, seen)?;
    Ok(())
}

fn rolled_back(b: &Bench, a: &str, log: &str, fires: bool) -> Result<(), Stop> {
    let expected = "entries inside the transaction, none of them after the rollback";
    let undecided = |zh: &str, en: &str| b.cx.expect("rolled-back").unevaluated(say(zh, en), expected);
    if !fires {
        return undecided("没有可用的触发器", "there is no trigger to look at");
    }
    let count = format!("SELECT COUNT(*) FROM {log}");
    // A server that answers no row at all has no such count.
    let counted = |session: &Sql| Ok::<_, Stop>(session.rows(&count)?.concat().join(" "));
    let before = counted(&b.eye)?;
    if !b.db.begin()? {
        return undecided("无法开启事务", "no transaction could be begun");
    }
    insert(b, a, 9, "z")?;
    b.db.setup(&format!("UPDATE {a} SET v = 'y' WHERE id = 9"))?;
    b.db.setup(&format!("DELETE FROM {a} WHERE id = 9"))?;
    insert(b, a, 10, "w")?;
    let inside = counted(&b.db)?;
    b.db.rollback()?;
    let after = counted(&b.eye)?;
    if b.seen(&format!("SELECT id, v FROM {a} WHERE id > 8"))? != "no rows" {
        // Not the trigger's doing: the transaction itself was none.
        return undecided("回滚后数据仍在，事务未生效", "the row itself survived the rollback: there was no transaction");
    }
    if inside == before {
        return undecided("事务内没有触发任何触发器", "no trigger fired inside the transaction");
    }
    b.cx.expect("rolled-back").that(
        after == before,
        format!("{before} after"),
        format!("{before}, {inside} inside, {after} after"),
    )?;
    Ok(())
}

fn insert(b: &Bench, table: &str, id: u32, v: &str) -> Result<(), Stop> {
    b.db.setup(&format!("INSERT INTO {table} (id, v) VALUES ({id}, '{v}')"))?;
    Ok(())
}
