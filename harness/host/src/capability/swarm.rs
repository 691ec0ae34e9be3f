//! Attacks of many connections.

use super::net::name;
use crate::bindings::net::{AttackPlan, Habit, HostSwarm, SwarmStatus};
use crate::bindings::types::Error;
use crate::hand::Hand;
use crate::observe::{Done, Pieces};
use crate::state::State;
use std::time::Duration;
use touchstone_model::description::Need;
use touchstone_model::observation::ActResult;
use touchstone_probes::net as probe;
use wasmtime::component::Resource;

/// Streams or frames at one interval at most.
const MOST_FRAMES: u32 = 10_000;

/// An attack that a plugin began.
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
    pub(super) async fn attack(&self, plan: AttackPlan, open: usize, connections: u32) -> Result<Swarm, Error> {
        let name = name(&plan.address);
        let (habit, number) = (habit_words(&plan.habit), plan.connections);
        let line = format!("attack {name}: {number} connections, each {habit} every {} ms", plan.interval_ms);
        let act = self.begin_opening(&Need::Net, &line, open)?;
        act.settle(self.try_attack(plan, name, connections).await)
    }

    async fn try_attack(&self, plan: AttackPlan, name: String, connections: u32) -> Result<Done<Swarm>, Error> {
        let drip = if let Habit::Drip(drip) = &plan.habit { drip.len() } else { 0 };
        self.check_size("what an attack says", plan.opening.len() + drip)?;
        let most = self.run.limits.swarm_connections;
        if plan.connections > most.saturating_sub(connections) {
            return Err(Error::Limit(format!("{most} connections of attacks at once")));
        }
        let asked = plan.connections;
        let path = match &plan.habit {
            Habit::RapidReset(abuse) | Habit::Continuation(abuse) => abuse.path.clone(),
            Habit::Drip(_) | Habit::Sip(_) => String::new(),
        };
        let plan = probe::SwarmPlan {
            address: self.address(plan.address)?,
            connections: plan.connections,
            opening: plan.opening,
            habit: match plan.habit {
                Habit::Drip(drip) => probe::Habit::Drip(drip),
                Habit::Sip(bytes) => probe::Habit::Sip(usize::try_from(bytes).unwrap_or(usize::MAX)),
                Habit::RapidReset(abuse) => probe::Habit::RapidReset(abuse.count.min(MOST_FRAMES)),
                Habit::Continuation(abuse) => probe::Habit::Continuation(abuse.count.min(MOST_FRAMES)),
            },
            interval: Duration::from_millis(plan.interval_ms.into()),
            tls: plan.tls,
            path,
        };
        let swarm = self.run.target.net().attack(plan).await.map_err(|error| self.told(error))?;
        // How they fare is seen by asking for their status.
        Ok((Swarm { name, connections: asked, probe: Some(swarm), last: None }, None))
    }

    async fn swarm_status(&self, swarm: &mut Swarm, stop: bool) -> Result<SwarmStatus, Error> {
        let doing = if stop { "stop" } else { "look at" };
        let act = self.begin(&Need::Net, &format!("{doing} {} attacking connections to {}", swarm.connections, swarm.name))?;
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
            "sent": told.sent, "received": told.received,
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
        sent: status.sent,
        received: status.received,
    }
}

fn habit_words(habit: &Habit) -> String {
    match habit {
        Habit::Drip(drip) if drip.is_empty() => "saying nothing".to_owned(),
        Habit::Drip(drip) => format!("saying {} bytes", drip.len()),
        Habit::Sip(bytes) => format!("reading {bytes} bytes"),
        Habit::RapidReset(abuse) => format!("resetting {} streams", abuse.count),
        Habit::Continuation(abuse) => format!("sending {} CONTINUATION frames", abuse.count),
    }
}
