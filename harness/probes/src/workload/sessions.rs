//! Sessions that write a key of their own and read that and others'.

use super::{Common, Histories, Log, filled, known, only_number};
use crate::sql::Place;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use touchstone_history::format::{Operation, Outcome, SessionAct, Workload};

/// Who writes and reads what, where, and what was promised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionsPlan {
    /// Role of the inventory.
    pub role: String,
    /// Where they write.
    pub write_place: Place,
    /// Where they read; none: in the same session.
    pub read_place: Option<Place>,
    /// Sets `{key}` to `{version}`.
    pub write: String,
    /// The version of `{key}`.
    pub read: String,
    /// Sessions, each with the key of its number.
    pub clients: u32,
    /// Then a statement is given up, and its session ends.
    pub timeout: Duration,
    /// A session sees what it wrote.
    pub read_your_writes: bool,
    /// A session never sees less than it saw.
    pub monotonic_reads: bool,
}

impl SessionsPlan {
    pub(super) fn workload(&self) -> Workload {
        let (read_your_writes, monotonic_reads) = (self.read_your_writes, self.monotonic_reads);
        Workload::Session { read_your_writes, monotonic_reads, max_staleness_ms: None, same_order: false }
    }
}

pub(super) fn send(plan: &SessionsPlan, common: &Arc<Common>, histories: &Histories, tasks: &mut JoinSet<()>) {
    for key in 0..plan.clients {
        let (plan, common, log) = (plan.clone(), common.clone(), histories.sessions.clone());
        tasks.spawn(async move {
            let _ = converse(&plan, &common, &log, key.into()).await;
        });
    }
}

/// Until it is over; or until an answer stays out, for a write of unknown outcome may still come and undo a later one.
async fn converse(plan: &SessionsPlan, common: &Common, log: &Log<Operation<SessionAct>>, key: u64) -> Option<()> {
    let writer = common.open(&plan.write_place).await?;
    let apart = match &plan.read_place {
        Some(place) => Some(common.open(place).await?),
        None => None,
    };
    let reader = apart.as_ref().unwrap_or(&writer);
    let (process, mut version) = (common.fresh_process(), 0);
    while !common.is_over() {
        version += 1;
        let start = common.now();
        let answer = common.ask(&writer, &filled(&plan.write, &[("key", key), ("version", version)])).await;
        let (end, outcome) = (common.now(), known(answer.as_ref()));
        let act = SessionAct::Write(key, version);
        common.took_down(log, Operation { process, start, end, outcome, act }, true);
        if outcome != Outcome::Ok {
            return None;
        }
        let other = fastrand::u64(..u64::from(plan.clients));
        for key in [key, other] {
            let start = common.now();
            let answer = common.ask(reader, &filled(&plan.read, &[("key", key)])).await;
            let end = common.now();
            let version = only_number(answer.as_ref())?;
            let act = SessionAct::Read(BTreeMap::from([(key, version)]));
            common.took_down(log, Operation { process, start, end, outcome: Outcome::Ok, act }, false);
        }
    }
    Some(())
}
