//! Names and sockets; slow connections are in `swarm`.

use super::network::{family, family_words};
use super::swarm::Swarm;
use crate::bindings::net::{Address, AttackPlan, Connecting, Exchanged, Host, HostConnection, Reading};
use crate::bindings::types::{Error, IpFamily, NetworkFailure};
use crate::hand::Hand;
use crate::observe::{Done, Pieces};
use crate::state::State;
use std::time::{Duration, Instant};
use touchstone_model::description::Need;
use touchstone_model::observation::ActResult;
use touchstone_probes::net as probe;
use touchstone_probes::secret::Stream;
use wasmtime::component::Resource;

/// No check waits longer.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// A connection that a plugin opened.
pub struct Connection {
    remote: String,
    probe: probe::Connection,
    /// A secret may come in pieces.
    received: Stream,
}

impl Host for State {
    async fn resolve(&mut self, name: String, family: Option<IpFamily>) -> wasmtime::Result<Result<Vec<String>, Error>> {
        let hand = self.hand.clone();
        Ok(hand.resolve(&name, family).await)
    }

    async fn connect(&mut self, address: Address, timeout_ms: u32) -> wasmtime::Result<Result<Connecting, Error>> {
        let hand = self.hand.clone();
        Ok(match hand.connect(address, timeout_ms, self.handles).await {
            Ok(Ok(connection)) => Ok(Connecting::Connected(self.keep(connection)?)),
            Ok(Err(failure)) => Ok(Connecting::Failed(failure)),
            Err(error) => Err(error),
        })
    }

    async fn exchange(
        &mut self,
        address: Address,
        send: Vec<u8>,
        timeout_ms: u32,
        limit: u32,
    ) -> wasmtime::Result<Result<Exchanged, Error>> {
        let hand = self.hand.clone();
        Ok(hand.exchange(address, &send, timeout_ms, limit).await)
    }

    async fn attack(&mut self, plan: AttackPlan) -> wasmtime::Result<Result<Resource<Swarm>, Error>> {
        let hand = self.hand.clone();
        Ok(match hand.attack(plan, self.handles, self.swarm_connections).await {
            Ok(swarm) => {
                self.swarm_connections += swarm.connections;
                Ok(self.keep(swarm)?)
            }
            Err(error) => Err(error),
        })
    }
}

impl HostConnection for State {
    async fn write(
        &mut self,
        connection: Resource<Connection>,
        bytes: Vec<u8>,
        timeout_ms: u32,
    ) -> wasmtime::Result<Result<Option<NetworkFailure>, Error>> {
        let hand = self.hand.clone();
        let connection = self.table.get_mut(&connection)?;
        Ok(hand.write(connection, &bytes, timeout_ms).await)
    }

    async fn read(
        &mut self,
        connection: Resource<Connection>,
        limit: u32,
        timeout_ms: u32,
    ) -> wasmtime::Result<Result<Reading, Error>> {
        let hand = self.hand.clone();
        let connection = self.table.get_mut(&connection)?;
        Ok(hand.read(connection, limit, timeout_ms).await)
    }

    async fn remote(&mut self, connection: Resource<Connection>) -> wasmtime::Result<String> {
        Ok(self.table.get(&connection)?.remote.clone())
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.give_up(connection)?;
        Ok(())
    }
}

impl Connection {
    /// Reads until there is something that can be given out.
    async fn read(&mut self, limit: usize, timeout: Duration) -> probe::Reading {
        let until = Instant::now() + timeout.min(LONGEST);
        loop {
            match self.probe.read(limit, until.saturating_duration_since(Instant::now())).await {
                probe::Reading::Bytes(bytes) => match self.received.push(&bytes) {
                    clean if clean.is_empty() => {}
                    clean => return probe::Reading::Bytes(clean),
                },
                nothing => return nothing,
            }
        }
    }
}

impl Hand {
    async fn resolve(&self, name: &str, family: Option<IpFamily>) -> Result<Vec<String>, Error> {
        let act = self.begin(&Need::Net, &format!("resolve {name}{}", family_words(family)))?;
        act.settle(self.try_resolve(name, family).await)
    }

    async fn try_resolve(&self, name: &str, asked: Option<IpFamily>) -> Result<Done<Vec<String>>, Error> {
        self.check_size("a name", name.len())?;
        let found = self.run.target.net().resolve(name, asked.map(family)).await.map_err(|error| self.told(error))?;
        let pieces = Pieces::default().with("addresses", found.join("\n").as_bytes(), false);
        // The harness's own resolver answered, not the target.
        let seen = ActResult::Local { amount: found.len() as u64 };
        Ok((found, Some((seen, pieces))))
    }

    async fn connect(&self, address: Address, timeout_ms: u32, open: usize) -> Result<Result<Connection, NetworkFailure>, Error> {
        let act = self.begin_opening(&Need::Net, &format!("connect to {}", name(&address)), open)?;
        act.settle(self.try_connect(address, timeout_ms).await)
    }

