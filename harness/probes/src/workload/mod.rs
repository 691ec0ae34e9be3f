//! Clients of a database that write and read while something else is done to it; what they were answered becomes a history.
//!
//! What is known of each statement has three values, and nothing is tried again: a client whose statement was not answered goes
//! on as another process, with another number. A statement is given up here and not on the server: one that waits for a standby
//! would be acknowledged by being cancelled.

mod judge;
mod ledger;
mod nodes;
mod sessions;

pub use judge::{Judged, Seen};
pub use ledger::LedgerPlan;
pub use nodes::NodesPlan;
pub use sessions::SessionsPlan;

use crate::sql::{Outcome as Answer, Place, Session, Value};
use crate::{ProbeError, Target};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use touchstone_history::format::{LedgerAct, Operation, Outcome, PrimaryAct, SessionAct};

/// Most clients of one workload.
const MOST: u32 = 64;
/// Most operations of one history; reached, nobody asks any more.
const MOST_OPERATIONS: usize = 200_000;
/// They go home by themselves after this time, whatever became of whoever sent them.
const LONGEST: Duration = Duration::from_secs(900);
/// Beyond what a statement may take: then the server is asked to give it up.
const SERVER_PATIENCE: Duration = Duration::from_secs(60);
/// Before another place is tried.
const PAUSE: Duration = Duration::from_millis(20);

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Entries are written; those that were acknowledged must be there in the end.
    Ledger(LedgerPlan),
    /// Sessions write and read through one endpoint or two.
    Sessions(SessionsPlan),
    /// Every node is written to by itself.
    Nodes(NodesPlan),
}

/// Clients on their way; they go home when it is dropped.
#[derive(Debug)]
pub struct Clients {
    common: Arc<Common>,
    plan: Plan,
    histories: Histories,
    tasks: JoinSet<()>,
}

/// One of the three, by the plan.
#[derive(Clone, Debug, Default)]
struct Histories {
    ledger: Arc<Log<Operation<LedgerAct>>>,
    sessions: Arc<Log<Operation<SessionAct>>>,
    nodes: Arc<Log<Operation<PrimaryAct>>>,
    /// Moments of acknowledgement of pooled and of fresh clients.
    acknowledged: [Arc<Log<u64>>; 2],
}

/// What all clients add to.
#[derive(Debug)]
struct Log<T>(Mutex<Vec<T>>);

impl<T> Default for Log<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Log<T> {
    fn entries(&self) -> MutexGuard<'_, Vec<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
struct Common {
    target: Arc<Target>,
    role: String,
    marker: String,
    timeout: Duration,
    began: Instant,
    /// Time of day of `began`, as the format has it.
    started: String,
    over: AtomicBool,
    next: AtomicU64,
    process: AtomicU32,
    acknowledged: AtomicU32,
    operations: AtomicU32,
    fault: Mutex<Option<u64>>,
}

impl Clients {
    /// Sends them. `started` is this moment, in RFC 3339; the server is told `marker` as part of the application's name.
    ///
    /// # Errors
    /// None, or too many of them.
    pub fn begin(target: &Arc<Target>, plan: Plan, marker: &str, started: String) -> Result<Self, ProbeError> {
        let (role, clients, timeout) = match &plan {
            Plan::Ledger(plan) => (&plan.role, plan.pooled.saturating_add(plan.fresh), plan.timeout),
            Plan::Sessions(plan) => (&plan.role, plan.clients, plan.timeout),
            Plan::Nodes(plan) => (&plan.role, u32::try_from(plan.nodes.len()).unwrap_or(u32::MAX), plan.timeout),
        };
        if clients == 0 || clients > MOST {
            return Err(ProbeError::Limit(format!("{clients} clients; 1 to {MOST} are sent")));
        }
        let patient = Duration::from_millis(10)..=SERVER_PATIENCE;
        if !patient.contains(&timeout) {
            return Err(ProbeError::Invalid(format!("a time-out of {timeout:?}; it must lie in {patient:?}")));
        }
        let common = Arc::new(Common {
            target: target.clone(),
            role: role.clone(),
            marker: marker.to_owned(),
            timeout,
            began: Instant::now(),
            started,
            over: AtomicBool::new(false),
            next: AtomicU64::new(1),
            process: AtomicU32::new(0),
            acknowledged: AtomicU32::new(0),
            operations: AtomicU32::new(0),
            fault: Mutex::default(),
        });
        let mut clients = Self { common, histories: Histories::default(), tasks: JoinSet::new(), plan };
        match &clients.plan {
            Plan::Ledger(plan) => ledger::send(plan, &clients.common, &clients.histories, &mut clients.tasks)?,
            Plan::Sessions(plan) => sessions::send(plan, &clients.common, &clients.histories, &mut clients.tasks),
            Plan::Nodes(plan) => nodes::send(plan, &clients.common, &clients.histories, &mut clients.tasks),
        }
        Ok(clients)
    }

    /// Writes that were acknowledged so far.
    pub fn acknowledged(&self) -> u32 {
        self.common.acknowledged.load(Ordering::Relaxed)
    }

    /// Now something is done to the target.
    pub fn fault(&self) {
        *self.common.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.common.now());
    }

