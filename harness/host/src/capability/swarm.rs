//! Many slow connections.

use super::net::name;
use crate::bindings::net::{HostSwarm, SlowPlan, SwarmStatus};
use crate::bindings::types::Error;
use crate::hand::Hand;
use crate::observe::{Done, Pieces};
use crate::state::State;
use std::time::Duration;
use touchstone_model::description::Need;
use touchstone_model::observation::ActResult;
use touchstone_probes::net as probe;
use wasmtime::component::Resource;

/// Slow connections that a plugin opened.
pub struct Swarm {
    name: String,
    pub(super) connections: u32,
    probe: Option<probe::Swarm>,
    /// How they had fared when they were stopped.
    last: Option<SwarmStatus>,
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
    pub(super) async fn slow_connections(&self, plan: SlowPlan, open: usize, connections: u32) -> Result<Swarm, Error> {
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
        let amount = told.connected.into();
        // As long as nobody answered, nothing was seen of the target.
        let nothing = told.connected == 0 && told.refused == 0;
        let seen = if nothing { ActResult::Local { amount } } else { ActResult::Done { amount } };
        let pieces = Pieces::default().with("status", shown.to_string().as_bytes(), false);
        act.settle(Ok((told, Some((seen, pieces)))))
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
