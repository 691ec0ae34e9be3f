//! OpenSSH's file of known hosts: plain and hashed names, patterns, `[host]:port`, revoked keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use std::path::Path;

/// What the file says of a host's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is the one recorded.
    Known,
    /// Nothing is recorded that could be compared.
    Unknown,
    /// Another key of the same type is recorded, in this line.
    Changed(usize),
    /// Marked as revoked, in this line.
    Revoked(usize),
}

/// The lines that concern one host.
pub(super) struct Records(Vec<Record>);

struct Record {
    line: usize,
    revoked: bool,
    kind: String,
    key: Vec<u8>,
}

impl Records {
    /// Reads what is recorded of `host`.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn read(file: &Path, host: &str, port: u16) -> std::io::Result<Self> {
        Ok(Self::parse(&String::from_utf8_lossy(&std::fs::read(file)?), host, port))
    }

    pub(super) fn parse(content: &str, host: &str, port: u16) -> Self {
        let host = host.to_ascii_lowercase();
        let name = if port == 22 { host } else { format!("[{host}]:{port}") };
        let mut records = Vec::new();
        for (number, line) in content.lines().enumerate() {
            let mut words = line.split_ascii_whitespace().peekable();
            if words.peek().is_none_or(|word| word.starts_with('#')) {
                continue;
            }
            let marker = words.next_if(|word| word.starts_with('@'));
            // Certificates of hosts are not asked for, so their authorities have nothing to say.
            if marker.is_some_and(|marker| marker != "@revoked") {
                continue;
            }
            let (Some(names), Some(kind), Some(key)) = (words.next(), words.next(), words.next()) else { continue };
            let Ok(key) = STANDARD.decode(key) else { continue };
            if concerns(names, &name) {
                records.push(Record { line: number + 1, revoked: marker.is_some(), kind: kind.to_owned(), key });
            }
        }
        Self(records)
    }

    /// Compares a key, in its wire format, with what is recorded.
    pub(super) fn standing(&self, kind: &str, key: &[u8]) -> Standing {
        if let Some(record) = self.0.iter().find(|record| record.revoked && record.key == key) {
            return Standing::Revoked(record.line);
        }
        let mut valid = self.0.iter().filter(|record| !record.revoked);
        if valid.clone().any(|record| record.key == key) {
            return Standing::Known;
        }
        valid.find(|record| record.kind == kind).map_or(Standing::Unknown, |record| Standing::Changed(record.line))
    }

    /// Whether a key of this type is recorded; such types are asked for first.
    pub(super) fn has(&self, kind: &str) -> bool {
        self.0.iter().any(|record| !record.revoked && record.kind == kind)
    }
}

fn concerns(names: &str, host: &str) -> bool {
    let mut found = false;
    for pattern in names.split(',') {
        if let Some(not) = pattern.strip_prefix('!') {
            if matches(not, host) {
                return false;
            }
        } else if matches(pattern, host) {
            found = true;
        }
    }
    found
}

fn matches(pattern: &str, host: &str) -> bool {
    if let Some(hashed) = pattern.strip_prefix("|1|") {
        let Some((salt, hash)) = hashed.split_once('|') else { return false };
        let (Ok(salt), Ok(hash)) = (STANDARD.decode(salt), STANDARD.decode(hash)) else { return false };
        return Hmac::<Sha1>::new_from_slice(&salt).is_ok_and(|mac| mac.chain_update(host).verify_slice(&hash).is_ok());
    }
    glob(pattern.to_ascii_lowercase().as_bytes(), host.as_bytes())
}

/// `*` and `?`, in time that grows with the lengths only, however many stars there are.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut next) = (0, 0);
    // Where to go on after the last star, should what follows it not fit: one letter further.
    let mut star: Option<(usize, usize)> = None;
    while next < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at + 1, next));
                at += 1;
            }
            Some(letter) if *letter == b'?' || *letter == text[next] => {
                at += 1;
                next += 1;
            }
            _ => {
                let Some((after, from)) = star else { return false };
                star = Some((after, from + 1));
                (at, next) = (after, from + 1);
            }
        }
    }
    pattern[at..].iter().all(|letter| *letter == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(file: &str, host: &str, port: u16, key: &[u8]) -> Standing {
        Records::parse(file, host, port).standing("ssh-ed25519", key)
    }

    #[test]
    fn plain_names_ports_and_patterns() {
        let good = STANDARD.encode("good");
        let file = format!("# a comment\na.example,[b.example]:2222 ssh-ed25519 {good} x\n*.lan,!bad.lan\tssh-ed25519\t{good}\n");
        assert_eq!(standing(&file, "A.example", 22, b"good"), Standing::Known);
        assert_eq!(standing(&file, "a.example", 2222, b"good"), Standing::Unknown);
        assert_eq!(standing(&file, "b.example", 2222, b"good"), Standing::Known);
        assert_eq!(standing(&file, "x.lan", 22, b"good"), Standing::Known);
        assert_eq!(standing(&file, "bad.lan", 22, b"good"), Standing::Unknown);
        assert_eq!(standing(&file, "a.example", 22, b"other"), Standing::Changed(2));
    }

    #[test]
    fn a_second_key_of_the_host_is_known_too() {
        let (old, new) = (STANDARD.encode("old"), STANDARD.encode("new"));
        let file = format!("h ssh-ed25519 {old}\nh ssh-ed25519 {new}\n@revoked * ssh-ed25519 {old}\n");
        assert_eq!(standing(&file, "h", 22, b"new"), Standing::Known);
        assert_eq!(standing(&file, "h", 22, b"old"), Standing::Revoked(3));
    }

    #[test]
    fn hashed_names() {
        let mac = Hmac::<Sha1>::new_from_slice(b"salt").unwrap().chain_update("[h]:2200").finalize().into_bytes();
        let file = format!("|1|{}|{} ssh-ed25519 {}", STANDARD.encode("salt"), STANDARD.encode(mac), STANDARD.encode("good"));
        assert_eq!(standing(&file, "h", 2200, b"good"), Standing::Known);
        assert_eq!(standing(&file, "h", 22, b"good"), Standing::Unknown);
    }
}
