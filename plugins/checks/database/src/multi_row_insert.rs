//! Database: INSERT with many rows of VALUES.

use crate::bench::Bench;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("multi-row-insert")
    .title("多行 INSERT VALUES", "Multi-row INSERT VALUES")
    .question(
        "一条 INSERT 语句的 VALUES 能否带多行？写入两行、混合行（空值、表达式、引号、汉字）与一千行，由另一会话逐一读回；含一行主键冲突的\
         语句必须整体失败，不留下任何一行。",
        "Can VALUES of one INSERT carry many rows? Two rows, mixed rows (null, an expression, quotes, Chinese) and a thousand are \
         written and read back by another session; a statement with one row that breaks the primary key must fail as a whole and \
         leave no row.",
    )
    .effect("新建一张临时表，结束后删除。", "Makes one scratch table and drops it.")
    .on("database")
    .needs(&[Need::Sql])
    .impact(Impact::Scratch)
    .limit_s(60)
    .param("role", "app", "使用的数据库角色", "database role used")
    .expect("two-rows", "一条语句写入的两行均可读回", "both rows of one statement are read back")
    .expect("mixed-rows", "空值、表达式、引号、汉字混合的行均可读回", "rows of null, expression, quotes, Chinese are read back")
    .expect("thousand-rows", "一条语句写入的一千行均可读回", "all thousand rows of one statement are read back")
    .expect("all-or-nothing", "一行有误则整条语句不留下任何行", "one bad row and the statement leaves none")
    .run(run);

const THOUSAND: u32 = 1000;

fn run(cx: &Context) -> CheckResult {
    let b = Bench::open(cx)?;
    let t = b.table("m", "id INT, v VARCHAR(40)")?;
    b.db.refuses_nonsense(&format!("INSERT INTO VALUES {t} ((1, 'a')), NONSENSE"))?;

    let k = b.number();
    let (one, two) = (format!("({k}, 'a{k}')"), format!("({}, 'b{k}')", k + 1));
    let between = |low: i64, high: i64| format!("SELECT id, v FROM {t} WHERE id BETWEEN {low} AND {high} ORDER BY id");
    let expected = format!("{k}|a{k}, {}|b{k}", k + 1);
    if !b.accepts("insert", &[("t", &t), ("rows", &format!("{one}, {two}"))], "two-rows", &expected)? {
        let why = say("两行的语句未被接受", "the statement with two rows was not accepted");
        for expectation in ["mixed-rows", "thousand-rows", "all-or-nothing"] {
            cx.expect(expectation).unevaluated(why.clone(), "-")?;
        }
        return decided();
    }
    let seen = b.seen(&between(k, k + 1))?;
    cx.expect("two-rows").that(seen == expected, &expected, seen)?;

    let mixed = "(2, NULL), (1 + 2, 'O''Brien'), (4, '触发器')";
    let expected = "2|NULL, 3|O'Brien, 4|触发器";
    if b.accepts("insert", &[("t", &t), ("rows", mixed)], "mixed-rows", expected)? {
        let seen = b.seen(&between(2, 4))?;
        cx.expect("mixed-rows").that(seen == expected, expected, seen)?;
    }
    thousand(&b, &t)?;
    bad_row(&b)?;
    decided()
}

fn thousand(b: &Bench, t: &str) -> Result<(), Stop> {
    let first = 10_001;
    let values: Vec<_> = (first..first + THOUSAND).map(|id| format!("({id}, 'row-{id}')")).collect();
    let expected = format!("{THOUSAND} rows, {first}..{}, each with its own text", first + THOUSAND - 1);
    if !b.accepts("insert", &[("t", t), ("rows", &values.join(", "))], "thousand-rows", &expected)? {
        return Ok(());
    }
    let rows = b.eye.rows(&format!("SELECT id, v FROM {t} WHERE id > 10000 ORDER BY id"))?;
    let right = (first..).zip(&rows).filter(|(id, row)| row[..] == [id.to_string(), format!("row-{id}")]).count();
    let all = rows.len() == THOUSAND as usize && right == rows.len();
    b.cx.expect("thousand-rows").that(all, expected, format!("{} rows, {right} as sent", rows.len()))?;
    Ok(())
}

fn bad_row(b: &Bench) -> Result<(), Stop> {
    let expected = "refused; left: no rows; 0|zero";
    let expect = b.cx.expect("all-or-nothing");
    let t = format!("{}_k", b.name);
    let table = b.cx.script("shared/table", &[("t", &t), ("columns", "id INT NOT NULL PRIMARY KEY, v VARCHAR(40)")])?;
    if let Performed::Refused { failure, .. } = b.db.perform(&table)? {
        let said = failure.said();
        let why = say(format!("无法建立带主键的表：{said}"), format!("a table with a primary key was refused: {said}"));
        return expect.unevaluated(why, expected);
    }
    b.db.setup(&format!("INSERT INTO {t} (id, v) VALUES (0, 'zero')"))?;
    // A key that is not enforced could not make the statement fail.
    if b.db.run(&format!("INSERT INTO {t} (id, v) VALUES (0, 'again')"))?.is_done() {
        let why = say("目标未强制主键约束，无法构造错误行", "the target does not enforce its primary key, so no row can be bad");
        return expect.unevaluated(why, expected);
    }
    let script = b.cx.script("insert", &[("t", &t), ("rows", "(11, 'x'), (0, 'bad'), (12, 'y')")])?;
    let said = match b.db.perform(&script)? {
        Performed::Whole => "done".to_owned(),
        Performed::Refused { failure, .. } if failure.is_circumstance() => {
            let why = say("语句因其他原因被拒绝", format!("refused for another reason: {}", failure.said()));
            return expect.unevaluated(why, expected);
        }
        Performed::Refused { failure, .. } => failure.said(),
    };
    let left = b.seen(&format!("SELECT id, v FROM {t} WHERE id IN (11, 12) ORDER BY id"))?;
    let zero = b.seen(&format!("SELECT id, v FROM {t} WHERE id = 0"))?;
    let met = said != "done" && left == "no rows" && zero == "0|zero";
    expect.that(met, expected, format!("{said}; left: {left}; {zero}"))?;
    Ok(())
}
