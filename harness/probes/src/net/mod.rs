//! Names, sockets and attacks of many connections, with the target's own addresses only.

mod habit;
mod http2;
mod limits;
mod swarm;

pub use habit::Habit;
pub use swarm::{Swarm, SwarmPlan, SwarmStatus};

use crate::reach::{self, Reach};
use crate::tls::{self, Trust};
use crate::{Family, NetworkFailure, ProbeError};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use touchstone_model::inventory::{DENIAL_OF_SERVICE, HttpSpec, TargetSpec};

/// Where to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Only addresses of this family.
    pub family: Option<Family>,
}

/// What came of connecting.
#[derive(Debug)]
pub enum Connecting {
    /// It stands.
    Connected(Connection),
    /// It does not, and why.
    Failed(NetworkFailure),
}

/// What came of reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// At least one byte.
    Bytes(Vec<u8>),
    /// The other side closed.
    End,
    /// Neither, and why.
    Failed(NetworkFailure),
}

/// What came of an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exchanged {
    /// What was read.
    Answered(Vec<u8>),
    /// Nothing, and why.
    Failed(NetworkFailure),
}

/// Sockets to one target.
#[derive(Debug)]
pub struct Net {
    reach: Arc<Reach>,
    /// Whether the inventory permits attacks.
    attackable: bool,
    /// The target's certificates are checked as for HTTP.
    http: Option<HttpSpec>,
    /// Addresses that names of the target resolved to: they belong to it as well.
    resolved: Mutex<HashMap<String, String>>,
}

impl Net {
    pub(crate) fn new(spec: &TargetSpec, reach: Arc<Reach>) -> Self {
        let attackable = spec.permits.iter().any(|word| word == DENIAL_OF_SERVICE);
        Self { reach, attackable, http: spec.http.clone(), resolved: Mutex::default() }
    }

    /// Addresses of a name; empty when it has none (of that family).
    ///
    /// # Errors
    /// The name is none of the target's, or nobody could be asked.
    pub async fn resolve(&self, name: &str, family: Option<Family>) -> Result<Vec<String>, ProbeError> {
        if !self.reach.has_host(name) {
            return Err(ProbeError::Denied(format!("{name} is no host of the target")));
        }
        let found: Vec<String> = match self.reach.resolve(name, 0, family).await {
            Ok(addresses) => addresses.iter().map(|address| address.ip().to_string()).collect(),
            Err(_) => Vec::new(),
        };
        let mut resolved = self.resolved.lock().unwrap_or_else(PoisonError::into_inner);
        resolved.extend(found.iter().map(|address| (address.clone(), reach::plain(name))));
        Ok(found)
    }

    /// Connects within the time.
    ///
    /// # Errors
    /// The address is none of the target's.
    pub async fn connect(&self, address: &Address, timeout: Duration) -> Result<Connecting, ProbeError> {
        self.check(address)?;
        Ok(match open(&self.reach, address, timeout).await {
            Ok((stream, remote)) => Connecting::Connected(Connection { stream, remote }),
            Err(failure) => Connecting::Failed(failure),
        })
    }

    /// Connects, sends, and reads until the other side closes or `limit` bytes or the time are reached. Silence until the time
    /// is over is a failure; what had come until then is an answer.
    ///
    /// # Errors
    /// The address is none of the target's.
    pub async fn exchange(
        &self,
        address: &Address,
        send: &[u8],
        timeout: Duration,
        limit: usize,
    ) -> Result<Exchanged, ProbeError> {
        let until = Instant::now() + timeout;
        let mut connection = match self.connect(address, timeout).await? {
            Connecting::Connected(connection) => connection,
            Connecting::Failed(failure) => return Ok(Exchanged::Failed(failure)),
        };
        let left = || until.saturating_duration_since(Instant::now());
        if let Err(failure) = connection.write(send, left()).await {
            return Ok(Exchanged::Failed(failure));
        }
        let mut answer = Vec::new();
        while answer.len() < limit {
            match connection.read(limit - answer.len(), left()).await {
                Reading::Bytes(bytes) => answer.extend(bytes),
                Reading::End => break,
                Reading::Failed(failure) if answer.is_empty() => return Ok(Exchanged::Failed(failure)),
                Reading::Failed(_) => break,
            }
        }
        Ok(Exchanged::Answered(answer))
    }

