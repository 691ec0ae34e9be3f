//! Database: dynamic SQL in programs.

use crate::bench::{Bench, RESULTS};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("dynamic-sql")
    .title("动态SQL", "Dynamic SQL")
    .question(
        "程序中能否执行运行时才拼成的SQL？执行一条表名在运行时给出的语句；用绑定变量传值；把一段注入串作为绑定值，必须原样存为数据，\
         受害表的行一行不少。",
        "Can programs run SQL that is put together only at run time? A statement whose table is named at run time is executed; \
         values are bound; an injection string given as a bound value must be stored as mere data, and the victim table must keep \
         every row.",
    )
    .effect("新建临时表与过程，结束后删除。", "Makes scratch tables and procedures and drops them.")
    .on("database")
    .needs(&[Need::Sql])
    .impact(Impact::Scratch)
    .limit_s(60)
    .param("role", "app", "使用的数据库角色", "database role used")
    .expect("execute", "运行时拼成的语句被执行", "a statement put together at run time is executed")
    .expect("binds", "绑定变量传值正确", "bound values arrive as they are")
    .expect("injection", "注入串只被当作数据", "an injection string stays mere data")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let b = Bench::open(cx)?;
    let r = b.table("r", RESULTS)?;
    let victim = b.table("v", "id INT")?;
    b.db.setup(&format!("INSERT INTO {victim} (id) VALUES (1)"))?;
    b.db.refuses_nonsense(&format!("EXECUTE NONSENSE IMMEDIATE {} ((", b.name))?;
    let (k, prefix) = (b.number(), format!("{}_p", b.name));
    let evil = format!("x''); DELETE FROM {victim}; --");
    let k_text = k.to_string();
    let names: [(&str, &str); 5] = [("p", &prefix), ("r", &r), ("k", &k_text), ("victim", &victim), ("evil", &evil)];
    b.writes("execute", &names, &r, "execute", &format!("execute|{k}"))?;
    b.writes("binds", &names, &r, "binds", &format!("binds|{k}|bound"))?;

    let expected = format!("injection|x'); DELETE FROM {victim}; --; victim: 1");
    b.db.setup(&format!("DELETE FROM {r}"))?;
    if b.accepts("injection", &names, "injection", &expected)? {
        let seen = format!("{}; victim: {}", b.results(&r)?, b.seen(&format!("SELECT id FROM {victim}"))?);
        cx.expect("injection").that(seen == expected, expected, seen)?;
    }
    decided()
}
