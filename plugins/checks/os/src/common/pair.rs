//! Two hosts on the target: network namespaces joined by a virtual link, of which nothing else on the target takes part.

use std::cell::Cell;
use touchstone_sdk::prelude::*;

/// Why there are no two hosts.
pub struct Failed(pub String);

/// What the kernel counts of the two hosts' traffic. Programs may say that they exchanged what they never sent.
#[derive(Clone, Copy)]
pub enum Count {
    /// TCP connections that the near host opened (RFC 4022).
    TcpOpened,
    /// Datagrams over IPv4 that the near host sent (RFC 4113).
    UdpSent,
    /// The same over IPv6.
    Udp6Sent,
    /// Datagrams over IPv4 that the far host received.
    UdpReceivedFar,
    /// Fragments that the near host made (RFC 4293).
    Fragments,
}

/// Read by the shell itself: no program of the target comes between it and the kernel.
const COUNTERS: &str = "for f in /proc/net/snmp /proc/net/snmp6; do [ -e \"$f\" ] || continue; \
                        while read -r line; do echo \"$line\"; done < \"$f\"; done";

/// A near and a far host, each with an IPv4 and an IPv6 address.
pub struct Pair<'a> {
    sh: &'a Shell,
    near: String,
    far: String,
    sum: u32,
    pings: Cell<u32>,
    pub near_device: String,
    pub far_device: String,
    /// First three numbers of the network.
    pub prefix_v4: String,
    pub near_v4: String,
    pub far_v4: String,
    pub near_v6: String,
    pub far_v6: String,
}

