//! A listener in threads of its own, closed with everything it accepted when it is dropped.

use crate::LabError;
use crate::error::Doing;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Debug)]
pub(super) struct Listening {
    addresses: Vec<SocketAddr>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    over: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Listening {
    /// Serves each connection in a thread; `each` is told over which family it came.
    pub(super) fn start(
        port: u16,
        families: &[IpAddr],
        each: impl Fn(TcpStream, IpAddr) + Send + Sync + 'static,
    ) -> Result<Self, LabError> {
        let (each, shared) = (Arc::new(each), Arc::new(Shared::default()));
        let mut addresses = Vec::new();
        for family in families.iter().copied() {
            let address = SocketAddr::new(family, port);
            let listener = TcpListener::bind(address).doing(|| format!("listening on {address}"))?;
            addresses.push(address);
            let (each, shared) = (Arc::clone(&each), Arc::clone(&shared));
            std::thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    if shared.over.load(Ordering::SeqCst) {
                        return;
                    }
                    if let Ok(copy) = stream.try_clone() {
                        shared.lock().push(copy);
                    }
                    let each = Arc::clone(&each);
                    std::thread::spawn(move || each(stream, family));
                }
            });
        }
        Ok(Self { addresses, shared })
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<TcpStream>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
        for stream in self.shared.lock().drain(..) {
            // One that is closed already is what was wanted.
            let _ = stream.shutdown(Shutdown::Both);
        }
        for address in &self.addresses {
            // Wakes the listener, which then ends.
            let _ = TcpStream::connect(address);
        }
    }
}

pub(super) const BOTH: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
pub(super) const V4: [IpAddr; 1] = [IpAddr::V4(Ipv4Addr::LOCALHOST)];
