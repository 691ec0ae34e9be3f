//! Database: INSERT ALL, one statement into several tables.

use crate::{flat, refused, table};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("insert-all")
    .title("INSERT ALL 多表插入", "INSERT ALL into several tables")
    .question(
        "一条 INSERT ALL 能否同时写入多张表？无条件、带 WHEN 条件、INSERT FIRST 三种形式执行后逐表核对内容；\
         其中一个分支出错时，各表都不得留下任何行。只用数据库原生语法，不以其他语句代替。",
        "Can one INSERT ALL write to several tables? The unconditional form, the one with WHEN and INSERT FIRST are run and \
         each table's content compared; when one branch fails no table may keep a row. The database's own syntax only, no \
         substitute.",
    )
    .effect("新建四张临时表，结束后删除。", "Makes four scratch tables and drops them.")
    .on("database")
    .needs(&[Need::Sql])
    .impact(Impact::Scratch)
    .limit_s(60)
    .param("role", "app", "使用的数据库角色", "database role used")
    .expect("unconditional", "无条件形式：每张表恰好得到全部行", "unconditional: each table holds exactly all rows")
    .expect(
        "conditional",
        "条件形式：每张表恰好得到符合其条件的行",
        "conditional: each table holds exactly the rows of its condition",
    )
    .expect("first", "INSERT FIRST：每行只进入第一个符合的分支", "INSERT FIRST: each row goes to its first matching branch only")
    .expect("all-or-nothing", "一个分支出错则各表都不留下行", "one failing branch and no table keeps a row")
    .run(run);

struct Tables {
    a: String,
    b: String,
    numbers: String,
    source: String,
}

fn run(cx: &Context) -> CheckResult {
    let db = cx.sql(&cx.param("role")?)?;
    let name = cx.scratch_name();
    let t = Tables { a: format!("{name}_a"), b: format!("{name}_b"), numbers: format!("{name}_n"), source: format!("{name}_s") };
    for (table_name, columns) in [
        (&t.a, "id INT, v VARCHAR(40)"),
        (&t.b, "id INT, v VARCHAR(40)"),
        (&t.numbers, "id INT, w INT"),
        (&t.source, "id INT, v VARCHAR(40)"),
    ] {
        table(cx, &db, table_name, columns)?;
    }
    for (id, v) in [(1, "x"), (2, "y"), (3, "z")] {
        db.setup(&format!("INSERT INTO {} (id, v) VALUES ({id}, '{v}')", t.source))?;
    }
    let Tables { a, b, numbers, source } = &t;
    db.refuses_nonsense(&format!("INSERT ALL NONSENSE INTO INTO {a} WHEN SELECT FROM"))?;

    let forms = [
        (
            "unconditional",
            format!("INSERT ALL INTO {a} VALUES (id, v) INTO {b} VALUES (id, v) SELECT id, v FROM {source}"),
            "1|x, 2|y, 3|z -- 1|x, 2|y, 3|z",
        ),
        (
            "conditional",
            format!(
                "INSERT ALL WHEN id > 1 THEN INTO {a} VALUES (id, v) WHEN id < 3 THEN INTO {b} VALUES (id, v) \
                 SELECT id, v FROM {source}"
            ),
            "2|y, 3|z -- 1|x, 2|y",
        ),
        (
            "first",
            format!(
                "INSERT FIRST WHEN id > 2 THEN INTO {a} VALUES (id, v) WHEN id > 1 THEN INTO {b} VALUES (id, v) \
                 SELECT id, v FROM {source}"
            ),
            "3|z -- 2|y",
        ),
    ];
    let mut known = false;
    for (expectation, statement, expected) in forms {
        t.empty(&db)?;
        let reply = db.run(&statement)?;
        if !reply.is_done() {
            refused(cx, expectation, expected, &reply)?;
            continue;
        }
        known |= expectation == "unconditional";
        let seen = t.seen(&db)?;
        cx.expect(expectation).that(seen == expected, expected, seen)?;
    }

    let expected = "refused, no row in any table";
    if !known {
        let why = say("无条件形式未被接受", "the unconditional form was not accepted");
        cx.expect("all-or-nothing").unevaluated(why, expected)?;
        return decided();
    }
    t.empty(&db)?;
    // The source's text is no number: the second branch fails on data, not on its form.
    let statement = format!("INSERT ALL INTO {a} VALUES (id, v) INTO {numbers} VALUES (id, v) SELECT id, v FROM {source}");
    let reply = db.run(&statement)?;
    let seen = t.seen(&db)?;
    let numbers = flat(&db.rows(&format!("SELECT id, w FROM {numbers} ORDER BY id"))?);
    let met = !reply.is_done() && seen == "no rows -- no rows" && numbers == "no rows";
    cx.expect("all-or-nothing").that(met, expected, format!("{}; left: {seen} -- {numbers}", reply.said()))?;
    decided()
}

impl Tables {
    fn empty(&self, db: &Sql) -> Result<(), Stop> {
        for table in [&self.a, &self.b] {
            db.setup(&format!("DELETE FROM {table}"))?;
        }
        Ok(())
    }

    fn seen(&self, db: &Sql) -> Result<String, Stop> {
        let rows = |table: &str| db.rows(&format!("SELECT id, v FROM {table} ORDER BY id, v"));
        Ok(format!("{} -- {}", flat(&rows(&self.a)?), flat(&rows(&self.b)?)))
    }
}
