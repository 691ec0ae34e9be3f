//! OS: rules given to the firewall directly.

use super::bench::{Bench, PORTS, daemon, firewall};
use touchstone_sdk::prelude::*;

firewall!("firewalld-direct", "防火墙直接规则", "firewall: direct rules",
    "直接加入的丢弃规则是否优先于区域的放行，删除后是否恢复？IPv4 与 IPv6 分别以实际连接判定。",
    "Does a dropping rule that is added directly go before what the zone accepts, and is all as before once it is removed? Real connections over IPv4 and IPv6 decide.",
    Scratch,
    "新建一对虚拟网卡和一个网络命名空间，仅改动运行时设置，结束后全部恢复。",
    "Makes a pair of virtual interfaces and a network namespace and changes run-time settings only; all is undone.",
    ["v4", "IPv4 直接规则生效与撤销", "a direct IPv4 rule works and is removed"],
    ["v6", "IPv6 直接规则生效与撤销", "a direct IPv6 rule works and is removed"];
    run);

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    if !daemon(cx, &sh, "v4")? {
        return decided();
    }
    let bench = Bench::build(cx, &sh)?;
    let port = PORTS[0];
    bench.undo(&["--remove-port", &format!("{port}/tcp")])?;
    bench.order(&[&format!("--add-port={port}/tcp")])?.success()?;
    let expectations = [("v4", "ipv4", "4 no, 6 yes"), ("v6", "ipv6", "4 yes, 6 no")];
    for (expectation, family, during) in expectations {
        let port = port.to_string();
        let rule = [family, "filter", "INPUT", "0", "-i", &bench.interface, "-p", "tcp", "--dport", &port, "-j", "DROP"];
        let direct = |action: &'static str| ["firewall-cmd", "--direct", action].into_iter().chain(rule);
        let words: Vec<&str> = direct("--remove-rule").collect();
        sh.undo(["sh", "-c", "\"$@\" >/dev/null 2>&1; true", "sh"].iter().chain(&words))?;
        let before = bench.reaches(PORTS[0])?;
        let added = sh.root(direct("--add-rule"))?;
        let seen = bench.reaches(PORTS[0])?;
        sh.root(direct("--remove-rule"))?;
        let after = bench.reaches(PORTS[0])?;
        let expected = format!("4 yes, 6 yes; {during}; 4 yes, 6 yes");
        let actual = format!("{before}; {seen}; {after}");
        let right = actual == expected;
        cx.expect(expectation).that(right, &expected, if right { actual } else { format!("{actual}; {}", added.said()) })?;
    }
    decided()
}
