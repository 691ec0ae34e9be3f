//! Middleware: the nodes of a cluster talk to each other over IPv6.

use crate::deployment::{SOON_MS, deployed, undeployed};
use crate::instance::{process, serves};
use crate::probe::{Probe, words};
use std::collections::BTreeSet;
use touchstone_sdk::http::Exchange;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("ipv6-cluster-traffic")
    .title("集群通信走IPv6", "Cluster traffic over IPv6")
    .question(
        "在一个节点上建立的会话能否在另一个节点上继续（即节点间确有通信）？此时两个节点的服务器进程之间的TCP连接（以内核所见为准）是否都走IPv6？",
        "Does a session that began on one node go on on another, so that they do talk to each other? And are the TCP connections between the \
         server processes of the nodes, as the kernel shows them, all over IPv6?",
    )
    .effect("在集群部署一个探针应用，建立一个会话；结束时撤销。", "Deploys a probe application in the cluster and begins a session; takes it back.")
    .on("middleware")
    .needs(&[Need::Http, Need::Shell, Need::Adapter("deployment")])
    .impact(Impact::Scratch)
    .limit_s(180)
    .expect("session-shared", "会话在另一节点继续", "the session goes on on another node")
    .expect("over-ipv6", "节点之间只走IPv6", "between nodes there is IPv6 only")
    .run(run);

/// Established connections of process `$1`: own and other end as the kernel writes them, by family (proc(5), net/tcp).
const CONNECTIONS: &str = "for f in /proc/$1/fd/*; do readlink \"$f\"; done 2>/dev/null | sed -n 's/^socket:\\[\\([0-9]*\\)\\]$/\\1/p' | sort -u > \"$2/inodes\"; \
    for family in tcp tcp6; do awk -v family=$family 'NR == FNR { own[$1] = 1; next } $4 == \"01\" && ($10 in own) { print family, $2, $3 }' \
    \"$2/inodes\" \"/proc/$1/net/$family\"; done";
const TRIES: u32 = 20;

/// A connection of one process.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Link {
    v6: bool,
    own: String,
    other: String,
}

fn run(cx: &Context) -> CheckResult {
    let target = cx.target();
    let own = |e: touchstone_sdk::context::Endpoint| Some((e.purpose.strip_prefix("application.")?.to_owned(), e.url));
    let nodes: Vec<(String, String)> = target.endpoints.into_iter().filter_map(own).collect();
    let [(first, first_url), (second, second_url), ..] = &nodes[..] else {
        return inconclusive(say(
            "清单须以 application.节点名 列出至少两个节点的入口",
            "the inventory must name at least two nodes as endpoints application.NODE",
        ));
    };
    let (probe, _) = deployed(cx)?;
    let mut machines = Vec::new();
    for (node, url) in [(first, first_url), (second, second_url)] {
        let at = probe.at(url)?;
        let (_, answer) = at.wait(cx, SOON_MS, Result::is_ok)?;
        let about = match answer {
            Ok(about) => about,
            silent => return inconclusive(say(format!("{url} 没有应答"), format!("{url}: {}", words(&silent)))),
        };
        let shell = if target.nodes.contains(node) { cx.shell_on(node)? } else { cx.shell()? };
        if let Err(why) = serves(&shell, &about.jvm)? {
            let jvm = &about.jvm;
            return inconclusive(say(format!("节点不证实 {jvm}：{why}"), format!("the node does not confirm {jvm}: {why}")));
        }
        machines.push((at, shell, process(&about.jvm).to_owned()));
    }
    let [(one, one_shell, one_pid), (two, two_shell, two_pid)] = &machines[..] else {
        return inconclusive(say("不足两个节点", "fewer than two nodes"));
    };
    let (mut shared, mut seen, mut links) = (false, String::new(), BTreeSet::new());
    for _ in 0..TRIES {
        let (answer, cookie) = count(cx, one, None)?;
        let (again, _) = count(cx, two, cookie.as_deref())?;
        // Looked at while they still talk: connections may be given up soon.
        links.extend(between(&connections(one_shell, one_pid)?, &connections(two_shell, two_pid)?));
        shared = answer == Some(1) && again == Some(2);
        seen = format!("call {answer:?} on {first}, then {again:?} on {second}");
        if shared && !links.is_empty() {
            break;
        }
        cx.sleep_ms(500);
    }
    cx.expect("session-shared").that(shared, "call 1 on one node, call 2 on the other", &seen)?;
    let told: Vec<String> =
        links.iter().map(|link| format!("{} {} - {}", if link.v6 { "IPv6" } else { "IPv4" }, link.own, link.other)).collect();
    let expected = "at least one connection between the two processes, all of them IPv6";
    if links.is_empty() {
        let why = say("未见节点间的连接", "no connection between the nodes was seen");
        cx.expect("over-ipv6").unevaluated(why, expected)?;
    } else {
        cx.expect("over-ipv6").same_look().that(links.iter().all(|link| link.v6), expected, told.join("; "))?;
    }
    undeployed(cx, &probe)?;
    decided()
}