    /// Calls them back, reads a ledger at each of `places`, and judges the history.
    ///
    /// # Errors
    /// Somebody does not come back within `patience`, or the ledger cannot be read: then nothing can be judged.
    pub async fn stop(mut self, places: &[Place], patience: Duration) -> Result<Judged, ProbeError> {
        self.common.over.store(true, Ordering::Relaxed);
        let until = self.common.now();
        // An operation that is cut short would be missing from the history, and its entry taken for nobody's.
        let home = async { while self.tasks.join_next().await.is_some() {} };
        tokio::time::timeout(patience, home)
            .await
            .map_err(|_| ProbeError::TimedOut(format!("a client did not come back within {} s", patience.as_secs())))?;
        let header = |workload| judge::header(workload, &self.common.started);
        match &self.plan {
            Plan::Ledger(plan) => {
                for place in places {
                    let read = ledger::read(plan, &self.common, place, patience).await?;
                    self.histories.ledger.entries().push(read);
                }
                let operations = std::mem::take(&mut *self.histories.ledger.entries());
                let acknowledged = [0, 1].map(|kind: usize| std::mem::take(&mut *self.histories.acknowledged[kind].entries()));
                let fault = *self.common.fault.lock().unwrap_or_else(PoisonError::into_inner);
                judge::ledger(&header(plan.workload()), &operations, acknowledged, fault, until)
            }
            Plan::Sessions(plan) => judge::plain(&header(plan.workload()), &self.histories.sessions.entries()),
            Plan::Nodes(plan) => judge::plain(&header(plan.workload()), &self.histories.nodes.entries()),
        }
    }
}

impl Common {
    /// Nanoseconds since they left.
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn is_over(&self) -> bool {
        let operations = self.operations.load(Ordering::Relaxed) as usize;
        self.over.load(Ordering::Relaxed) || operations >= MOST_OPERATIONS || self.began.elapsed() > LONGEST
    }

    fn fresh_process(&self) -> u32 {
        self.process.fetch_add(1, Ordering::Relaxed)
    }

    fn fresh_number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// A session, where one is to be had there within the time-out.
    async fn open(&self, place: &Place) -> Option<Session> {
        let opening = self.target.sql_elsewhere(&self.role, &self.marker, place);
        tokio::time::timeout(self.timeout, opening).await.ok()?.ok()
    }

    /// A statement, and what is known of it.
    async fn ask(&self, session: &Session, statement: &str) -> Option<Answer> {
        let asked = session.execute(statement, &[], Some(SERVER_PATIENCE * 2));
        tokio::time::timeout(self.timeout, asked).await.ok()?.ok()
    }

    fn took_down<A>(&self, log: &Log<Operation<A>>, operation: Operation<A>, is_write: bool) {
        self.operations.fetch_add(1, Ordering::Relaxed);
        if is_write && operation.outcome == Outcome::Ok {
            self.acknowledged.fetch_add(1, Ordering::Relaxed);
        }
        log.entries().push(operation);
    }
}

/// Asks one statement of a place that may be away. Inner error: nobody answered, or it is not known what became of it.
///
/// # Errors
/// The place is none of the target's, there is no such role, the statement makes no sense.
pub async fn ask(
    target: &Target,
    role: &str,
    marker: &str,
    place: &Place,
    statement: &str,
    within: Duration,
) -> Result<Result<Answer, String>, ProbeError> {
    let asking = async {
        let session = target.sql_elsewhere(role, marker, place).await?;
        session.execute(statement, &[], Some(SERVER_PATIENCE * 2)).await
    };
    match tokio::time::timeout(within, asking).await {
        Ok(Ok(answer)) => Ok(Ok(answer)),
        Ok(Err(ProbeError::Lost(words) | ProbeError::TimedOut(words))) => Ok(Err(words)),
        Ok(Err(error)) => Err(error),
        Err(_) => Ok(Err(format!("no answer within {} ms", within.as_millis()))),
    }
}

/// Refused for certain are only statements that the server says it never began to carry out: read-only (25), wrong (42), not
/// supported (0A). Of whatever else was said while a server went down it is not known what became of it.
fn known(answer: Option<&Answer>) -> Outcome {
    match answer {
        Some(Answer::Done(_)) => Outcome::Ok,
        Some(Answer::Failed { sqlstate, .. }) if ["25", "42", "0A"].iter().any(|class| sqlstate.starts_with(class)) => {
            Outcome::Fail
        }
        _ => Outcome::Info,
    }
}

/// A whole number, as drivers give it.
fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Integer(number) => u64::try_from(*number).ok(),
        Value::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The only number of an answer; 0 where there is no row, or null.
fn only_number(answer: Option<&Answer>) -> Option<u64> {
    let Some(Answer::Done(done)) = answer else { return None };
    match done.rows.first().and_then(|row| row.first()) {
        None | Some(Value::Null) => Some(0),
        Some(value) => number(value),
    }
}

/// A statement with its numbers.
fn filled(statement: &str, numbers: &[(&str, u64)]) -> String {
    numbers.iter().fold(statement.to_owned(), |text, (name, number)| text.replace(&format!("{{{name}}}"), &number.to_string()))
}
