//! Many connections that say little and slowly.

use super::{Address, limits};
use crate::reach;
use crate::{NetworkFailure, ProbeError};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Most connections of one swarm: fewer than one machine has ports for.
const MOST: u32 = 20_000;
/// Connections being opened at the same time: more would overflow the queues of ordinary listeners.
const AT_ONCE: usize = 64;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Many connections that say `opening` and then, every `interval`, one more `drip`, until stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlowPlan {
    /// Where to.
    pub address: Address,
    /// How many.
    pub connections: u32,
    /// Said at once.
    pub opening: Vec<u8>,
    /// Said again and again; empty: nothing more is said.
    pub drip: Vec<u8>,
    /// Time between drips.
    pub interval: Duration,
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
}

/// A running swarm; its connections are closed when it is dropped.
#[derive(Debug)]
pub struct Swarm {
    began: Instant,
    asked: u32,
    tally: Arc<Mutex<Tally>>,
    tasks: JoinSet<()>,
}

#[derive(Debug, Default)]
struct Tally {
    /// When each connection came to stand and, once over, how long it lived.
    lives: Vec<(Instant, Option<Duration>)>,
    refused: u32,
}

impl Swarm {
    pub(super) async fn start(plan: SlowPlan) -> Result<Self, ProbeError> {
        if plan.connections > MOST {
            return Err(ProbeError::Limit(format!("{} connections; at most {MOST} are made", plan.connections)));
        }
        if plan.interval.is_zero() {
            return Err(ProbeError::Invalid("an interval of 0 ms between drips".to_owned()));
        }
        let target = &plan.address;
        let addresses = reach::resolve(&target.host, target.port, target.family).await;
        let address = match addresses {
            Ok(addresses) => answering(addresses).await,
            Err(NetworkFailure::Resolution(why)) => return Err(ProbeError::Lost(why)),
            Err(failure) => return Err(ProbeError::Lost(failure.to_string())),
        };
        let Some(address) = address else { return Err(ProbeError::Lost(format!("{} has no address", target.host))) };
        limits::allow_sockets(plan.connections)?;
        let (tally, doors) = (Arc::new(Mutex::new(Tally::default())), Arc::new(Semaphore::new(AT_ONCE)));
        let (asked, plan) = (plan.connections, Arc::new(plan));
        let mut tasks = JoinSet::new();
        for _ in 0..asked {
            tasks.spawn(one(address, plan.clone(), tally.clone(), doors.clone()));
        }
        Ok(Self { began: Instant::now(), asked, tally, tasks })
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

async fn one(address: SocketAddr, plan: Arc<SlowPlan>, tally: Arc<Mutex<Tally>>, doors: Arc<Semaphore>) {
    let lock = || tally.lock().unwrap_or_else(PoisonError::into_inner);
    let stream = {
        let Ok(_door) = doors.acquire().await else { return };
        tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await
    };
    let Ok(Ok(mut stream)) = stream else {
        lock().refused += 1;
        return;
    };
    let since = Instant::now();
    let number = {
        let mut tally = lock();
        tally.lives.push((since, None));
        tally.lives.len() - 1
    };
    let _ = stream.set_nodelay(true);
    talk(&mut stream, &plan).await;
    lock().lives[number].1 = Some(since.elapsed());
}

/// Returns when the other side ended the connection.
async fn talk(stream: &mut TcpStream, plan: &SlowPlan) {
    let (mut from, mut to) = stream.split();
    let listen = async {
        let mut buffer = [0_u8; 4096];
        while from.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
    };
    let speak = async {
        if to.write_all(&plan.opening).await.is_err() {
            return;
        }
        let mut interval = tokio::time::interval(plan.interval);
        interval.tick().await;
        loop {
            interval.tick().await;
            if to.write_all(&plan.drip).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = listen => {}
        () = speak => {}
    }
}
