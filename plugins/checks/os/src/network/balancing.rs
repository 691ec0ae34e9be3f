//! OS: connections are spread over back ends.

use crate::common::nonce;
use crate::common::pair::Pair;
use crate::common::peer::{Peer, answer};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("load-balancing")
    .title("软件负载均衡", "Load balancing in software")
    .question(
        "系统的软件负载均衡（IPVS，没有时用包过滤的轮转转发）能否把到一个地址的连接分摊到三个后端？在两个网络命名空间之间发起多次连接，\
         清点各后端实际应答的次数。",
        "Does the system's load balancing in software (IPVS, else the packet filter's forwarding in turn) spread connections to \
         one address over three back ends? Connections between two network namespaces are made, and what each back end answered is counted.",
    )
    .effect("新建两个网络命名空间、一对虚拟网卡和临时进程，结束后全部清除。", "Makes two network namespaces, a virtual link and scratch processes, all removed.")
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Scratch)
    .limit_s(120)
    .param("network", "198.18", "临时网络的前 16 位", "first 16 bits of the scratch network")
    .expect("only-through-it", "没有均衡设置时该地址不应答", "without the balancer's settings nothing answers there")
    .expect("spread", "每个后端都应答了相同次数的连接", "every back end answers as many connections as the others")
    .run(run);

const PORT: u16 = 8000;
const BACK_ENDS: [(u16, &str); 3] = [(8001, "one"), (8002, "two"), (8003, "three")];

/// Settings for address `$1` on the far host.
const MEANS: [(&str, &str, &str); 2] = [
    (
        "IPVS",
        "command -v ipvsadm >/dev/null || exit 1; modprobe -q ip_vs; modprobe -q ip_vs_rr; [ -e /proc/net/ip_vs ]",
        "ipvsadm -A -t $1:8000 -s rr && for p in 8001 8002 8003; do ipvsadm -a -t $1:8000 -r $1:$p -m; done",
    ),
    (
        "nftables",
        "command -v nft >/dev/null",
        "nft add table ip balance && nft 'add chain ip balance before { type nat hook prerouting priority -100; }' && \
         nft add rule ip balance before ip daddr $1 tcp dport 8000 dnat to $1 : numgen inc mod 3 map { 0 : 8001, 1 : 8002, 2 : 8003 }",
    ),
];

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let mut found = None;
    for means in &MEANS {
        if found.is_none() && sh.root(["sh", "-c", means.1])?.ok() {
            found = Some(means);
        }
    }
    let Some((name, _, settings)) = found else {
        cx.expect("spread")
            .unmet("IPVS, or a packet filter that forwards in turn", "neither ipvsadm with its kernel part nor nft")?;
        return decided();
    };
    let pair = Pair::build(cx, &sh)?;
    let peer = Peer::find(&sh)?;
    let word = nonce(cx);
    for (port, who) in BACK_ENDS {
        if let Err(said) = peer.serve(cx, &pair.far(), "tcp", &pair.far_v4, port, &format!("{who}-{word}"))? {
            return inconclusive(say("后端未能启动", format!("a back end did not start: {said}")));
        }
    }
    let before = peer.ask(&pair.near(), "tcp", &pair.far_v4, PORT, "knock", 1)?.text();
    cx.expect("only-through-it").that(before.starts_with("error"), "refused", &before)?;
    let mut argv = pair.far();
    argv.extend(["sh", "-c", settings, "sh", &pair.far_v4].map(str::to_owned));
    let set = sh.root(argv)?;
    let answers = peer.ask(&pair.near(), "tcp", &pair.far_v4, PORT, &word, 12)?.lines();
    let count = |who: &str| answers.iter().filter(|line| **line == answer(&format!("{who}-{word}"), &word)).count();
    let counts = BACK_ENDS.map(|(_, who)| count(who));
    let actual = format!("{name}: {counts:?} of {}", answers.len());
    if counts.iter().sum::<usize>() == 0 && !set.ok() {
        return inconclusive(say(format!("{name} 未能设置"), format!("{name} could not be set up: {}", set.said())));
    }
    cx.expect("spread").that(counts == [4, 4, 4], "[4, 4, 4] of 12", actual)?;
    decided()
}
