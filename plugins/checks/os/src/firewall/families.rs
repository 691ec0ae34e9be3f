//! OS: rules of the firewall hold for IPv4 and IPv6, together and apart.

use super::bench::{Bench, PORTS, daemon, firewall};
use touchstone_sdk::prelude::*;

firewall!("firewalld-ipv4-ipv6", "防火墙的 IPv4 与 IPv6", "firewall: IPv4 and IPv6",
    "放行一个端口后 IPv4 与 IPv6 是否都能到达，撤销后是否都不能；限定地址族的规则是否只影响该族？以实际连接判定。",
    "With a port opened, do IPv4 and IPv6 both arrive, and neither once it is closed; does a rule for one family hold for that one only? Real connections decide.",
    Scratch,
    "新建一对虚拟网卡和一个网络命名空间，仅改动运行时设置，结束后全部恢复。",
    "Makes a pair of virtual interfaces and a network namespace and changes run-time settings only; all is undone.",
    ["together", "放行与撤销对两族同时生效", "opening and closing hold for both"],
    ["apart", "限定地址族的规则只影响该族", "a rule for one family holds for that one only"];
    run);

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    if !daemon(cx, &sh, "together")? {
        return decided();
    }
    let bench = Bench::build(cx, &sh)?;
    let port = PORTS[0];
    let opened = format!("{port}/tcp");
    let before = bench.reaches(port)?;
    bench.undo(&["--remove-port", &opened])?;
    bench.order(&[&format!("--add-port={opened}")])?.success()?;
    let during = bench.reaches(port)?;
    bench.order(&[&format!("--remove-port={opened}")])?.success()?;
    let after = bench.reaches(port)?;
    let expected = "4 no, 6 no; 4 yes, 6 yes; 4 no, 6 no";
    let actual = format!("{before}; {during}; {after}");
    cx.expect("together").that(actual == expected, expected, &actual)?;

    let mut seen = Vec::new();
    for family in ["ipv6", "ipv4"] {
        let rule = format!("rule family={family} port port={port} protocol=tcp accept");
        bench.undo(&["--remove-rich-rule", &rule])?;
        bench.order(&[&format!("--add-rich-rule={rule}")])?.success()?;
        seen.push(bench.reaches(port)?);
        bench.order(&[&format!("--remove-rich-rule={rule}")])?.success()?;
    }
    let expected = "4 no, 6 yes; 4 yes, 6 no";
    let actual = seen.join("; ");
    cx.expect("apart").that(actual == expected, expected, &actual)?;
    decided()
}