    /// Begins an attack of many connections; returns at once. It ends when the swarm is dropped, or by itself after five
    /// minutes.
    ///
    /// # Errors
    /// The inventory does not permit attacks on the target, the address is none of the target's, there are too many, or its
    /// name cannot be resolved.
    pub async fn attack(&self, plan: SwarmPlan) -> Result<Swarm, ProbeError> {
        self.check(&plan.address)?;
        if !self.attackable {
            return Err(ProbeError::Denied(format!(
                "the inventory does not permit attacks on this target; where its owner agrees: permits = [\"{DENIAL_OF_SERVICE}\"]"
            )));
        }
        let tls = if plan.tls.is_empty() { None } else { Some(self.tls(&plan.tls)?) };
        Swarm::start(plan, tls, &self.reach).await
    }

    fn tls(&self, protocols: &[String]) -> Result<rustls::ClientConfig, ProbeError> {
        let mut config = tls::client(&Trust::of(self.http.as_ref()))?;
        config.alpn_protocols = protocols.iter().map(|name| name.clone().into_bytes()).collect();
        Ok(config)
    }

    fn check(&self, address: &Address) -> Result<(), ProbeError> {
        let host = reach::plain(&address.host);
        let name = self.resolved.lock().unwrap_or_else(PoisonError::into_inner).get(&host).cloned();
        let known = self.reach.has_address(&host, address.port);
        if known || name.is_some_and(|name| self.reach.has_address(&name, address.port)) {
            return Ok(());
        }
        Err(ProbeError::Denied(format!("{}:{} is no address of the target", address.host, address.port)))
    }
}

pub(crate) async fn open(reach: &Reach, address: &Address, timeout: Duration) -> Result<(TcpStream, SocketAddr), NetworkFailure> {
    let work = async {
        let mut failure = NetworkFailure::Resolution(format!("{} has no address", address.host));
        for candidate in reach.resolve(&address.host, address.port, address.family).await? {
            match TcpStream::connect(candidate).await {
                Ok(stream) => {
                    let _ = stream.set_nodelay(true);
                    return Ok((stream, candidate));
                }
                Err(error) => failure = NetworkFailure::of_io(&error, "connect"),
            }
        }
        Err(failure)
    };
    tokio::time::timeout(timeout, work).await.unwrap_or_else(|_| Err(NetworkFailure::TimedOut("connect".to_owned())))
}

/// One connection; closed when dropped.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    remote: SocketAddr,
}

impl Connection {
    /// Writes all of it.
    ///
    /// # Errors
    /// How the other side or the time kept it from being written.
    pub async fn write(&mut self, bytes: &[u8], timeout: Duration) -> Result<(), NetworkFailure> {
        match tokio::time::timeout(timeout, self.stream.write_all(bytes)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(NetworkFailure::of_io(&error, "write")),
            Err(_) => Err(NetworkFailure::TimedOut("write".to_owned())),
        }
    }

    /// Reads what is there, at most `limit` bytes (at least one is asked for).
    pub async fn read(&mut self, limit: usize, timeout: Duration) -> Reading {
        let mut buffer = vec![0_u8; limit.clamp(1, 1024 * 1024)];
        match tokio::time::timeout(timeout, self.stream.read(&mut buffer)).await {
            Ok(Ok(0)) => Reading::End,
            Ok(Ok(read)) => {
                buffer.truncate(read);
                Reading::Bytes(buffer)
            }
            Ok(Err(error)) => Reading::Failed(NetworkFailure::of_io(&error, "read")),
            Err(_) => Reading::Failed(NetworkFailure::TimedOut("read".to_owned())),
        }
    }

    /// Address and port really spoken to.
    pub fn remote(&self) -> String {
        self.remote.to_string()
    }
}