    async fn try_connect(&self, address: Address, timeout_ms: u32) -> Result<Done<Result<Connection, NetworkFailure>>, Error> {
        let timeout = self.time(Some(timeout_ms), Duration::MAX);
        let address = self.address(address)?;
        match self.run.target.net().connect(&address, timeout).await.map_err(|error| self.told(error))? {
            probe::Connecting::Connected(probe) => {
                let remote = probe.remote();
                let pieces = Pieces::default().with("remote", remote.as_bytes(), false);
                let received = Stream::new(self.run.target.redactor().clone());
                Ok((Ok(Connection { remote, probe, received }), Some((ActResult::Done { amount: 1 }, pieces))))
            }
            probe::Connecting::Failed(failure) => {
                let (seen, told) = self.failure(failure);
                Ok((Err(told), Some((seen, Pieces::default()))))
            }
        }
    }

    async fn exchange(&self, address: Address, send: &[u8], timeout_ms: u32, limit: u32) -> Result<Exchanged, Error> {
        let act = self.begin(&Need::Net, &format!("send {} bytes to {} and read", send.len(), name(&address)))?;
        act.settle(self.try_exchange(address, send, timeout_ms, limit).await)
    }

    async fn try_exchange(&self, address: Address, send: &[u8], timeout_ms: u32, limit: u32) -> Result<Done<Exchanged>, Error> {
        self.check_content("bytes to send", send.len())?;
        let (timeout, limit) = (self.time(Some(timeout_ms), Duration::MAX), self.output_limit(Some(limit)));
        let address = self.address(address)?;
        let pieces = Pieces::default().with("sent", &self.clean(send), false);
        let exchanged = self.run.target.net().exchange(&address, send, timeout, limit).await;
        match exchanged.map_err(|error| self.told(error))? {
            probe::Exchanged::Answered(bytes) => {
                let cut = bytes.len() >= limit;
                let bytes = self.clean_cut(&bytes, cut);
                let pieces = pieces.with("received", &bytes, cut);
                let seen = ActResult::Done { amount: bytes.len() as u64 };
                Ok((Exchanged::Answered(bytes), Some((seen, pieces))))
            }
            probe::Exchanged::Failed(failure) => {
                let (seen, told) = self.failure(failure);
                Ok((Exchanged::Failed(told), Some((seen, pieces))))
            }
        }
    }

    async fn write(&self, connection: &mut Connection, bytes: &[u8], timeout_ms: u32) -> Result<Option<NetworkFailure>, Error> {
        let act = self.begin(&Need::Net, &format!("write {} bytes to {}", bytes.len(), connection.remote))?;
        act.settle(self.try_write(connection, bytes, timeout_ms).await)
    }

    async fn try_write(
        &self,
        connection: &mut Connection,
        bytes: &[u8],
        timeout_ms: u32,
    ) -> Result<Done<Option<NetworkFailure>>, Error> {
        self.check_content("bytes to send", bytes.len())?;
        let timeout = self.time(Some(timeout_ms), Duration::MAX);
        let pieces = Pieces::default().with("sent", &self.clean(bytes), false);
        match connection.probe.write(bytes, timeout).await {
            Ok(()) => Ok((None, Some((ActResult::Local { amount: bytes.len() as u64 }, pieces)))),
            Err(failure) => {
                let (seen, told) = self.failure(failure);
                Ok((Some(told), Some((seen, pieces))))
            }
        }
    }

    async fn read(&self, connection: &mut Connection, limit: u32, timeout_ms: u32) -> Result<Reading, Error> {
        let act = self.begin(&Need::Net, &format!("read from {}", connection.remote))?;
        act.settle(self.try_read(connection, limit, timeout_ms).await)
    }

    async fn try_read(&self, connection: &mut Connection, limit: u32, timeout_ms: u32) -> Result<Done<Reading>, Error> {
        let (timeout, limit) = (self.time(Some(timeout_ms), Duration::MAX), self.output_limit(Some(limit)));
        let reading = match connection.read(limit, timeout).await {
            probe::Reading::Bytes(bytes) => probe::Reading::Bytes(bytes),
            // Nothing more comes for now: what was held back is all there is.
            nothing if connection.received.is_holding() => {
                tracing::trace!(?nothing, "what was held back is given out");
                probe::Reading::Bytes(connection.received.flush())
            }
            nothing => nothing,
        };
        match reading {
            probe::Reading::Bytes(bytes) => {
                let seen = ActResult::Done { amount: bytes.len() as u64 };
                let pieces = Pieces::default().with("received", &bytes, false);
                Ok((Reading::Bytes(bytes), Some((seen, pieces))))
            }
            probe::Reading::End => Ok((Reading::End, Some((ActResult::Done { amount: 0 }, Pieces::default())))),
            probe::Reading::Failed(failure) => {
                let (seen, told) = self.failure(failure);
                Ok((Reading::Failed(told), Some((seen, Pieces::default()))))
            }
        }
    }

    pub(super) fn address(&self, address: Address) -> Result<probe::Address, Error> {
        self.check_size("a name", address.host.len())?;
        Ok(probe::Address { host: address.host, port: address.port, family: address.family.map(family) })
    }
}

pub(super) fn name(address: &Address) -> String {
    let host = if address.host.contains(':') { format!("[{}]", address.host) } else { address.host.clone() };
    format!("{host}:{}{}", address.port, family_words(address.family))
}
