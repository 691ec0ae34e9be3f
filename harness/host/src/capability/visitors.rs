//! Well-behaved clients that keep asking while something else is done.

use crate::bindings::types::Error;
use crate::bindings::visitors::{Host, HostParty, Plan, Visit};
use crate::hand::{Hand, micros};
use crate::observe::{Done, Pieces};
use crate::state::State;
use std::fmt::Write;
use std::time::Duration;
use touchstone_model::description::Need;
use touchstone_model::observation::ActResult;
use touchstone_probes::http as probe;
use wasmtime::component::Resource;

/// Bytes of an answer that are read: enough to see who answered.
const BODY_LIMIT: usize = 64 * 1024;
/// Beyond an answer's own patience: for those who are just being answered when they are called back.
const HOMECOMING: Duration = Duration::from_millis(500);

/// Visitors that a plugin sent.
pub struct Party {
    words: String,
    patience: Duration,
    probe: Option<probe::Party>,
}

impl Host for State {
    async fn begin(&mut self, plan: Plan) -> wasmtime::Result<Result<Resource<Party>, Error>> {
        let hand = self.hand.clone();
        Ok(match hand.send_visitors(plan, self.handles, self.parties).await {
            Ok(party) => {
                self.parties += 1;
                Ok(self.keep(party)?)
            }
            Err(error) => Err(error),
        })
    }
}

impl HostParty for State {
    async fn so_far(&mut self, party: Resource<Party>) -> wasmtime::Result<Result<u32, Error>> {
        let visits = self.table.get(&party)?.probe.as_ref().map(probe::Party::so_far);
        Ok(visits.map(|visits| u32::try_from(visits).unwrap_or(u32::MAX)).ok_or_else(gone))
    }

    async fn stop(&mut self, party: Resource<Party>) -> wasmtime::Result<Result<Vec<Visit>, Error>> {
        let hand = self.hand.clone();
        let party = self.table.get_mut(&party)?;
        Ok(hand.call_back(party).await)
    }

    async fn drop(&mut self, party: Resource<Party>) -> wasmtime::Result<()> {
        self.give_up(party)?;
        self.parties = self.parties.saturating_sub(1);
        Ok(())
    }
}

fn gone() -> Error {
    Error::Invalid("these visitors have been called back".to_owned())
}

impl Hand {
    async fn send_visitors(&self, plan: Plan, open: usize, parties: usize) -> Result<Party, Error> {
        let words = format!("{} visitors, each GET {} every {} ms", plan.visitors, plan.url, plan.interval_ms);
        let act = self.begin_opening(&Need::Http, &format!("send {words}"), open)?;
        if parties >= self.run.limits.parties {
            return Err(act.refused(Error::Limit(format!("{} parties of visitors at once", self.run.limits.parties))));
        }
        act.settle(self.try_send_visitors(plan, words).await)
    }

    async fn try_send_visitors(&self, plan: Plan, words: String) -> Result<Done<Party>, Error> {
        self.check_size("a URL", plan.url.len())?;
        let patience = Duration::from_millis(plan.timeout_ms.into());
        let request = probe::Request { timeout: patience, body_limit: BODY_LIMIT, ..probe::Request::get(plan.url) };
        let plan = probe::PartyPlan {
            request,
            visitors: plan.visitors,
            interval: Duration::from_millis(plan.interval_ms.into()),
            keep_cookies: plan.keep_cookies,
        };
        let client = self.run.target.http().map_err(|error| self.told(error))?;
        let party = probe::Party::begin(client, plan).map_err(|error| self.told(error))?;
        // What they saw is known when they are called back.
        Ok((Party { words, patience, probe: Some(party) }, None))
    }

    async fn call_back(&self, party: &mut Party) -> Result<Vec<Visit>, Error> {
        let act = self.begin(&Need::Http, &format!("call back {}", party.words))?;
        let Some(probe) = party.probe.take() else { return Err(act.refused(gone())) };
        let patience = party.patience.saturating_add(HOMECOMING).min(self.time_left());
        let visits: Vec<Visit> = probe.stop(patience).await.into_iter().map(|visit| self.visit(visit)).collect();
        if visits.is_empty() {
            return Err(act.refused(Error::Invalid("they were called back before the first visit was over".to_owned())));
        }
        let mut lines = String::new();
        for visit in &visits {
            let said = visit.said.lines().next().unwrap_or_default();
            // Writing into a String can't fail.
            let _ = writeln!(lines, "{} ms #{} {} us {} {said}", visit.at_ms, visit.visitor, visit.took_us, visit.status);
        }
        let seen = ActResult::Done { amount: visits.len() as u64 };
        act.settle(Ok((visits, Some((seen, Pieces::default().with("visits", lines.as_bytes(), false))))))
    }

    fn visit(&self, visit: probe::Visit) -> Visit {
        Visit {
            visitor: visit.visitor,
            at_ms: u32::try_from(visit.at.as_millis()).unwrap_or(u32::MAX),
            took_us: micros(visit.took),
            status: visit.status,
            said: self.clean_text(&visit.said),
        }
    }
}
