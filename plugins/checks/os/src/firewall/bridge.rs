//! OS: the firewall decides what passes an Ethernet bridge.

use super::bench::daemon;
use crate::common::pair::sum;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("firewalld-bridge")
    .title("防火墙的以太网桥", "firewall: Ethernet bridge")
    .question(
        "防火墙的以太网桥规则是否真正决定经过网桥的帧？两个对端经一个临时网桥互通，加入规则后不通，撤销后恢复。",
        "Do the firewall's rules for Ethernet bridges decide which frames pass? Two peers reach each other through a scratch \
         bridge, no more once a rule is added, and again once it is removed.",
    )
    .effect(
        "新建一个网桥、两对虚拟网卡和两个网络命名空间，仅改动运行时设置，结束后全部恢复。",
        "Makes a bridge, two pairs of virtual interfaces and two network namespaces and changes run-time settings only; all is undone.",
    )
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Scratch)
    .limit_s(120)
    .param("accepting", "trusted", "放行一切的区域", "zone that accepts everything")
    .param("network", "198.18", "临时网络的前 16 位", "first 16 bits of the scratch network")
    .expect("filtered", "网桥规则决定帧的通过", "rules for bridges decide what passes")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    if !daemon(cx, &sh, "filtered")? {
        return decided();
    }
    for program in ["ip", "ping"] {
        sh.helper(&[program])?;
    }
    let sum = sum(cx);
    let (bridge, one, two) = (format!("ts{sum:08x}r"), format!("ts{sum:08x}c"), format!("ts{sum:08x}d"));
    let net = format!("{}.{}", cx.param("network")?, sum % 250 + 1);
    for space in [&one, &two] {
        sh.undo(["sh", "-c", "[ ! -e /run/netns/\"$1\" ] || ip netns delete \"$1\"", "sh", space])?;
    }
    sh.undo(["sh", "-c", "ip link delete \"$1\" 2>/dev/null; true", "sh", &bridge])?;
    let mut script = format!("set -e\nip link add {bridge} type bridge\nip link set {bridge} up\n");
    for (space, last) in [(&one, 1), (&two, 2)] {
        script += &format!(
            "ip netns add {space}\nip link add {space}p type veth peer name e0 netns {space}\nip link set {space}p master {bridge} up\n\
             ip -n {space} address add {net}.{last}/24 dev e0\nip -n {space} link set e0 up\n"
        );
    }
    sh.root(["sh", "-c", &script])?.success()?;
    // A kernel may show bridged packets to the rules for routed ones too: those shall let everything pass here.
    let (zone, interface) = (format!("--zone={}", cx.param("accepting")?), format!("={bridge}"));
    sh.undo([
        "sh",
        "-c",
        "firewall-cmd -q \"$1\" \"$2\" 2>/dev/null; true",
        "sh",
        &zone,
        &format!("--remove-interface{interface}"),
    ])?;
    sh.root(["firewall-cmd", &zone, &format!("--change-interface{interface}")])?.success()?;
    let target = format!("{net}.2");
    let passes = || -> Result<bool, Stop> {
        for _ in 0..3 {
            let said = sh.root(["ip", "netns", "exec", &one, "ping", "-c", "1", "-W", "1", &target])?.text();
            if said.contains(" bytes from ") {
                return Ok(true);
            }
        }
        Ok(false)
    };
    if !passes()? {
        return inconclusive(say("网桥本身不通，与规则无关", "the bridge itself passes nothing, whatever the rules"));
    }
    let port = format!("{one}p");
    let rule = ["eb", "filter", "FORWARD", "0", "-p", "IPv4", "-i", &port, "-j", "DROP"];
    let direct = |action: &'static str| ["firewall-cmd", "--direct", action].into_iter().chain(rule);
    let words: Vec<&str> = direct("--remove-rule").collect();
    sh.undo(["sh", "-c", "\"$@\" >/dev/null 2>&1; true", "sh"].iter().chain(&words))?;
    let added = sh.root(direct("--add-rule"))?;
    let during = passes()?;
    sh.root(direct("--remove-rule"))?;
    let after = passes()?;
    let word = |seen: bool| if seen { "passes" } else { "stopped" };
    let actual = format!("passes, {}, {}", word(during), word(after));
    let expected = "passes, stopped, passes";
    let right = actual == expected;
    cx.expect("filtered").that(right, expected, if right { actual } else { format!("{actual}; {}", added.said()) })?;
    decided()
}
