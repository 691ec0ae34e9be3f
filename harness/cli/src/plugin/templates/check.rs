//! One question to a target.

use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("example")
    .title("主机名已设置", "Host name is set")
    .question(
        "目标是否设置了主机名？读取内核所报告的节点名。",
        "Has the target a host name of its own? The node name that the kernel reports is read.",
    )
    .effect("只读取，不改变目标。", "Reads only; nothing changes on the target.")
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Observe)
    .limit_s(10)
    .param("unset", "localhost", "视为未设置的名称", "name that counts as none")
    .expect("named", "主机名不是缺省值", "the host name is not the default")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let unset = cx.param("unset")?;
    let name = cx.shell()?.run(["uname", "-n"])?.success()?.text();
    cx.expect("named").that(!name.is_empty() && name != unset, format!("not {unset}"), name)?;
    decided()
}
