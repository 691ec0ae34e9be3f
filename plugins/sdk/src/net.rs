//! Names, sockets and attacks of many connections, and the little URL reading they need.

pub use crate::bindings::touchstone::contract::net::{
    Abuse, Address, AttackPlan, Connecting, Connection, Exchanged, Habit, Reading, Swarm, SwarmStatus, attack, connect, exchange,
    resolve,
};
pub use crate::bindings::touchstone::contract::types::{IpFamily, NetworkFailure};

/// Where a URL leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// http or https.
    pub scheme: String,
    /// A name or a literal address, without brackets.
    pub host: String,
    /// Given, or the scheme's own.
    pub port: u16,
    /// Path and query, at least `/`.
    pub path: String,
}

impl Place {
    /// Reads an absolute URL; nothing when it is none.
    pub fn of(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let cut = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(cut);
        let authority = authority.rsplit('@').next()?;
        let (host, port) = match authority.strip_prefix('[') {
            Some(literal) => {
                let (host, tail) = literal.split_once(']')?;
                (host, tail.strip_prefix(':'))
            }
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        let port = match (port, scheme) {
            (Some(port), _) => port.parse().ok()?,
            (None, "https") => 443,
            (None, "http") => 80,
            _ => return None,
        };
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        (!host.is_empty()).then(|| Self { scheme: scheme.into(), host: host.into(), port, path })
    }

    /// The same place at another host, which may be a literal address.
    pub fn at(&self, host: &str) -> String {
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        format!("{}://{host}:{}{}", self.scheme, self.port, self.path)
    }

    /// The host is a literal address, not a name.
    pub fn is_literal(&self) -> bool {
        self.host.parse::<std::net::IpAddr>().is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn fuzz_addresses() {
        let seeds: [&[u8]; 3] = [b"https://user@app.example:8443/x?y", b"http://[::1]:80", b"http://a?b"];
        touchstone_fuzz::fuzz(&seeds, &["://", "@", "[", "]", ":", "/", "?", "65536", "https"], |input| {
            Place::of(&String::from_utf8_lossy(input)).map(|place| (place.port, place.host.is_empty(), place.path.len().min(9)))
        });
    }

    #[test]
    fn urls_are_read_and_moved() {
        let place = Place::of("http://localhost:8080/app?x=1").expect("a URL");
        assert_eq!((place.host.as_str(), place.port, place.path.as_str()), ("localhost", 8080, "/app?x=1"));
        assert_eq!(place.at("::1"), "http://[::1]:8080/app?x=1");
        let literal = Place::of("https://[::1]/").expect("a URL");
        assert_eq!((literal.host.as_str(), literal.port), ("::1", 443));
        assert!(literal.is_literal() && !place.is_literal());
        assert_eq!(Place::of("http://a?b").expect("a URL").path, "/?b");
    }

    #[test]
    fn nonsense_is_no_place() {
        for url in ["", "host:80", "http://", "http://h:port/", "ftp://h/", "http://[::1"] {
            assert_eq!(Place::of(url), None, "{url}");
        }
    }
}
