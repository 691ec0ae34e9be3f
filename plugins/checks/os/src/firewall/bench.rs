//! A host behind the firewall: the target itself, and a peer in a namespace, joined by a virtual link of the check's own zone.

use crate::common::pair::sum;
use crate::common::peer::Peer;
use std::cell::Cell;
use touchstone_sdk::prelude::*;

/// Ports of the test servers; 4242 is asked first.
pub const PORTS: [u16; 2] = [4242, 4243];

pub struct Bench<'a> {
    pub sh: &'a Shell,
    pub peer: Peer<'a>,
    pub zone: String,
    pub interface: String,
    pub host_v4: String,
    pub host_v6: String,
    pub peer_v4: String,
    pub peer_v6: String,
    space: String,
    word: String,
    knocks: Cell<u32>,
}

/// Whether there is a running daemon to be asked. Without the program the expectation is unmet: the clause asks for it.
pub fn daemon(cx: &Context, sh: &Shell, expectation: &str) -> Result<bool, Stop> {
    if sh.finds(&["firewall-cmd", "firewalld"])?.is_none() {
        cx.expect(expectation).unmet("firewalld", "neither firewall-cmd nor firewalld")?;
        return Ok(false);
    }
    sh.helper(&["firewall-cmd"])?;
    let state = sh.root(["firewall-cmd", "--state"])?;
    if state.text() != "running" {
        let said = state.said();
        return inconclusive(say("firewalld 未在运行", format!("firewalld is not running: {said}")));
    }
    Ok(true)
}

impl<'a> Bench<'a> {
    /// The interface is bound to a zone that accepts nothing by itself, at run time only.
    pub fn build(cx: &Context, sh: &'a Shell) -> Result<Self, Stop> {
        sh.helper(&["ip"])?;
        let sum = sum(cx);
        let (space, interface, far) = (format!("ts{sum:08x}"), format!("ts{sum:08x}a"), format!("ts{sum:08x}b"));
        let (v4, v6) = (
            format!("{}.{}", cx.param("network")?, sum % 250 + 1),
            format!("fd{:02x}:{:04x}:{:02x}", sum >> 24, (sum >> 8) & 0xffff, sum & 0xff),
        );
        let bench = Self {
            sh,
            peer: Peer::find(sh)?,
            zone: cx.param("zone")?,
            host_v4: format!("{v4}.1"),
            peer_v4: format!("{v4}.2"),
            host_v6: format!("{v6}::1"),
            peer_v6: format!("{v6}::2"),
            word: crate::common::nonce(cx),
            space,
            interface,
            knocks: Cell::new(sum % 100_000),
        };
        sh.undo(["sh", "-c", "[ ! -e /run/netns/\"$1\" ] || ip netns delete \"$1\"", "sh", &bench.space])?;
        sh.undo(["sh", "-c", "ip link delete \"$1\" 2>/dev/null; true", "sh", &bench.interface])?;
        bench.undo(&["--remove-interface", &bench.interface])?;
        let script = format!(
            "set -e\nip netns add {0}\nip link add {1} type veth peer name {far} netns {0}\nip address add {2}/24 dev {1}\n\
             ip address add {3}/64 dev {1} nodad\nip link set {1} up\nip -n {0} address add {4}/24 dev {far}\n\
             ip -n {0} address add {5}/64 dev {far} nodad\nip -n {0} link set lo up\nip -n {0} link set {far} up",
            bench.space, bench.interface, bench.host_v4, bench.host_v6, bench.peer_v4, bench.peer_v6
        );
        sh.root(["sh", "-c", &script])?.success()?;
        bench.bind()?;
        for port in PORTS {
            for address in [&bench.host_v4, &bench.host_v6] {
                if let Err(said) = bench.peer.serve(cx, &[], "tcp", address, port, &bench.word)? {
                    return inconclusive(say("测试服务未能启动", format!("the test server did not start: {said}")));
                }
            }
        }
        Ok(bench)
    }

    /// Binds the interface to the zone, at run time.
    pub fn bind(&self) -> Result<(), Stop> {
        self.sh
            .root(["firewall-cmd", &format!("--zone={}", self.zone), &format!("--change-interface={}", self.interface)])?
            .success()?;
        Ok(())
    }

    /// An order for the zone, at run time.
    pub fn order(&self, words: &[&str]) -> Result<Output, Stop> {
        let zone = format!("--zone={}", self.zone);
        self.sh.root(["firewall-cmd", &zone].iter().chain(words))
    }

    /// An order for the zone to be given in the end, whether or not there is anything to undo: `--remove-port`, `4242/tcp`.
    pub fn undo(&self, words: &[&str]) -> Result<(), Stop> {
        let option = words.join("=");
        self.sh.undo(["sh", "-c", "firewall-cmd -q --zone=\"$1\" \"$2\" 2>/dev/null; true", "sh", &self.zone, &option])
    }

    /// Prefix of a command on the peer's side.
    pub fn far(&self) -> Vec<String> {
        vec!["nsenter".into(), format!("--net=/run/netns/{}", self.space), "--".into()]
    }

    /// Whether the peer's connection to a port of the host comes through, over IPv4 and over IPv6: `4 yes, 6 no`.
    pub fn reaches(&self, port: u16) -> Result<String, Stop> {
        Ok(format!("4 {}, 6 {}", self.through(&self.host_v4, port)?, self.through(&self.host_v6, port)?))
    }

    fn through(&self, address: &str, port: u16) -> Result<&'static str, Stop> {
        // Never the same twice: an answer must be one to this knock.
        self.knocks.set(self.knocks.get() + 1);
        let knock = format!("knock{}", self.knocks.get());
        let said = self.peer.ask(&self.far(), "tcp", address, port, &knock, 1)?.text();
        Ok(if said == crate::common::peer::answer(&self.word, &knock) { "yes" } else { "no" })
    }
}

/// A check of the firewall on this bench.
macro_rules! firewall {
    ($id:literal, $zh:literal, $en:literal, $question_zh:literal, $question_en:literal, $impact:ident,
     $effect_zh:literal, $effect_en:literal, $([$expectation:literal, $expectation_zh:literal, $expectation_en:literal]),+; $run:expr) => {
        pub const CHECK: Check = check($id)
            .title($zh, $en)
            .question($question_zh, $question_en)
            .effect($effect_zh, $effect_en)
            .on("host")
            .needs(&[Need::Shell])
            .impact(Impact::$impact)
            .limit_s(240)
            .param("zone", "block", "绑定测试接口的区域，其自身不放行任何端口", "zone for the test interface, which opens no port by itself")
            .param("network", "198.18", "临时网络的前 16 位", "first 16 bits of the scratch network")
            $(.expect($expectation, $expectation_zh, $expectation_en))+
            .run($run);
    };
}
pub(crate) use firewall;
