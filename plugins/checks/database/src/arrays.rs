//! Database: array types.

use crate::bench::{Bench, RESULTS};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("arrays")
    .title("数组类型", "Array types")
    .question(
        "数组类型是否真正可用？表中一列为数组：写入、按下标读取、改一个元素后再读；程序中的数组变量逐个赋值并循环求和；元素个数正确，\
         越界访问得到空值或错误而非别的元素。数值事先不可知。",
        "Do array types really work? A column is an array: written, read by index, one element changed and read again; an array \
         variable in code is assigned element by element and summed in a loop; the number of elements is right, and an index \
         outside gives null or an error, never another element. The numbers cannot be known beforehand.",
    )
    .effect("新建临时表与类型，结束后删除。", "Makes scratch tables and types and drops them.")
    .on("database")
    .needs(&[Need::Sql])
    .impact(Impact::Scratch)
    .limit_s(60)
    .param("role", "app", "使用的数据库角色", "database role used")
    .expect("column", "数组列按下标读写", "an array column is read and written by index")
    .expect("variable", "程序中的数组变量按下标读写", "an array variable in code is read and written by index")
    .expect("bounds", "元素个数正确，越界不得到别的元素", "the size is right and outside of it is no element")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let b = Bench::open(cx)?;
    let r = b.table("r", RESULTS)?;
    b.db.refuses_nonsense(&format!("CREATE TABLE {}_x (v NONSENSE[[ OF)", b.name))?;
    let (k, prefix) = (b.number(), format!("{}_p", b.name));
    let k_text = k.to_string();
    let names: [(&str, &str); 3] = [("p", &prefix), ("r", &r), ("k", &k_text)];
    b.writes("column", &names, &r, "column", &format!("changed|{}, first|{k}, second|{}", k + 90, k + 1))?;
    b.writes("variable", &names, &r, "variable", &format!("last|{}, sum|{}", k + 5, 5 * k + 15))?;
    b.writes("bounds", &names, &r, "bounds", "outside|NULL, size|3")?;
    decided()
}
