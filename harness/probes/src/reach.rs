//! Which addresses of the network belong to a target.

use crate::{Family, NetworkFailure};
use std::collections::HashSet;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use touchstone_model::inventory::TargetSpec;
use url::Url;

/// The hosts and ports that the inventory names for a target; nothing else is ever spoken to.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    /// Scheme, host, port of HTTP endpoints.
    origins: HashSet<(String, String, u16)>,
    addresses: HashSet<(String, u16)>,
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

    pub(crate) fn has_host(&self, host: &str) -> bool {
        let host = plain(host);
        self.addresses.iter().any(|(known, _)| *known == host)
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

/// Addresses of a name, of one family where one is asked for, in the system's order.
pub(crate) async fn resolve(host: &str, port: u16, family: Option<Family>) -> Result<Vec<SocketAddr>, NetworkFailure> {
    let host = plain(host);
    let found: Vec<SocketAddr> = match host.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, port)],
        Err(_) => tokio::net::lookup_host((host.as_str(), port))
            .await
            .map_err(|error| NetworkFailure::Resolution(format!("{host}: {error}")))?
            .collect(),
    };
    let mut wanted: Vec<SocketAddr> = Vec::new();
    for address in found {
        let fits = family.is_none_or(|family| (family == Family::V4) == address.is_ipv4());
        if fits && !wanted.contains(&address) {
            wanted.push(address);
        }
    }
    // This name means both loopback addresses (RFC 6761, section 6.3), also where the hosts file lists one only.
    if let (true, "localhost", Some(family)) = (wanted.is_empty(), host.as_str(), family) {
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
