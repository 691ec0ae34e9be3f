//! OS: IP, TCP and UDP.

use super::protocol;
use crate::common::nonce;
use crate::common::pair::{Count, Pair};
use crate::common::peer::{Peer, answer};
use touchstone_sdk::prelude::*;

protocol!(
    ip,
    "protocol-ip",
    "IP 协议",
    "IP",
    "是否互通 IPv4 与 IPv6，超过链路单元的报文是否分片后送达，不存在的地址是否不应答？",
    "Do IPv4 and IPv6 packets pass both ways, larger ones than a frame in fragments, and does an address that nobody has stay silent?",
    ["v4", "IPv4 报文往返", "IPv4 packets pass"],
    ["v6", "IPv6 报文往返", "IPv6 packets pass"],
    ["fragments", "超长报文分片送达", "a large packet arrives in fragments"];
    super::run_ip
);
protocol!(
    tcp,
    "protocol-tcp",
    "TCP 协议",
    "TCP",
    "能否经 TCP 建立连接并交换数据，无人监听的端口是否拒绝？分别使用 IPv4 与 IPv6。",
    "Is a TCP connection made and data exchanged, and a port without listener refused? Over IPv4 and over IPv6.",
    ["exchange-v4", "经 IPv4 交换数据", "data exchanged over IPv4"],
    ["exchange-v6", "经 IPv6 交换数据", "data exchanged over IPv6"],
    ["refused", "无人监听时被拒绝", "refused where nobody listens"];
    |cx| super::run_sockets(cx, "tcp")
);
protocol!(
    udp,
    "protocol-udp",
    "UDP 协议",
    "UDP",
    "能否经 UDP 交换数据报，无人监听的端口是否得到不可达的回应？分别使用 IPv4 与 IPv6。",
    "Are UDP datagrams exchanged, and is a port without listener reported unreachable? Over IPv4 and over IPv6.",
    ["exchange-v4", "经 IPv4 交换数据报", "datagrams exchanged over IPv4"],
    ["exchange-v6", "经 IPv6 交换数据报", "datagrams exchanged over IPv6"],
    ["refused", "无人监听时报告不可达", "unreachable where nobody listens"];
    |cx| super::run_sockets(cx, "udp")
);

fn run_ip(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    sh.helper(&["ping"])?;
    let pair = Pair::build(cx, &sh)?;
    let word = |seen: bool| if seen { "answers" } else { "silent" };
    for (expectation, there, nobody) in
        [("v4", pair.far_v4.clone(), format!("{}.99", pair.prefix_v4)), ("v6", pair.far_v6.clone(), format!("{}99", pair.far_v6))]
    {
        let (yes, no) = (pair.near_pings(&there)?, pair.near_pings(&nobody)?);
        let actual = format!("{there} {}, {nobody} {}", word(yes), word(no));
        cx.expect(expectation).that(yes && !no, format!("{there} answers, {nobody} silent"), actual)?;
    }
    let mut argv = pair.near();
    argv.extend(["ping", "-4", "-c", "1", "-W", "2", "-s", "8000", &pair.far_v4].map(str::to_owned));
    let before = pair.count(Count::Fragments)?;
    let said = sh.root(argv)?.text();
    let made = pair.count(Count::Fragments)?.saturating_sub(before);
    let passed = said.contains("8008 bytes from") && made >= 4;
    cx.expect("fragments").that(
        passed,
        "8000 bytes answered in several fragments",
        format!("{made} fragments; {}", crate::common::short(&said)),
    )?;
    decided()
}

fn run_sockets(cx: &Context, kind: &str) -> CheckResult {
    let sh = cx.shell()?;
    let pair = Pair::build(cx, &sh)?;
    let peer = Peer::find(&sh)?;
    let word = nonce(cx);
    // Larger than one segment for a stream, one datagram of a frame else.
    let line: String = word.chars().cycle().take(if kind == "tcp" { 30_000 } else { 1_000 }).collect();
    let expected = format!("{} characters, backwards", answer(&word, &line).len());
    let counts = if kind == "tcp" { [Count::TcpOpened; 2] } else { [Count::UdpSent, Count::Udp6Sent] };
    for (expectation, address, count) in [("exchange-v4", &pair.far_v4, counts[0]), ("exchange-v6", &pair.far_v6, counts[1])] {
        let before = pair.count(count)?;
        let seen = match peer.serve(cx, &pair.far(), kind, address, 4242, &word)? {
            Ok(()) => peer.ask(&pair.near(), kind, address, 4242, &line, 1)?.text(),
            Err(said) => format!("error: server: {said}"),
        };
        let sent = pair.count(count)? > before;
        let right = seen == answer(&word, &line) && sent;
        let actual = match (right, sent) {
            (true, _) => expected.clone(),
            (_, true) => crate::common::short(&seen),
            _ => format!("the kernel counted nothing sent; {}", crate::common::short(&seen)),
        };
        cx.expect(expectation).that(right, &expected, actual)?;
    }
    let seen = peer.ask(&pair.near(), kind, &pair.far_v4, 4243, "x", 1)?.text();
    cx.expect("refused").that(
        seen.to_ascii_lowercase().contains("refused"),
        "connection refused",
        crate::common::short(&seen),
    )?;
    decided()
}