/// Calls of a session so far, and its cookie.
fn count(cx: &Context, probe: &Probe, cookie: Option<&str>) -> Result<(Option<u64>, Option<String>), Stop> {
    let question = probe.question("count");
    let mut request = cx.http().request("GET", &question.url);
    request.headers.extend(cookie.map(|cookie| ("Cookie".to_owned(), cookie.to_owned())));
    let Exchange::Answered(response) = cx.http().send(&request)? else { return Ok((None, None)) };
    let said = String::from_utf8_lossy(&response.body);
    let calls = probe.answered(&question, response.status, &said).and_then(|about| about.figure("calls"));
    let set = response.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
    Ok((calls, set.map(|(_, value)| value.split(';').next().unwrap_or_default().to_owned())))
}

fn connections(shell: &Shell, pid: &str) -> Result<Vec<Link>, Stop> {
    let folder = shell.scratch()?;
    let said = shell.root(["sh", "-c", CONNECTIONS, "sh", pid, &folder])?.success()?;
    let link = |line: String| {
        let mut words = line.split(' ');
        let (family, own, other) = (words.next()?, words.next()?.to_owned(), words.next()?.to_owned());
        // A socket of IPv6 may carry IPv4: addresses ::ffff:a.b.c.d, in words of 32 bits of the machine's order (little endian, big endian).
        let mapped = |end: &str| end.starts_with("0000000000000000FFFF0000") || end.starts_with("00000000000000000000FFFF");
        Some(Link { v6: family == "tcp6" && !mapped(&own) && !mapped(&other), own, other })
    };
    Ok(said.lines().into_iter().filter_map(link).collect())
}

/// Those that one process has with the other: each end is the other's other end. An IPv4 end may be written in either way.
fn between(one: &[Link], two: &[Link]) -> Vec<Link> {
    let plain = |end: &str| {
        let (address, port) = end.split_once(':').unwrap_or((end, ""));
        let mapped = address.len() == 32
            && (address.starts_with("0000000000000000FFFF0000") || address.starts_with("00000000000000000000FFFF"));
        format!("{}:{port}", if mapped { &address[24..] } else { address })
    };
    let meets = |a: &&Link| two.iter().any(|b| plain(&a.own) == plain(&b.other) && plain(&a.other) == plain(&b.own));
    one.iter().filter(meets).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::{Link, between};

    #[test]
    fn two_ends_of_one_connection_are_found() {
        let link = |v6, own: &str, other: &str| Link { v6, own: own.into(), other: other.into() };
        let one = [link(false, "0100007F:0050", "0100007F:9C40"), link(true, "0:1", "0:2")];
        let two = [link(false, "0000000000000000FFFF00000100007F:9C40", "0000000000000000FFFF00000100007F:0050")];
        assert_eq!(between(&one, &two), [one[0].clone()]);
        assert!(between(&one, &[link(true, "0:1", "0:2")]).is_empty());
    }
}
