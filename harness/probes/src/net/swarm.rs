//! Many connections that mean no good: slow ones, idle ones, ones that bend the protocol.

use super::habit::{Habit, Volume, keep};
use super::http2::Site;
use super::{Address, limits};
use crate::reach::Reach;
use crate::{NetworkFailure, ProbeError};
use rustls::pki_types::ServerName;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Most connections of one swarm: fewer than one machine has ports for.
const MOST: u32 = 20_000;
/// Connections being opened at the same time: more would overflow the queues of ordinary listeners.
const AT_ONCE: usize = 64;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// An attack ends by itself after this time, whatever became of whoever began it.
const LONGEST: Duration = Duration::from_secs(300);
/// Receive buffer of a connection that reads slowly: with the usual one the system would read for it.
const SMALL_BUFFER: u32 = 4096;

/// Many connections that say `opening` and then keep to their habit, until stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwarmPlan {
    /// Where to.
    pub address: Address,
    /// How many.
    pub connections: u32,
    /// Said at once.
    pub opening: Vec<u8>,
    /// What each does after that.
    pub habit: Habit,
    /// Time between two acts of a connection.
    pub interval: Duration,
    /// Speak TLS, offering these protocols (ALPN); empty: plain.
    pub tls: Vec<String>,
    /// Path that requests of HTTP/2 name.
    pub path: String,
}

/// How a swarm fares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SwarmStatus {
    /// Since it began.
    pub elapsed: Duration,
    /// Connections asked for.
    pub asked: u32,
    /// Ever connected.
    pub connected: u32,
    /// Open right now.
    pub open: u32,
    /// Ended by the target.
    pub ended: u32,
    /// Could not be made: refused, reset or not answered.
    pub refused: u32,
    /// From connecting to the end, over those that ended.
    pub longest_life: Option<Duration>,
    /// From connecting to the end, over those that ended.
    pub shortest_life: Option<Duration>,
    /// How long the oldest connection still open has lived.
    pub oldest_open: Option<Duration>,
    /// Bytes that all connections sent (before TLS).
    pub sent: u64,
    /// Bytes that all connections received (after TLS).
    pub received: u64,
}

/// A running swarm; its connections are closed when it is dropped.
#[derive(Debug)]
pub struct Swarm {
    began: Instant,
    asked: u32,
    tally: Arc<Mutex<Tally>>,
    volume: Arc<Volume>,
    tasks: JoinSet<()>,
}

/// What all connections share.
struct Common {
    address: SocketAddr,
    plan: SwarmPlan,
    site: Site,
    tls: Option<(tokio_rustls::TlsConnector, ServerName<'static>)>,
    tally: Arc<Mutex<Tally>>,
    volume: Arc<Volume>,
    doors: Semaphore,
}

#[derive(Debug, Default)]
struct Tally {
    /// When each connection came to stand and, once over, how long it lived.
    lives: Vec<(Instant, Option<Duration>)>,
    refused: u32,
}

impl Swarm {
    pub(super) async fn start(plan: SwarmPlan, tls: Option<rustls::ClientConfig>, reach: &Reach) -> Result<Self, ProbeError> {
        if plan.connections > MOST {
            return Err(ProbeError::Limit(format!("{} connections; at most {MOST} are made", plan.connections)));
        }
        if plan.interval.is_zero() {
            return Err(ProbeError::Invalid("an interval of 0 ms".to_owned()));
        }
        let target = &plan.address;
        let addresses = reach.resolve(&target.host, target.port, target.family).await;
        let address = match addresses {
            Ok(addresses) => answering(addresses).await,
            Err(NetworkFailure::Resolution(why)) => return Err(ProbeError::Lost(why)),
            Err(failure) => return Err(ProbeError::Lost(failure.to_string())),
        };
        let Some(address) = address else { return Err(ProbeError::Lost(format!("{} has no address", target.host))) };
        let tls = match tls {
            Some(config) => {
                let name = ServerName::try_from(target.host.clone());
                let name = name.map_err(|error| ProbeError::Invalid(format!("{}: {error}", target.host)))?;
                Some((tokio_rustls::TlsConnector::from(Arc::new(config)), name))
            }
            None => None,
        };
        limits::allow_sockets(plan.connections)?;
        let host = if target.host.contains(':') { format!("[{}]", target.host) } else { target.host.clone() };
        let site = Site { authority: format!("{host}:{}", target.port), path: plan.path.clone(), secure: tls.is_some() };
        let (tally, volume, asked) = (Arc::new(Mutex::new(Tally::default())), Arc::new(Volume::default()), plan.connections);
        let doors = Semaphore::new(AT_ONCE);
        let common = Arc::new(Common { address, plan, site, tls, tally: tally.clone(), volume: volume.clone(), doors });
        let mut tasks = JoinSet::new();
        for _ in 0..asked {
            let common = common.clone();
            tasks.spawn(async move { drop(tokio::time::timeout(LONGEST, common.one()).await) });
        }
        Ok(Self { began: Instant::now(), asked, tally, volume, tasks })
    }

    /// How it fares at this moment.
    pub fn status(&self) -> SwarmStatus {
        let tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = || tally.lives.iter().filter_map(|(_, life)| *life);
        let open = || tally.lives.iter().filter(|(_, life)| life.is_none()).map(|(since, _)| since.elapsed());
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        SwarmStatus {
            elapsed: self.began.elapsed(),
            asked: self.asked,
            connected: number(tally.lives.len()),
            open: number(open().count()),
            ended: number(ended().count()),
            refused: tally.refused,
            longest_life: ended().max(),
            shortest_life: ended().min(),
            oldest_open: open().max(),
            sent: self.volume.sent.load(Ordering::Relaxed),
            received: self.volume.received.load(Ordering::Relaxed),
        }
    }

    /// Closes what is open; the status is the one just before.
    pub async fn stop(mut self) -> SwarmStatus {
        let status = self.status();
        self.tasks.shutdown().await;
        status
    }
}

/// The first address that accepts a connection, else the first.
async fn answering(addresses: Vec<SocketAddr>) -> Option<SocketAddr> {
    if let [only] = addresses.as_slice() {
        return Some(*only);
    }
    for address in &addresses {
        if let Ok(Ok(_)) = tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
            return Some(*address);
        }
    }
    addresses.first().copied()
}

impl Common {
    async fn one(&self) {
        let lock = || self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        let stream = {
            let Ok(_door) = self.doors.acquire().await else { return };
            tokio::time::timeout(CONNECT_TIMEOUT, self.connect()).await
        };
        let Ok(Ok(stream)) = stream else {
            lock().refused += 1;
            return;
        };
        let since = Instant::now();
        let number = {
            let mut tally = lock();
            tally.lives.push((since, None));
            tally.lives.len() - 1
        };
        let SwarmPlan { opening, habit, interval, .. } = &self.plan;
        match &self.tls {
            None => keep(stream, opening, habit, *interval, &self.site, &self.volume).await,
            // The handshake counts as part of the connection's life.
            Some((connector, name)) => {
                if let Ok(stream) = connector.connect(name.clone(), stream).await {
                    keep(stream, opening, habit, *interval, &self.site, &self.volume).await;
                }
            }
        }
        lock().lives[number].1 = Some(since.elapsed());
    }

    async fn connect(&self) -> std::io::Result<TcpStream> {
        let socket = if self.address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        if matches!(self.plan.habit, Habit::Sip(_)) {
            socket.set_recv_buffer_size(SMALL_BUFFER)?;
        }
        let stream = socket.connect(self.address).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}
