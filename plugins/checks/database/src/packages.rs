//! Database: packages.

use crate::bench::{Bench, RESULTS};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("packages")
    .title("包", "Packages")
    .question(
        "能否建立带规范与包体的包？公有函数经私有函数算出事先不可知的结果；私有函数从包外调用必须被拒绝；包变量在同一会话内保持，\
         另一会话各有其值。只认原生的包，不以模式或临时表代替。",
        "Can packages with specification and body be made? A public function computes, by a private one, a result that cannot be \
         known beforehand; the private one must be refused from outside; a package variable is kept within a session, and another \
         session has its own. Native packages only: no schema or temporary table in their place.",
    )
    .effect("新建临时表与包，结束后删除。", "Makes a scratch table and packages and drops them.")
    .on("database")
    .needs(&[Need::Sql])
    .impact(Impact::Scratch)
    .limit_s(60)
    .param("role", "app", "使用的数据库角色", "database role used")
    .expect("public-member", "公有成员可从包外调用", "a public member is called from outside")
    .expect("private-member", "私有成员从包外不可见", "a private member cannot be seen from outside")
    .expect("session-state", "包变量按会话保持", "package variables are kept, each session its own")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let b = Bench::open(cx)?;
    let r = b.table("r", RESULTS)?;
    b.db.refuses_nonsense(&format!("CREATE PACKAGE {}_x NONSENSE ((", b.name))?;
    let (k, prefix) = (b.number(), format!("{}_p", b.name));
    let k_text = k.to_string();
    let names: [(&str, &str); 3] = [("p", &prefix), ("r", &r), ("k", &k_text)];
    let public = b.writes("public-member", &names, &r, "public-member", &format!("public|{}", k + 1000))?;
    private(&b, &names, &r, public)?;
    state(&b, &names, &r, k)?;
    decided()
}

fn private(b: &Bench, names: &[(&str, &str)], r: &str, public: bool) -> Result<(), Stop> {
    let expected = "refused, nothing written";
    if !public {
        let why = say("没有可用的包", "there is no package to look at");
        return b.cx.expect("private-member").unevaluated(why, expected);
    }
    b.db.setup(&format!("DELETE FROM {r}"))?;
    let call = b.cx.script("private-call", names)?;
    let said = match b.db.perform(&call)? {
        Performed::Whole => "done".to_owned(),
        Performed::Refused { failure, .. } if failure.is_circumstance() => {
            let why = say("调用因其他原因被拒绝", format!("refused for another reason: {}", failure.said()));
            return b.cx.expect("private-member").unevaluated(why, expected);
        }
        Performed::Refused { failure, .. } => failure.said(),
    };
    let left = b.results(r)?;
    let met = said != "done" && left == "no rows";
    b.cx.expect("private-member").that(met, expected, format!("{said}; {left}"))?;
    Ok(())
}

fn state(b: &Bench, names: &[(&str, &str)], r: &str, k: i64) -> Result<(), Stop> {
    let expected = format!("first-1|{k}, first-2|{}, first-3|{}, second-1|{k}", 2 * k, 3 * k);
    if !b.accepts("session-state", names, "session-state", &expected)? {
        return Ok(());
    }
    b.db.setup(&format!("DELETE FROM {r}"))?;
    // The other session is a fresh one for the package: its value must not be the first session's.
    for (session, label) in [(&b.db, "first-1"), (&b.db, "first-2"), (&b.eye, "second-1"), (&b.db, "first-3")] {
        let names = [names, &[("label", label)]].concat();
        let call = b.cx.script("session-state-call", &names)?;
        if let Performed::Refused { failure, .. } = session.perform(&call)? {
            let said = failure.said();
            if failure.is_circumstance() {
                let why = say("调用因其他原因被拒绝", format!("refused for another reason: {said}"));
                return b.cx.expect("session-state").unevaluated(why, expected);
            }
            b.cx.expect("session-state").unmet(expected, format!("{label}: {said}"))?;
            return Ok(());
        }
    }
    let seen = b.results(r)?;
    b.cx.expect("session-state").that(seen == expected, expected, seen)?;
    Ok(())
}
