//! Every node is written to by itself: who takes it, and what does it know of the others' writes?

use super::{Common, Histories, Log, PAUSE, filled, known, only_number};
use crate::sql::{Outcome as Answer, Place, Session, Transaction};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use touchstone_history::format::{Operation, Outcome, PrimaryAct, Workload};

/// What is written to which nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodesPlan {
    /// Role of the inventory.
    pub role: String,
    /// Each by itself.
    pub nodes: Vec<Place>,
    /// Adds the entry `{id}`.
    pub write: String,
    /// The greatest entry other than `{id}`.
    pub greatest: String,
    /// Between two writes to a node.
    pub interval: Duration,
    /// Then a transaction is given up.
    pub timeout: Duration,
}

impl NodesPlan {
    #[allow(clippy::unused_self, reason = "as the other plans")]
    pub(super) fn workload(&self) -> Workload {
        Workload::Primary {}
    }
}

pub(super) fn send(plan: &NodesPlan, common: &Arc<Common>, histories: &Histories, tasks: &mut JoinSet<()>) {
    for node in 0..plan.nodes.len() {
        let (plan, common, log) = (plan.clone(), common.clone(), histories.nodes.clone());
        tasks.spawn(async move { keep_probing(&plan, &common, &log, node).await });
    }
}

async fn keep_probing(plan: &NodesPlan, common: &Common, log: &Log<Operation<PrimaryAct>>, node: usize) {
    let (mut session, mut process) = (None, common.fresh_process());
    while !common.is_over() {
        tokio::time::sleep(plan.interval.max(PAUSE)).await;
        let Some(open) = &session else {
            session = common.open(&plan.nodes[node]).await;
            continue;
        };
        let id = common.fresh_number();
        let start = common.now();
        let (outcome, saw) = tokio::time::timeout(common.timeout, write(plan, open, id)).await.unwrap_or((Outcome::Info, None));
        let end = common.now();
        common.took_down(log, Operation { process, start, end, outcome, act: PrimaryAct::Write(node as u64, id, saw) }, true);
        if outcome != Outcome::Ok {
            (session, process) = (None, common.fresh_process());
        }
    }
}

async fn write(plan: &NodesPlan, session: &Session, id: u64) -> (Outcome, Option<u64>) {
    let limit = Some(super::SERVER_PATIENCE * 2);
    let numbers = [("id", id)];
    // Before COMMIT is sent nothing can have taken effect.
    if !matches!(session.transaction(Transaction::Begin, limit).await, Ok(Answer::Done(_))) {
        return (Outcome::Fail, None);
    }
    if !matches!(session.execute(&filled(&plan.write, &numbers), &[], limit).await, Ok(Answer::Done(_))) {
        return (Outcome::Fail, None);
    }
    let Some(saw) = only_number(session.execute(&filled(&plan.greatest, &numbers), &[], limit).await.ok().as_ref()) else {
        return (Outcome::Fail, None);
    };
    (known(session.transaction(Transaction::Commit, limit).await.ok().as_ref()), Some(saw))
}
