//! Database: nested-table types.

use crate::bench::{Bench, RESULTS};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("nested-tables")
    .title("嵌套表类型", "Nested-table types")
    .question(
        "嵌套表类型（TABLE OF）是否真正可用？作为列：写入、展开为行、增加一个元素后再展开；作为程序中的变量：扩展、按下标读写、删除；\
         越界访问得到错误。只认原生的嵌套表类型。",
        "Do nested-table types (TABLE OF) really work? As a column: written, unnested into rows, one element added and unnested \
         again; as a variable in code: extended, read and written by index, elements deleted; an index outside is an error. Native \
         nested-table types only.",
    )
    .effect("新建临时表与类型，结束后删除。", "Makes scratch tables and types and drops them.")
    .on("database")
    .needs(&[Need::Sql])
    .impact(Impact::Scratch)
    .limit_s(60)
    .param("role", "app", "使用的数据库角色", "database role used")
    .expect("column", "嵌套表列写入、展开、增加元素", "a nested-table column is written, unnested, added to")
    .expect("variable", "程序中的嵌套表变量扩展、读写、删除", "a nested-table variable is extended, read, written, deleted from")
    .expect("bounds", "越界访问得到错误", "an index outside is an error")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let b = Bench::open(cx)?;
    let r = b.table("r", RESULTS)?;
    b.db.refuses_nonsense(&format!("CREATE TYPE {}_x AS NONSENSE TABLE TABLE OF", b.name))?;
    let (k, prefix) = (b.number(), format!("{}_p", b.name));
    let k_text = k.to_string();
    let names: [(&str, &str); 3] = [("p", &prefix), ("r", &r), ("k", &k_text)];
    let expected = format!("after|{k}, after|{}, after|{}, before|{k}, before|{}", k + 1, k + 2, k + 1);
    b.writes("column", &names, &r, "column", &expected)?;
    b.writes("variable", &names, &r, "variable", &format!("count|2, left|{k}, left|{}", k + 2))?;
    b.writes("bounds", &names, &r, "bounds", "outside|NULL, size|3")?;
    decided()
}