/// A number that belongs to this run of the check.
pub fn sum(cx: &Context) -> u32 {
    cx.scratch_name().bytes().fold(0x811c_9dc5u32, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

impl<'a> Pair<'a> {
    /// Makes them, for a check in which they are helpers. The check has a parameter `network`: the first 16 bits.
    pub fn build(cx: &Context, sh: &'a Shell) -> Result<Self, Stop> {
        match Self::try_build(cx, sh)? {
            Ok(pair) => Ok(pair),
            Err(Failed(said)) => inconclusive(say("无法建立网络命名空间", format!("no network namespaces to be had: {said}"))),
        }
    }

    /// Makes them, for a check that asks whether that can be.
    pub fn try_build(cx: &Context, sh: &'a Shell) -> Result<Result<Self, Failed>, Stop> {
        for program in ["ip", "nsenter"] {
            sh.helper(&[program])?;
        }
        let sum = sum(cx);
        let prefix_v4 = format!("{}.{}", cx.param("network")?, sum % 250 + 1);
        // A unique local prefix, RFC 4193.
        let prefix_v6 = format!("fd{:02x}:{:04x}:{:02x}", sum >> 24, (sum >> 8) & 0xffff, sum & 0xff);
        let pair = Self {
            sh,
            sum,
            pings: Cell::new(0),
            near: format!("ts{sum:08x}n"),
            far: format!("ts{sum:08x}f"),
            near_device: format!("ts{sum:08x}a"),
            far_device: format!("ts{sum:08x}b"),
            near_v4: format!("{prefix_v4}.1"),
            far_v4: format!("{prefix_v4}.2"),
            near_v6: format!("{prefix_v6}::1"),
            far_v6: format!("{prefix_v6}::2"),
            prefix_v4,
        };
        for space in [&pair.near, &pair.far] {
            sh.undo(["sh", "-c", "[ ! -e /run/netns/\"$1\" ] || ip netns delete \"$1\"", "sh", space])?;
            let made = sh.root(["ip", "netns", "add", space])?;
            if !made.ok() {
                return Ok(Err(Failed(made.said())));
            }
        }
        let (near, far, a, b) = (&pair.near, &pair.far, &pair.near_device, &pair.far_device);
        let script = format!(
            "set -e\nip link add {a} netns {near} type veth peer name {b} netns {far}\n\
             ip -n {near} address add {}/24 dev {a}\nip -n {near} link set lo up\nip -n {near} link set {a} up\n\
             ip -n {far} address add {}/24 dev {b}\nip -n {far} link set lo up\nip -n {far} link set {b} up\n\
             [ -e /proc/sys/net/ipv6 ] || exit 0\n\
             ip -n {near} address add {}/64 dev {a} nodad\nip -n {far} address add {}/64 dev {b} nodad\n",
            pair.near_v4, pair.far_v4, pair.near_v6, pair.far_v6
        );
        let made = sh.root(["sh", "-c", &script])?;
        Ok(if made.ok() { Ok(pair) } else { Err(Failed(made.said())) })
    }

    /// Prefix of a command in the near host.
    pub fn near(&self) -> Vec<String> {
        enter(&self.near)
    }

    /// Prefix of a command in the far host.
    pub fn far(&self) -> Vec<String> {
        enter(&self.far)
    }

    /// Whether an address answers the near host. Every packet has a length of its own, which the answer must name.
    pub fn near_pings(&self, address: &str) -> Result<bool, Stop> {
        let mut argv = self.near();
        let family = if address.contains(':') { "-6" } else { "-4" };
        self.pings.set(self.pings.get() + 1);
        let size = 40 + self.sum.wrapping_add(self.pings.get().wrapping_mul(7919)) % 900;
        argv.extend(["ping", family, "-c", "1", "-W", "1", "-s", &size.to_string(), address].map(str::to_owned));
        let said = self.sh.root(argv)?.text();
        Ok(said.contains(&format!("{} bytes from ", size + 8)))
    }

    /// Since the hosts were made.
    pub fn count(&self, what: Count) -> Result<u64, Stop> {
        let (mut argv, row, name) = match what {
            Count::TcpOpened => (self.near(), "Tcp:", "ActiveOpens"),
            Count::UdpSent => (self.near(), "Udp:", "OutDatagrams"),
            Count::Udp6Sent => (self.near(), "", "Udp6OutDatagrams"),
            Count::UdpReceivedFar => (self.far(), "Udp:", "InDatagrams"),
            Count::Fragments => (self.near(), "Ip:", "FragCreates"),
        };
        argv.extend(["sh", "-c", COUNTERS].map(str::to_owned));
        Ok(counter(&self.sh.root(argv)?.success()?.text(), row, name))
    }

    pub fn near_ip(&self, words: &str) -> Result<Output, Stop> {
        self.sh.root(["ip", "-n", &self.near].into_iter().chain(words.split(' ')))
    }

    pub fn far_ip(&self, words: &str) -> Result<Output, Stop> {
        self.sh.root(["ip", "-n", &self.far].into_iter().chain(words.split(' ')))
    }
}

/// A number of `/proc/net/snmp`, whose rows come twice, first the names and then the values; without a row, of `snmp6`.
fn counter(text: &str, row: &str, name: &str) -> u64 {
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    let mut of = rows.iter().filter(|words| words.first() == Some(if row.is_empty() { &name } else { &row }));
    let value = match (row, of.next(), of.next()) {
        ("", Some(words), _) => words.get(1),
        (_, Some(names), Some(values)) => names.iter().position(|own| *own == name).and_then(|at| values.get(at)),
        _ => None,
    };
    value.and_then(|value| value.parse().ok()).unwrap_or(0)
}

fn enter(space: &str) -> Vec<String> {
    vec!["nsenter".into(), format!("--net=/run/netns/{space}"), "--".into()]
}

#[cfg(test)]
mod tests {
    use super::counter;

    #[test]
    fn counters_are_found_by_name() {
        let text = "Ip: Forwarding FragCreates\nIp: 1 7\nUdp: InDatagrams OutDatagrams\nUdp: 3 4\nUdp6OutDatagrams \t 9";
        assert_eq!(counter(text, "Ip:", "FragCreates"), 7);
        assert_eq!(counter(text, "Udp:", "OutDatagrams"), 4);
        assert_eq!(counter(text, "", "Udp6OutDatagrams"), 9);
        assert_eq!(counter(text, "Tcp:", "ActiveOpens"), 0);
        assert_eq!(counter("", "Ip:", "FragCreates"), 0);
    }
}
