//! Database: INSERT with many rows of VALUES.

use crate::{flat, refused, table};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("multi-row-insert")
    .title("多行 INSERT VALUES", "Multi-row INSERT VALUES")
    .question(
        "一条 INSERT 语句能否写入多行？写入两行与一千行后逐一读回；含一行主键冲突的语句必须整体失败，不留下任何一行。",
        "Can one INSERT write many rows? Two rows and a thousand are written and read back; a statement with one row that \
         breaks the primary key must fail as a whole and leave no row.",
    )
    .effect("新建一张临时表，结束后删除。", "Makes one scratch table and drops it.")
    .on("database")
    .needs(&[Need::Sql])
    .impact(Impact::Scratch)
    .limit_s(60)
    .param("role", "app", "使用的数据库角色", "database role used")
    .expect("two-rows", "一条语句写入的两行均可读回", "both rows of one statement are read back")
    .expect("thousand-rows", "一条语句写入的一千行均可读回", "all thousand rows of one statement are read back")
    .expect("all-or-nothing", "一行有误则整条语句不留下任何行", "one bad row and the statement leaves none")
    .run(run);

const THOUSAND: u32 = 1000;

fn run(cx: &Context) -> CheckResult {
    let db = cx.sql(&cx.param("role")?)?;
    let t = format!("{}_m", cx.scratch_name());
    db.refuses_nonsense(&format!("INSERT INTO VALUES {t} ((1, 'a')), NONSENSE"))?;
    table(cx, &db, &t, "id INT NOT NULL PRIMARY KEY, v VARCHAR(40)")?;
    db.setup(&format!("INSERT INTO {t} (id, v) VALUES (0, 'zero')"))?;

    let reply = db.run(&format!("INSERT INTO {t} (id, v) VALUES (1, 'a'), (2, 'b')"))?;
    let expected = "1|a, 2|b";
    if !reply.is_done() {
        refused(cx, "two-rows", expected, &reply)?;
        let why = say("两行的语句已被拒绝", "the statement with two rows was refused already");
        cx.expect("thousand-rows").unevaluated(why.clone(), THOUSAND)?;
        cx.expect("all-or-nothing").unevaluated(why, "-")?;
        return decided();
    }
    let seen = flat(&db.rows(&format!("SELECT id, v FROM {t} WHERE id > 0 ORDER BY id"))?);
    cx.expect("two-rows").that(seen == expected, expected, seen)?;

    thousand(cx, &db, &t)?;
    bad_row(cx, &db, &t)?;
    decided()
}

fn thousand(cx: &Context, db: &Sql, t: &str) -> Result<(), Stop> {
    let first = 1001;
    let values: Vec<_> = (first..first + THOUSAND).map(|id| format!("({id}, 'row-{id}')")).collect();
    let reply = db.run(&format!("INSERT INTO {t} (id, v) VALUES {}", values.join(", ")))?;
    let expected = format!("{THOUSAND} rows, {first}..{}, each with its own text", first + THOUSAND - 1);
    if !reply.is_done() {
        return refused(cx, "thousand-rows", &expected, &reply);
    }
    let rows = db.rows(&format!("SELECT id, v FROM {t} WHERE id > 1000 ORDER BY id"))?;
    let right = (first..).zip(&rows).filter(|(id, row)| row[..] == [id.to_string(), format!("row-{id}")]).count();
    let all = rows.len() == THOUSAND as usize && right == rows.len();
    cx.expect("thousand-rows").that(all, expected, format!("{} rows, {right} as sent", rows.len()))?;
    Ok(())
}

fn bad_row(cx: &Context, db: &Sql, t: &str) -> Result<(), Stop> {
    let expected = "refused, no row of it";
    // A key that is not enforced could not make the statement fail.
    if db.run(&format!("INSERT INTO {t} (id, v) VALUES (0, 'again')"))?.is_done() {
        let why = say("目标未强制主键约束，无法构造错误行", "the target does not enforce its primary key, so no row can be bad");
        return cx.expect("all-or-nothing").unevaluated(why, expected);
    }
    let reply = db.run(&format!("INSERT INTO {t} (id, v) VALUES (11, 'x'), (0, 'bad'), (12, 'y')"))?;
    let left = db.rows(&format!("SELECT id, v FROM {t} WHERE id IN (11, 12) ORDER BY id"))?;
    let zero = flat(&db.rows(&format!("SELECT id, v FROM {t} WHERE id = 0"))?);
    let met = !reply.is_done() && left.is_empty() && zero == "0|zero";
    let actual = format!("{}; left: {}; {zero}", reply.said(), flat(&left));
    cx.expect("all-or-nothing").that(met, format!("{expected}; 0|zero"), actual)?;
    Ok(())
}
