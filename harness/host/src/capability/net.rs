//! Names, sockets and many slow connections.

use super::network::{family, family_words};
use crate::bindings::net::{Address, Connecting, Exchanged, Host, HostConnection, HostSwarm, Reading, SlowPlan, SwarmStatus};
use crate::bindings::types::{Error, IpFamily, NetworkFailure};
use crate::hand::Hand;
use crate::observe::{Done, Pieces};
use crate::state::State;
use std::time::Duration;
use touchstone_model::description::Need;
use touchstone_model::observation::ActResult;
use touchstone_probes::net as probe;
use wasmtime::component::Resource;

/// A connection that a plugin opened.
pub struct Connection {
    remote: String,
    probe: probe::Connection,
}

/// Slow connections that a plugin opened.
pub struct Swarm {
    name: String,
    connections: u32,
    probe: Option<probe::Swarm>,
    /// How they had fared when they were stopped.
    last: Option<SwarmStatus>,
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

    async fn slow_connections(&mut self, plan: SlowPlan) -> wasmtime::Result<Result<Resource<Swarm>, Error>> {
        let hand = self.hand.clone();
        Ok(match hand.slow_connections(plan, self.handles, self.swarm_connections).await {
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

impl HostSwarm for State {
    async fn status(&mut self, swarm: Resource<Swarm>) -> wasmtime::Result<Result<SwarmStatus, Error>> {
        let hand = self.hand.clone();
        let swarm = self.table.get_mut(&swarm)?;
        Ok(hand.swarm_status(swarm, false).await)
    }

    async fn stop(&mut self, swarm: Resource<Swarm>) -> wasmtime::Result<Result<SwarmStatus, Error>> {
        let hand = self.hand.clone();
        let swarm = self.table.get_mut(&swarm)?;
        Ok(hand.swarm_status(swarm, true).await)
    }

    async fn drop(&mut self, swarm: Resource<Swarm>) -> wasmtime::Result<()> {
        let swarm = self.give_up(swarm)?;
        self.swarm_connections = self.swarm_connections.saturating_sub(swarm.connections);
        Ok(())
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
        let seen = ActResult::Done { amount: found.len() as u64 };
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
                Ok((Ok(Connection { remote, probe }), Some((ActResult::Done { amount: 1 }, pieces))))
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
                let bytes = self.clean(&bytes);
                let pieces = pieces.with("received", &bytes, bytes.len() >= limit);
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
            Ok(()) => Ok((None, Some((ActResult::Done { amount: bytes.len() as u64 }, pieces)))),
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
        match connection.probe.read(limit, timeout).await {
            probe::Reading::Bytes(bytes) => {
                let bytes = self.clean(&bytes);
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

    async fn slow_connections(&self, plan: SlowPlan, open: usize, connections: u32) -> Result<Swarm, Error> {
        let name = name(&plan.address);
        let line = format!("{} slow connections to {name}, one every {} ms", plan.connections, plan.interval_ms);
        let act = self.begin_opening(&Need::Net, &line, open)?;
        act.settle(self.try_slow_connections(plan, name, connections).await)
    }

    async fn try_slow_connections(&self, plan: SlowPlan, name: String, connections: u32) -> Result<Done<Swarm>, Error> {
        self.check_size("what slow connections say", plan.opening.len() + plan.drip.len())?;
        let most = self.run.limits.swarm_connections;
        if plan.connections > most.saturating_sub(connections) {
            return Err(Error::Limit(format!("{most} slow connections at once")));
        }
        let asked = plan.connections;
        let plan = probe::SlowPlan {
            address: self.address(plan.address)?,
            connections: plan.connections,
            opening: plan.opening,
            drip: plan.drip,
            interval: Duration::from_millis(plan.interval_ms.into()),
        };
        let swarm = self.run.target.net().slow_connections(plan).await.map_err(|error| self.told(error))?;
        // How they fare is seen by asking for their status.
        Ok((Swarm { name, connections: asked, probe: Some(swarm), last: None }, None))
    }

    async fn swarm_status(&self, swarm: &mut Swarm, stop: bool) -> Result<SwarmStatus, Error> {
        let doing = if stop { "stop" } else { "look at" };
        let act = self.begin(&Need::Net, &format!("{doing} {} slow connections to {}", swarm.connections, swarm.name))?;
        match swarm.probe.take() {
            Some(probe) if stop => swarm.last = Some(status(&probe.stop().await)),
            Some(probe) => {
                swarm.last = Some(status(&probe.status()));
                swarm.probe = Some(probe);
            }
            None => {}
        }
        let Some(told) = swarm.last else { return Err(act.refused(Error::Invalid("never started".to_owned()))) };
        let shown = serde_json::json!({
            "elapsed-ms": told.elapsed_ms, "asked": told.asked, "connected": told.connected, "open": told.open,
            "ended": told.ended, "refused": told.refused, "longest-life-ms": told.longest_life_ms,
            "shortest-life-ms": told.shortest_life_ms, "oldest-open-ms": told.oldest_open_ms,
        });
        let seen = ActResult::Done { amount: told.connected.into() };
        let pieces = Pieces::default().with("status", shown.to_string().as_bytes(), false);
        act.settle(Ok((told, Some((seen, pieces)))))
    }

    fn address(&self, address: Address) -> Result<probe::Address, Error> {
        self.check_size("a name", address.host.len())?;
        Ok(probe::Address { host: address.host, port: address.port, family: address.family.map(family) })
    }
}

fn status(status: &probe::SwarmStatus) -> SwarmStatus {
    let ms = |time: Duration| u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
    SwarmStatus {
        elapsed_ms: ms(status.elapsed),
        asked: status.asked,
        connected: status.connected,
        open: status.open,
        ended: status.ended,
        refused: status.refused,
        longest_life_ms: status.longest_life.map(ms),
        shortest_life_ms: status.shortest_life.map(ms),
        oldest_open_ms: status.oldest_open.map(ms),
    }
}

fn name(address: &Address) -> String {
    let host = if address.host.contains(':') { format!("[{}]", address.host) } else { address.host.clone() };
    format!("{host}:{}{}", address.port, family_words(address.family))
}
