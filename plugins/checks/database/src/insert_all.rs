//! Database: INSERT ALL, one statement into several tables.

use crate::bench::Bench;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("insert-all")
    .title("INSERT ALL 多表插入", "INSERT ALL into several tables")
    .question(
        "一条 INSERT ALL 能否同时写入多张表？无条件、VALUES 常量、带 WHEN 条件、INSERT FIRST、两种 ELSE 各执行一次，由另一会话逐表核对\
         内容；其中一个分支出错时，各表都不得留下任何行。只用 INSERT ALL 本身，不以公用表表达式或多条语句代替。",
        "Can one INSERT ALL write to several tables? The unconditional form, the one with constants, the one with WHEN, INSERT \
         FIRST and ELSE with either are run once each and another session compares every table's content; when one branch fails \
         no table may keep a row. INSERT ALL itself only: no common table expression or several statements in its place.",
    )
    .effect("新建四张临时表，结束后删除。", "Makes four scratch tables and drops them.")
    .on("database")
    .needs(&[Need::Sql])
    .impact(Impact::Scratch)
    .limit_s(60)
    .param("role", "app", "使用的数据库角色", "database role used")
    .expect("unconditional", "无条件形式：每张表恰好得到全部行", "unconditional: each table holds exactly all rows")
    .expect("constants", "常量形式：每张表恰好得到所列的行", "constants: each table holds exactly the rows listed")
    .expect(
        "conditional",
        "条件形式：每张表恰好得到符合其条件的行",
        "conditional: each table holds exactly the rows of its condition",
    )
    .expect("first", "INSERT FIRST：每行只进入第一个符合的分支", "INSERT FIRST: each row goes to its first matching branch only")
    .expect("else-all", "INSERT ALL 的 ELSE 只得到不符合任何条件的行", "ELSE of INSERT ALL gets only rows that match no condition")
    .expect(
        "else-first",
        "INSERT FIRST 的 ELSE 只得到不符合任何条件的行",
        "ELSE of INSERT FIRST gets only rows that match no condition",
    )
    .expect("all-or-nothing", "一个分支出错则各表都不留下行", "one failing branch and no table keeps a row")
    .run(run);

struct Tables<'a> {
    bench: &'a Bench<'a>,
    a: String,
    b: String,
    numbers: String,
    source: String,
}

/// What each table must hold for rows 1|x, 2|y, 3|z, 4|NULL of the source.
const FORMS: [(&str, &str); 6] = [
    ("unconditional", "1|x, 2|y, 3|z, 4|NULL -- 1|x, 2|y, 3|z, 4|NULL"),
    ("constants", "7|p -- 8|q"),
    // Row 2 matches both conditions.
    ("conditional", "2|y, 3|z, 4|NULL -- 1|x, 2|y"),
    // Rows 3 and 4 match both conditions, the first takes them.
    ("first", "3|z, 4|NULL -- 2|y"),
    // The condition on the text is unknown for row 4: it matches none.
    ("else-all", "3|z -- 1|x, 2|y, 4|NULL"),
    ("else-first", "3|z -- 1|x, 2|y, 4|NULL"),
];

fn run(cx: &Context) -> CheckResult {
    let bench = Bench::open(cx)?;
    let columns = "id INT, v VARCHAR(40)";
    let t = Tables {
        a: bench.table("a", columns)?,
        b: bench.table("b", columns)?,
        numbers: bench.table("n", "id INT, w INT")?,
        source: bench.table("s", columns)?,
        bench: &bench,
    };
    for (id, v) in [(1, "'x'"), (2, "'y'"), (3, "'z'"), (4, "NULL")] {
        bench.db.setup(&format!("INSERT INTO {} (id, v) VALUES ({id}, {v})", t.source))?;
    }
    bench.db.refuses_nonsense(&format!("INSERT ALL NONSENSE INTO INTO {} WHEN SELECT FROM", t.a))?;
    let names: [(&str, &str); 4] = [("a", &t.a), ("b", &t.b), ("n", &t.numbers), ("s", &t.source)];
    let mut known = false;
    for (form, expected) in FORMS {
        t.empty()?;
        if bench.accepts(form, &names, form, expected)? {
            known |= form == "unconditional";
            let seen = t.seen()?;
            cx.expect(form).that(seen == expected, expected, seen)?;
        }
    }
    all_or_nothing(&t, &names, known)?;
    decided()
}

fn all_or_nothing(t: &Tables, names: &[(&str, &str)], known: bool) -> Result<(), Stop> {
    let (bench, expected) = (t.bench, "refused; left: no rows -- no rows -- no rows");
    let expect = bench.cx.expect("all-or-nothing");
    if !known {
        let why = say("无条件形式未被接受", "the unconditional form was not accepted");
        return expect.unevaluated(why, expected);
    }
    t.empty()?;
    // The source's text is no number: the second branch fails on data, not on its form.
    let script = bench.cx.script("failing-branch", names)?;
    let said = match bench.db.perform(&script)? {
        Performed::Whole => "done".to_owned(),
        Performed::Refused { failure, .. } if failure.is_circumstance() => {
            let why = say("语句因其他原因被拒绝", format!("refused for another reason: {}", failure.said()));
            return expect.unevaluated(why, expected);
        }
        Performed::Refused { failure, .. } => failure.said(),
    };
    let numbers = bench.seen(&format!("SELECT id, w FROM {} ORDER BY id", t.numbers))?;
    let left = format!("{} -- {numbers}", t.seen()?);
    let met = said != "done" && left == "no rows -- no rows -- no rows";
    expect.that(met, expected, format!("{said}; left: {left}"))?;
    Ok(())
}

impl Tables<'_> {
    fn empty(&self) -> Result<(), Stop> {
        for table in [&self.a, &self.b] {
            self.bench.db.setup(&format!("DELETE FROM {table}"))?;
        }
        Ok(())
    }

    fn seen(&self) -> Result<String, Stop> {
        let rows = |table: &str| self.bench.seen(&format!("SELECT id, v FROM {table} ORDER BY id, v"));
        Ok(format!("{} -- {}", rows(&self.a)?, rows(&self.b)?))
    }
}
