//! Free ports on loopback, below the range that the kernel gives to outgoing connections.

use crate::LabError;
use std::collections::HashSet;
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
use std::sync::Mutex;

const FIRST: u16 = 20_000;
const LAST: u16 = 32_000;

/// Ports that this process gave out and that their service may not have bound yet.
static GIVEN: Mutex<Option<HashSet<u16>>> = Mutex::new(None);

/// A port that nobody listens on, neither on 127.0.0.1 nor on ::1, and that this process did not give out before.
pub(crate) fn free() -> Result<u16, LabError> {
    let mut given = GIVEN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let given = given.get_or_insert_with(HashSet::new);
    let span = LAST - FIRST;
    // Labs of different processes start at different places, so that they rarely try the same port at once.
    let start = u16::from_le_bytes(crate::system::random_bytes::<2>()?) % span;
    for step in 0..span {
        let port = FIRST + (start + step) % span;
        if !given.contains(&port) && is_free(port) {
            given.insert(port);
            return Ok(port);
        }
    }
    Err(LabError::NoPort)
}

fn is_free(port: u16) -> bool {
    if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err() {
        return false;
    }
    match TcpListener::bind((Ipv6Addr::LOCALHOST, port)) {
        Ok(_) => true,
        // A machine without IPv6 says so with another error than "in use".
        Err(error) => error.kind() != std::io::ErrorKind::AddrInUse,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn ports_are_below_the_ephemeral_range_and_never_given_twice() {
        let ports: Vec<u16> = (0..50).map(|_| super::free().unwrap()).collect();
        let distinct: std::collections::HashSet<_> = ports.iter().collect();
        assert_eq!(distinct.len(), ports.len());
        assert!(ports.iter().all(|port| *port < 32_768));
    }
}
