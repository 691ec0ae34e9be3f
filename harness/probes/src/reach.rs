//! Which addresses of the network belong to a target.
//!
//! A name of the inventory means what it resolved to when it was first looked up in a run, and goes on meaning that: whoever
//! answers for the name cannot lead a check to another host afterwards (DNS rebinding).

use crate::{Family, NetworkFailure};
use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use touchstone_model::inventory::TargetSpec;
use url::Url;

/// The hosts and ports that the inventory names for a target; nothing else is ever spoken to.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    /// Scheme, host, port of HTTP endpoints.
    origins: HashSet<(String, String, u16)>,
    addresses: HashSet<(String, u16)>,
    /// What names resolved to, for as long as the target is used.
    pinned: Mutex<HashMap<String, Vec<IpAddr>>>,
}

impl Reach {
    pub(crate) fn new(spec: &TargetSpec) -> Self {
        let mut reach = Self::default();
        for url in spec.http.iter().flat_map(|http| http.endpoints.values()) {
            if let Some((scheme, host, port)) = Url::parse(url).ok().as_ref().and_then(origin) {
                reach.addresses.insert((host.clone(), port));
                reach.origins.insert((scheme, host, port));
            }
        }
        if let Some(sql) = spec.sql.as_ref().filter(|sql| !sql.host.is_empty()) {
            reach.addresses.insert((plain(&sql.host), sql.port));
        }
        for address in &spec.addresses {
            if let Some((host, port)) = address.rsplit_once(':')
                && let Ok(port) = port.parse()
            {
                reach.addresses.insert((plain(host), port));
            }
        }
        reach
    }

    pub(crate) fn has_origin(&self, url: &Url) -> bool {
        let Some((scheme, host, port)) = origin(url) else { return false };
        let named_alone = !self.origins.iter().any(|(_, h, p)| *h == host && *p == port);
        // A bare `host:port` of the inventory says nothing of the scheme.
        (named_alone && matches!(scheme.as_str(), "http" | "https") && self.addresses.contains(&(host.clone(), port)))
            || self.origins.contains(&(scheme, host, port))
    }

    pub(crate) fn has_address(&self, host: &str, port: u16) -> bool {
        self.addresses.contains(&(plain(host), port))
    }

    /// Every host and port.
    pub(crate) fn known(&self) -> Vec<(String, u16)> {
        let mut known: Vec<_> = self.addresses.iter().cloned().collect();
        known.sort();
        known
    }

    pub(crate) fn has_host(&self, host: &str) -> bool {
        let host = plain(host);
        self.addresses.iter().any(|(known, _)| *known == host)
    }

    /// Addresses of a name, of one family where one is asked for, in the system's order: those that it had when it was first
    /// looked up.
    pub(crate) async fn resolve(&self, host: &str, port: u16, family: Option<Family>) -> Result<Vec<SocketAddr>, NetworkFailure> {
        let host = plain(host);
        if let Ok(address) = host.parse::<IpAddr>() {
            return wanted(&host, port, family, &[address]);
        }
        if let Some(known) = self.pins().get(&host) {
            return wanted(&host, port, family, known);
        }
        let found = tokio::net::lookup_host((host.as_str(), port)).await;
        let found = found.map_err(|error| NetworkFailure::Resolution(format!("{host}: {error}")))?;
        let mut addresses: Vec<IpAddr> = Vec::new();
        for address in found.map(|address| address.ip()) {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        // Whoever was first at it decides. A name without addresses has none yet.
        let mut pins = self.pins();
        let known = if addresses.is_empty() { &addresses } else { &*pins.entry(host.clone()).or_insert(addresses) };
        wanted(&host, port, family, known)
    }

    /// Looks up every name, so that all of a run goes where its beginning would have gone; what cannot be looked up now is
    /// looked up when it is needed.
    pub(crate) async fn pin(&self) {
        let names: HashSet<&String> = self.addresses.iter().map(|(host, _)| host).collect();
        futures_util::future::join_all(names.into_iter().map(|name| self.resolve(name, 0, None))).await;
    }

    /// Names and what they resolved to.
    pub(crate) fn pinned(&self) -> Vec<(String, Vec<IpAddr>)> {
        let mut all: Vec<_> = self.pins().iter().map(|(name, addresses)| (name.clone(), addresses.clone())).collect();
        all.sort();
        all
    }

    fn pins(&self) -> std::sync::MutexGuard<'_, HashMap<String, Vec<IpAddr>>> {
        self.pinned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Scheme, host, port.
pub(crate) fn origin(url: &Url) -> Option<(String, String, u16)> {
    Some((url.scheme().to_owned(), plain(url.host_str()?), url.port_or_known_default()?))
}

/// Without the brackets of an IPv6 address, in lower case.
pub(crate) fn plain(host: &str) -> String {
    host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase()
}

/// Addresses, of one family where one is asked for.
fn wanted(host: &str, port: u16, family: Option<Family>, found: &[IpAddr]) -> Result<Vec<SocketAddr>, NetworkFailure> {
    let fits = |address: &&IpAddr| family.is_none_or(|family| (family == Family::V4) == address.is_ipv4());
    let mut wanted: Vec<SocketAddr> = found.iter().filter(fits).map(|address| SocketAddr::new(*address, port)).collect();
    // This name means both loopback addresses (RFC 6761, section 6.3), also where the hosts file lists one only.
    if let (true, "localhost", Some(family)) = (wanted.is_empty(), host, family) {
        let loopback = if family == Family::V4 { IpAddr::from([127, 0, 0, 1]) } else { Ipv6Addr::LOCALHOST.into() };
        wanted.push(SocketAddr::new(loopback, port));
    }
    if wanted.is_empty() {
        let kind = family.map_or("", Family::name);
        return Err(NetworkFailure::Resolution(format!("{host} has no {kind} address")));
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use touchstone_model::inventory::HttpSpec;

    #[test]
    fn only_what_the_inventory_names() {
        let endpoints = [("app".to_owned(), "https://Example.org/base".to_owned())].into();
        let reach = Reach::new(&TargetSpec {
            name: "t".into(),
            kind: "middleware".into(),
            tags: vec![],
            adapter: None,
            params: Default::default(),
            settings: Default::default(),
            permits: Vec::new(),
            shells: vec![],
            sql: None,
            http: Some(HttpSpec { endpoints, ..HttpSpec::default() }),
            addresses: vec!["[::1]:8080".into(), "10.0.0.1:81".into()],
            load: None,
        });
        let has = |url: &str| reach.has_origin(&Url::parse(url).unwrap());
        assert!(has("https://example.org/other?x=1") && has("https://example.org:443/"));
        assert!(has("http://[::1]:8080/") && has("http://10.0.0.1:81/"));
        assert!(!has("http://example.org/") && !has("http://example.org:443/"));
        assert!(!has("https://example.org:444/") && !has("https://example.org.evil/"));
        assert!(!has("https://example.org@evil/") && !has("file:///etc/passwd"));
        assert!(reach.has_address("::1", 8080) && reach.has_address("EXAMPLE.org", 443) && !reach.has_address("::1", 80));
    }
}
