//! `net`

use crate::bindings::touchstone::contract::net::{
    Address, Connecting, Exchanged, Host, HostConnection, HostSwarm, Reading, SlowPlan, SwarmStatus,
};
use crate::bindings::touchstone::contract::types::{Error, IpFamily, NetworkFailure};
use crate::guest::{Guest, family, network_failure, network_result};
use std::time::Duration;
use touchstone_model::description::Need;
use touchstone_model::observation::ActResult;
use touchstone_probes::net;
use wasmtime::component::Resource;

/// An open connection.
pub struct Connection {
    name: String,
    connection: net::Connection,
}

/// Many slow connections.
pub struct Swarm {
    name: String,
    swarm: net::Swarm,
}

impl Host for Guest {
    async fn resolve(&mut self, name: String, wanted: Option<IpFamily>) -> wasmtime::Result<Result<Vec<String>, Error>> {
        let errand = match self.granted(&Need::Net)? {
            Ok(errand) => errand,
            Err(error) => return Ok(Err(error)),
        };
        let mut act = errand.act("net", format!("resolve {name}"));
        match errand.target.net().resolve(&name, family(wanted)).await {
            Ok(addresses) => {
                act.saw("addresses", addresses.join("\n"), false);
                errand.observer.record(act, ActResult::Done { amount: addresses.len() as u64 });
                Ok(Ok(addresses))
            }
            Err(error) => Ok(Err(errand.could_not(act, error))),
        }
    }

    async fn connect(&mut self, to: Address, timeout_ms: u32) -> wasmtime::Result<Result<Connecting, Error>> {
        let errand = match self.granted(&Need::Net)? {
            Ok(errand) => errand,
            Err(error) => return Ok(Err(error)),
        };
        if let Err(error) = self.take_handle(&errand.limits) {
            return Ok(Err(error));
        }
        let name = shown(&to);
        let act = errand.act("net", format!("connect {name}"));
        match errand.target.net().connect(address(to), Duration::from_millis(timeout_ms.into())).await {
            Ok(net::Connecting::Connected(connection)) => {
                errand.observer.record(act, ActResult::Done { amount: 1 });
                Ok(Ok(Connecting::Connected(self.table.push(Connection { name, connection })?)))
            }
            Ok(net::Connecting::Failed(failure)) => {
                self.handles -= 1;
                errand.observer.record(act, network_result(&failure));
                Ok(Ok(Connecting::Failed(network_failure(&failure))))
            }
            Err(error) => {
                self.handles -= 1;
                Ok(Err(errand.could_not(act, error)))
            }
        }
    }

    async fn exchange(
        &mut self,
        to: Address,
        send: Vec<u8>,
        timeout_ms: u32,
        limit: u32,
    ) -> wasmtime::Result<Result<Exchanged, Error>> {
        let errand = match self.granted(&Need::Net)? {
            Ok(errand) => errand,
            Err(error) => return Ok(Err(error)),
        };
        if let Err(error) = errand.within("bytes to send", send.len()) {
            return Ok(Err(error));
        }
        let mut act = errand.act("net", format!("exchange with {}", shown(&to)));
        act.saw("sent", send.clone(), false);
        let timeout = Duration::from_millis(timeout_ms.into());
        match errand.target.net().exchange(address(to), &send, timeout, errand.output(Some(limit))).await {
            Ok(net::Exchanged::Answered(bytes)) => {
                act.saw("received", bytes.clone(), false);
                errand.observer.record(act, ActResult::Done { amount: bytes.len() as u64 });
                Ok(Ok(Exchanged::Answered(bytes)))
            }
            Ok(net::Exchanged::Failed(failure)) => {
                errand.observer.record(act, network_result(&failure));
                Ok(Ok(Exchanged::Failed(network_failure(&failure))))
            }
            Err(error) => Ok(Err(errand.could_not(act, error))),
        }
    }

    async fn slow_connections(&mut self, plan: SlowPlan) -> wasmtime::Result<Result<Resource<Swarm>, Error>> {
        let errand = match self.granted(&Need::Net)? {
            Ok(errand) => errand,
            Err(error) => return Ok(Err(error)),
        };
        if plan.connections > errand.limits.swarm {
            let message = format!("{} connections asked, {} allowed", plan.connections, errand.limits.swarm);
            return Ok(Err(Error::Limit(message)));
        }
        if let Err(error) = self.take_handle(&errand.limits) {
            return Ok(Err(error));
        }
        let name = format!("{} slow connections to {}", plan.connections, shown(&plan.address));
        let act = errand.act("net", format!("{name}: start"));
        let asked = net::SlowPlan {
            address: address(plan.address),
            connections: plan.connections,
            opening: plan.opening,
            drip: plan.drip,
            interval: Duration::from_millis(plan.interval_ms.into()),
        };
        match errand.target.net().slow_connections(asked).await {
            Ok(swarm) => Ok(Ok(self.table.push(Swarm { name, swarm })?)),
            Err(error) => {
                self.handles -= 1;
                Ok(Err(errand.could_not(act, error)))
            }
        }
    }
}

