//! Packets between a node and others, dropped by a table of its own in the kernel's packet filter.

use super::{Argv, Commands, script};
use crate::ProbeError;
use std::net::{IpAddr, SocketAddr};

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Both ways.
    Both,
    /// What comes to the node.
    Inbound,
    /// What leaves it.
    Outbound,
}

/// What a node exchanges with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// Each `address` or `address:port`, of the others.
    pub peers: Vec<String>,
    /// Which way.
    pub direction: Direction,
}

impl Traffic {
    pub(super) fn words(&self) -> String {
        let way = match self.direction {
            Direction::Both => "",
            Direction::Inbound => " (what comes from there)",
            Direction::Outbound => " (what goes there)",
        };
        format!("{}{way}", self.peers.join(", "))
    }

    /// `when` is a condition of the rules.
    pub(super) fn commands(&self, name: &str, when: &str) -> Result<Commands, ProbeError> {
        if self.peers.is_empty() {
            return Err(ProbeError::Invalid("a partition from nobody".to_owned()));
        }
        let table = format!("touchstone_{}", name.replace('-', "_"));
        let mut text = format!("add table inet {table}; ");
        for (chain, hook) in [("i", "input"), ("o", "output")] {
            text += &format!("add chain inet {table} {chain} {{ type filter hook {hook} priority -300; }}; ");
        }
        for peer in &self.peers {
            let (address, port) = parse(peer)?;
            let family = if address.is_ipv4() { "ip" } else { "ip6" };
            let mut rule = |chain: &str, side: char| {
                let port = port.map(|port| format!("tcp {side}port {port} ")).unwrap_or_default();
                text += &format!("add rule inet {table} {chain} {family} {side}addr {address} {port}{when}drop; ");
            };
            if self.direction != Direction::Outbound {
                rule("i", 's');
            }
            if self.direction != Direction::Inbound {
                rule("o", 'd');
            }
        }
        let inject: Argv = vec!["nft".to_owned(), text.trim_end_matches("; ").to_owned()];
        const REVERT: &str =
            r#"nft delete table inet "$1" 2>/dev/null; ! nft list table inet "$1" 2>/dev/null && nft list tables >/dev/null"#;
        let can = script("nft list tables >/dev/null", &[]);
        Ok(Commands { can, inject, revert: Some(script(REVERT, &[&table])) })
    }
}

fn parse(peer: &str) -> Result<(IpAddr, Option<u16>), ProbeError> {
    let bad = || ProbeError::Invalid(format!("{peer:?} is neither an address nor address:port"));
    if let Ok(address) = peer.parse() {
        return Ok((address, None));
    }
    let place: SocketAddr = peer.parse().map_err(|_| bad())?;
    if place.port() == 0 { Err(bad()) } else { Ok((place.ip(), Some(place.port()))) }
}
