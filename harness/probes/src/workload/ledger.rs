//! Entries with numbers of their own, written wherever somebody takes them.

use super::{Common, Histories, Log, PAUSE, filled, known, number};
use crate::ProbeError;
use crate::sql::{Outcome as Answer, Place};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use touchstone_history::format::{LedgerAct, Operation, Outcome, Workload};

/// Who writes what, where and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerPlan {
    /// Role of the inventory.
    pub role: String,
    /// Tried in turn until one takes the write.
    pub places: Vec<Place>,
    /// Adds the entry `{id}`.
    pub write: String,
    /// Entries greater than `{after}`, ascending.
    pub read: String,
    /// Clients that keep their connection.
    pub pooled: u32,
    /// Clients that open a new one each time.
    pub fresh: u32,
    /// From the beginning of a client's write to that of its next.
    pub interval: Duration,
    /// Then a write is given up.
    pub timeout: Duration,
}

impl LedgerPlan {
    #[allow(clippy::unused_self, reason = "as the other plans")]
    pub(super) fn workload(&self) -> Workload {
        Workload::Ledger {}
    }
}

pub(super) fn send(
    plan: &LedgerPlan,
    common: &Arc<Common>,
    histories: &Histories,
    tasks: &mut JoinSet<()>,
) -> Result<(), ProbeError> {
    if plan.places.is_empty() || plan.interval.is_zero() {
        return Err(ProbeError::Invalid("a ledger needs a place to be written to, and an interval above 0".to_owned()));
    }
    for client in 0..plan.pooled + plan.fresh {
        let (kind, log) = (usize::from(client >= plan.pooled), histories.ledger.clone());
        let (plan, common, acknowledged) = (plan.clone(), common.clone(), histories.acknowledged[kind].clone());
        tasks.spawn(async move { keep_writing(&plan, &common, &log, &acknowledged, client, kind == 1).await });
    }
    Ok(())
}

async fn keep_writing(
    plan: &LedgerPlan,
    common: &Common,
    log: &Log<Operation<LedgerAct>>,
    acknowledged: &Log<u64>,
    client: u32,
    fresh: bool,
) {
    let (mut session, mut process, mut turn) = (None, common.fresh_process(), client as usize);
    let mut beat = tokio::time::interval(plan.interval);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !common.is_over() {
        let Some(open) = &session else {
            session = common.open(&plan.places[turn % plan.places.len()]).await;
            if session.is_none() {
                turn += 1;
                tokio::time::sleep(PAUSE).await;
            }
            continue;
        };
        beat.tick().await;
        let id = common.fresh_number();
        let start = common.now();
        let answer = common.ask(open, &filled(&plan.write, &[("id", id)])).await;
        let (end, outcome) = (common.now(), known(answer.as_ref()));
        common.took_down(log, Operation { process, start, end, outcome, act: LedgerAct::Write(id) }, true);
        if outcome == Outcome::Ok {
            acknowledged.entries().push(end);
        } else {
            (process, turn) = (common.fresh_process(), turn + 1);
        }
        if fresh || outcome != Outcome::Ok {
            session = None;
        }
    }
}

/// All entries that are there, page by page.
pub(super) async fn read(
    plan: &LedgerPlan,
    common: &Common,
    place: &Place,
    patience: Duration,
) -> Result<Operation<LedgerAct>, ProbeError> {
    let until = Instant::now() + patience;
    let session = loop {
        match common.target.sql_elsewhere(&common.role, &common.marker, place).await {
            Ok(session) => break session,
            Err(error) if Instant::now() > until => return Err(error),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    };
    let (start, mut present, mut after) = (common.now(), Vec::<(u64, u64)>::new(), 0);
    loop {
        let answer = session.execute(&filled(&plan.read, &[("after", after)]), &[], Some(patience)).await?;
        let Answer::Done(done) = answer else {
            return Err(ProbeError::other("sql", format!("the ledger could not be read: {answer:?}")));
        };
        for row in &done.rows {
            let id = row.first().and_then(number);
            let Some(id) = id.filter(|id| *id > after) else {
                return Err(ProbeError::Invalid("the ledger's entries are not ascending whole numbers".to_owned()));
            };
            after = id;
            match present.last_mut() {
                Some((_, last)) if *last + 1 == id => *last = id,
                _ => present.push((id, id)),
            }
        }
        if !done.truncated {
            break;
        }
    }
    let (process, end) = (common.fresh_process(), common.now());
    Ok(Operation { process, start, end, outcome: Outcome::Ok, act: LedgerAct::Read(present) })
}
