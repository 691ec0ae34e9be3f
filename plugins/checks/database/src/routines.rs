//! Database: stored procedures and functions.

use crate::bench::{Bench, RESULTS};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("routines")
    .title("存储过程与函数", "Procedures and functions")
    .question(
        "存储过程与函数是否真正可用？输入、输出、输入输出参数传入事先不可知的数值，由另一会话核对其写下的结果；函数在查询中做循环与判断；\
         过程内捕获主键冲突并改走异常分支；过程抛出的异常连同其文字到达调用者。",
        "Do procedures and functions really work? IN, OUT and IN OUT parameters carry numbers that cannot be known beforehand, \
         and another session looks at what they wrote; a function loops and decides inside a query; a procedure catches a \
         duplicate key and takes its exception branch; what a procedure raises reaches the caller with its words.",
    )
    .effect("新建临时表、过程与函数，结束后删除。", "Makes scratch tables, procedures and functions and drops them.")
    .on("database")
    .needs(&[Need::Sql])
    .impact(Impact::Scratch)
    .limit_s(60)
    .param("role", "app", "使用的数据库角色", "database role used")
    .expect("in-parameter", "过程按输入参数写入", "a procedure writes what its IN parameter says")
    .expect("out-parameter", "输出参数带回结果", "an OUT parameter brings the result back")
    .expect("inout-parameter", "输入输出参数就地改变", "an IN OUT parameter is changed in place")
    .expect("function", "函数在查询中循环、判断并返回结果", "a function loops, decides and returns inside a query")
    .expect("exception-caught", "过程内的异常被捕获并走异常分支", "an exception inside a procedure is caught and handled")
    .expect("exception-raised", "过程抛出的异常到达调用者", "what a procedure raises reaches the caller")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let b = Bench::open(cx)?;
    let r = b.table("r", RESULTS)?;
    let u = b.table("u", "id INT")?;
    b.db.setup(&format!("INSERT INTO {u} (id) VALUES (1)"))?;
    b.db.refuses_nonsense(&format!("CREATE PROCEDURE {}_x NONSENSE ((", b.name))?;

    let (k, prefix) = (b.number(), format!("{}_p", b.name));
    let m = k % 20 + 5;
    let (k_text, m_text, token) = (k.to_string(), m.to_string(), format!("{}-raised", b.name));
    let names: [(&str, &str); 6] = [("p", &prefix), ("r", &r), ("u", &u), ("k", &k_text), ("m", &m_text), ("token", &token)];
    let writes = |case: &str, expected: &str| b.writes(case, &names, &r, case, expected);
    writes("in-parameter", &format!("in|{k}, in|{}", k + 1))?;
    writes("out-parameter", &format!("out|{}", 2 * k + 1))?;
    writes("inout-parameter", &format!("inout|{}", k + 7))?;
    let odd: i64 = (1..=m).filter(|i| i % 2 == 1).sum();
    writes("function", &format!("function|{odd}"))?;
    writes("exception-caught", &format!("caught|{k}"))?;
    raised(&b, &names, &token)?;
    decided()
}

fn raised(b: &Bench, names: &[(&str, &str)], token: &str) -> Result<(), Stop> {
    let expected = format!("refused with {token}");
    if !b.accepts("exception-raised", names, "exception-raised", &expected)? {
        return Ok(());
    }
    let call = b.cx.script("exception-raised-call", names)?;
    let seen = match b.db.perform(&call)? {
        Performed::Whole => "done".to_owned(),
        Performed::Refused { failure, .. } => format!("{} {}", failure.sqlstate, failure.message),
    };
    b.cx.expect("exception-raised").that(seen.contains(token), expected, seen)?;
    Ok(())
}