impl HostConnection for Guest {
    async fn write(
        &mut self,
        connection: Resource<Connection>,
        bytes: Vec<u8>,
        timeout_ms: u32,
    ) -> wasmtime::Result<Result<Option<NetworkFailure>, Error>> {
        let errand = self.errand()?.clone();
        let open = self.table.get_mut(&connection)?;
        let mut act = errand.act("net", format!("write to {}", open.name));
        act.saw("sent", bytes.clone(), false);
        match open.connection.write(&bytes, Duration::from_millis(timeout_ms.into())).await {
            Ok(None) => {
                errand.observer.record(act, ActResult::Done { amount: bytes.len() as u64 });
                Ok(Ok(None))
            }
            Ok(Some(failure)) => {
                errand.observer.record(act, network_result(&failure));
                Ok(Ok(Some(network_failure(&failure))))
            }
            Err(error) => Ok(Err(errand.could_not(act, error))),
        }
    }

    async fn read(&mut self, connection: Resource<Connection>, limit: u32, timeout_ms: u32) -> wasmtime::Result<Result<Reading, Error>> {
        let errand = self.errand()?.clone();
        let open = self.table.get_mut(&connection)?;
        let mut act = errand.act("net", format!("read from {}", open.name));
        match open.connection.read(errand.output(Some(limit)), Duration::from_millis(timeout_ms.into())).await {
            Ok(net::Reading::Bytes(bytes)) => {
                act.saw("received", bytes.clone(), false);
                errand.observer.record(act, ActResult::Done { amount: bytes.len() as u64 });
                Ok(Ok(Reading::Bytes(bytes)))
            }
            Ok(net::Reading::End) => {
                errand.observer.record(act, ActResult::Done { amount: 0 });
                Ok(Ok(Reading::End))
            }
            Ok(net::Reading::Failed(failure)) => {
                errand.observer.record(act, network_result(&failure));
                Ok(Ok(Reading::Failed(network_failure(&failure))))
            }
            Err(error) => Ok(Err(errand.could_not(act, error))),
        }
    }

    async fn remote(&mut self, connection: Resource<Connection>) -> wasmtime::Result<String> {
        Ok(self.table.get(&connection)?.connection.remote().to_string())
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        self.handles = self.handles.saturating_sub(1);
        Ok(())
    }
}

impl HostSwarm for Guest {
    async fn status(&mut self, swarm: Resource<Swarm>) -> wasmtime::Result<Result<SwarmStatus, Error>> {
        let errand = self.errand()?.clone();
        let open = self.table.get(&swarm)?;
        let mut act = errand.act("net", format!("{}: look", open.name));
        let status = swarm_status(open.swarm.status());
        act.saw("status", swarm_words(&status), false);
        errand.observer.record(act, ActResult::Done { amount: status.open.into() });
        Ok(Ok(status))
    }

    async fn stop(&mut self, swarm: Resource<Swarm>) -> wasmtime::Result<Result<SwarmStatus, Error>> {
        let errand = self.errand()?.clone();
        let open = self.table.get_mut(&swarm)?;
        let mut act = errand.act("net", format!("{}: stop", open.name));
        let status = swarm_status(open.swarm.stop().await);
        act.saw("status", swarm_words(&status), false);
        errand.observer.record(act, ActResult::Done { amount: status.ended.into() });
        Ok(Ok(status))
    }

    async fn drop(&mut self, swarm: Resource<Swarm>) -> wasmtime::Result<()> {
        self.table.delete(swarm)?;
        self.handles = self.handles.saturating_sub(1);
        Ok(())
    }
}

fn address(address: Address) -> net::Address {
    net::Address { host: address.host, port: address.port, family: family(address.family) }
}

fn shown(address: &Address) -> String {
    let by = match address.family {
        Some(IpFamily::V4) => " over IPv4",
        Some(IpFamily::V6) => " over IPv6",
        None => "",
    };
    format!("{}:{}{by}", address.host, address.port)
}

fn swarm_status(s: net::SwarmStatus) -> SwarmStatus {
    SwarmStatus {
        elapsed_ms: s.elapsed_ms,
        asked: s.asked,
        connected: s.connected,
        open: s.open,
        ended: s.ended,
        refused: s.refused,
        longest_life_ms: s.longest_life_ms,
        shortest_life_ms: s.shortest_life_ms,
        oldest_open_ms: s.oldest_open_ms,
    }
}

fn swarm_words(s: &SwarmStatus) -> String {
    format!(
        "after {} ms: asked {}, connected {}, open {}, ended by the target {}, refused {}, lives {:?}..{:?} ms, oldest open {:?} ms\n",
        s.elapsed_ms, s.asked, s.connected, s.open, s.ended, s.refused, s.shortest_life_ms, s.longest_life_ms, s.oldest_open_ms
    )
}
