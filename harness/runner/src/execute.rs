//! Runs what a plan lists: observe-only checks side by side, the others one at a time per target.

use crate::journal::{Journal, JournalError};
use crate::planner::Components;
use crate::survey;
use crate::witness::Witness;
use futures_util::future::{join, join_all};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{RwLock, Semaphore, watch};
use touchstone_host::{CheckCall, Host, Plugin, Sink as _, cleanup};
use touchstone_model::attempts;
use touchstone_model::description::{CheckDescription, Impact, Need};
use touchstone_model::dialect::{Dialect, Dialects};
use touchstone_model::event::{Cleanup, CleanupAct, Event};
use touchstone_model::inventory::{Inventory, TargetSpec};
use touchstone_model::observation::{ActResult, Observation};
use touchstone_model::plan::{Plan, PlanItem};
use touchstone_model::text::Text;
use touchstone_model::verdict::{ExpectationReport, Termination, Verdict, judge};
use touchstone_probes::Target;
use touchstone_probes::secret::Redactor;

/// Checks in flight at once.
pub const CONCURRENCY: usize = 16;

/// The targets of a run, each with the lock that orders what changes it.
pub struct Targets {
    by_name: HashMap<String, (Arc<Target>, Arc<RwLock<()>>)>,
    redactor: Arc<Redactor>,
}

impl Targets {
    /// Connects nothing yet.
    pub fn new(inventory: &Inventory) -> Targets {
        let redactor = Arc::new(Redactor::new());
        let open = |spec: &TargetSpec| {
            let target = Arc::new(Target::new(spec.clone(), redactor.clone()));
            (spec.name.clone(), (target, Arc::new(RwLock::new(()))))
        };
        Targets { by_name: inventory.targets.iter().map(open).collect(), redactor }
    }

    /// The target of that name.
    pub fn get(&self, name: &str) -> Option<&Arc<Target>> {
        Some(&self.by_name.get(name)?.0)
    }

    /// Ends all connections.
    pub async fn close(&self) {
        join_all(self.by_name.values().map(|(target, _)| target.close())).await;
    }
}

/// What every check of a run shares.
pub struct Executor {
    /// The sandbox.
    pub host: Arc<Host>,
    /// Loaded components.
    pub components: Arc<Components>,
    /// How products write their SQL.
    pub dialects: Arc<Dialects>,
    /// Connected targets.
    pub targets: Arc<Targets>,
    /// Where everything is written.
    pub journal: Journal,
    /// Turns true when the run is to stop.
    pub stop: watch::Receiver<bool>,
}

/// One item, which attempt at it this is, and what came of those before.
pub struct Due<'a> {
    /// What is to answer.
    pub item: &'a PlanItem,
    /// From 1.
    pub attempt: u32,
    /// Verdicts of the earlier tries that came to an end.
    pub answers: Vec<Verdict>,
}

impl<'a> Due<'a> {
    /// The first try at an item.
    pub fn first(item: &'a PlanItem) -> Due<'a> {
        Due { item, attempt: 1, answers: Vec::new() }
    }
}

impl Executor {
    /// Runs what is due and ends the run's journal. Returns whether the run was stopped early.
    pub async fn run(&self, plan: &Plan, due: Vec<Due<'_>>) -> Result<bool, JournalError> {
        let slots = Arc::new(Semaphore::new(CONCURRENCY));
        let tokens: HashMap<&str, String> = plan.items.iter().map(|i| (i.key.as_str(), scratch_name())).collect();
        let checks = join_all(due.iter().map(|due| self.one(due, &slots, &tokens[due.item.key.as_str()])));
        let surveyed = due.iter().filter_map(|due| self.targets.get(&due.item.target));
        let (done, ()) = join(checks, survey::survey(&self.journal, surveyed)).await;
        done.into_iter().collect::<Result<Vec<()>, JournalError>>()?;
        self.targets.close().await;
        let interrupted = *self.stop.borrow();
        self.journal.durable(Event::RunFinished { interrupted }).await?;
        Ok(interrupted)
    }

    async fn one(&self, due: &Due<'_>, slots: &Semaphore, scratch_name: &str) -> Result<(), JournalError> {
        let item = due.item;
        let Some((target, order)) = self.targets.by_name.get(&item.target) else { return Ok(()) };
        // The order on the target comes first: whoever waits for it must not hold a slot that others could use.
        let (_shared, _alone);
        if item.check.impact == Impact::Observe {
            _shared = order.read().await;
        } else {
            _alone = order.write().await;
        }
        let Ok(_slot) = slots.acquire().await else { return Ok(()) };
        let (mut answers, mut scratch_name) = (due.answers.clone(), scratch_name.to_owned());
        for attempt in due.attempt.. {
            if *self.stop.borrow() {
                break;
            }
            let Some(verdict) = self.attempt(item, attempt, target, &scratch_name).await? else { break };
            answers.push(verdict);
            if attempts::settled(item.retries, item.check.impact, &answers) {
                break;
            }
            scratch_name = self::scratch_name();
        }
        Ok(())
    }

    /// One try; its verdict, unless it was interrupted.
    async fn attempt(
        &self,
        item: &PlanItem,
        attempt: u32,
        target: &Arc<Target>,
        scratch_name: &str,
    ) -> Result<Option<Verdict>, JournalError> {
        let started = Event::CheckStarted { item: item.key.clone(), attempt };
        if item.check.impact == Impact::Observe {
            // Nothing on the target depends on remembering that a look was begun.
            self.journal.append(started, Vec::new());
        } else {
            self.journal.durable(started).await?;
        }
        let begun = Instant::now();
        let witness = Arc::new(Witness::new(item.key.clone(), self.journal.clone()));
        let owed = self.owe_processes(item, target, scratch_name, &witness).await?;
        let termination = self.call(item, target, scratch_name, &witness).await;
        if !owed && termination != Termination::Decided {
            // A look that ended badly may have left a command behind; one that ended well is not worth a search.
            for act in processes(item, target, scratch_name).into_iter().filter(|act| !is_idle(target, act)) {
                if let Err(why) = cleanup::undo(target, &act).await {
                    tracing::warn!(item = item.key, why, "what the check had started may still be running");
                }
            }
        }
        let seen = witness.close();
        let (idle, due): (Vec<_>, Vec<_>) = seen.cleanups.into_iter().partition(|cleanup| is_idle(target, &cleanup.act));
        for Cleanup { id, .. } in idle {
            self.journal.append(Event::CleanupDone { item: item.key.clone(), id, failure: None }, Vec::new());
        }
        undo_all(&self.journal, &item.key, target, due).await?;
        let verdict = verdict_of(&item.check, &seen.observations, &seen.reports, &termination);
        let elapsed_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let answer = (termination != Termination::Interrupted).then(|| verdict.clone());
        self.journal.durable(Event::CheckFinished { item: item.key.clone(), termination, verdict, elapsed_ms }).await?;
        Ok(answer)
    }

    /// Has what a changing check leaves running ended afterwards, whatever becomes of this run.
    async fn owe_processes(
        &self,
        item: &PlanItem,
        target: &Target,
        scratch_name: &str,
        witness: &Witness,
    ) -> Result<bool, JournalError> {
        if item.check.impact == Impact::Observe {
            return Ok(false);
        }
        for (at, act) in processes(item, target, scratch_name).into_iter().enumerate() {
            // Numbered from the top: the host numbers its own from the bottom.
            let id = u32::MAX - u32::try_from(at).unwrap_or(u32::MAX);
            let registered = witness.cleanup_registered(Cleanup { id, act }).await;
            registered.map_err(JournalError::Gone)?;
        }
        Ok(true)
    }

    async fn call(&self, item: &PlanItem, target: &Arc<Target>, scratch_name: &str, witness: &Arc<Witness>) -> Termination {
        let name = item.check.id.split('/').next().unwrap_or_default();
        let Some(plugin) = self.components.get(name).cloned() else {
            return Termination::NotStarted { message: format!("component {name} is not loaded") };
        };
        let call = CheckCall {
            plugin,
            check: &item.check,
            target: target.clone(),
            dialect: self.dialect(target.spec()),
            adapter: self.adapter(item, target.spec()),
            params: item.params.clone(),
            scratch_name: scratch_name.to_owned(),
            time_limit: Duration::from_millis(item.time_limit_ms.into()),
            sink: witness.clone(),
            redactor: self.targets.redactor.clone(),
        };
        let mut stop = self.stop.clone();
        tokio::select! {
            termination = self.host.run_check(call) => termination,
            // Dropping the call ends the guest and whatever it had started on the target.
            _ = stop.wait_for(|stop| *stop) => Termination::Interrupted,
        }
    }

    fn dialect(&self, target: &TargetSpec) -> Dialect {
        let sql = target.sql.as_ref();
        self.dialects.of(sql.and_then(|sql| sql.product.as_deref()), sql.and_then(|sql| sql.family.as_deref()))
    }

    fn adapter(&self, item: &PlanItem, target: &TargetSpec) -> Option<Arc<Plugin>> {
        let wanted = item.check.needs.iter().any(|need| matches!(need, Need::Adapter(_)));
        let name = target.adapter.as_ref().filter(|_| wanted)?;
        self.components.get(name).cloned()
    }
}

/// Whether there is nothing to end: a node that this run never reached runs nothing of it.
fn is_idle(target: &Target, act: &CleanupAct) -> bool {
    matches!(act, CleanupAct::Processes { node, .. } if !target.has_opened(node))
}

/// All that a check may have running, one act a node.
fn processes(item: &PlanItem, target: &Target, scratch_name: &str) -> Vec<CleanupAct> {
    if !item.check.needs.contains(&Need::Shell) {
        return Vec::new();
    }
    let nodes = target.spec().shells.iter().map(|(name, _)| name.clone());
    nodes.map(|node| CleanupAct::Processes { node, marker: scratch_name.to_owned() }).collect()
}

/// What follows from one try: how the plugin ended, joined with what the host saw.
pub fn verdict_of(
    check: &CheckDescription,
    observations: &[Observation],
    reports: &[ExpectationReport],
    termination: &Termination,
) -> Verdict {
    with_act(judge(check, observations, reports, termination), termination, observations)
}

/// That a time limit passed does not say what took so long; the act that it cut short does.
fn with_act(verdict: Verdict, termination: &Termination, observations: &[Observation]) -> Verdict {
    let cut = observations.last().filter(|o| matches!(&o.result, ActResult::Refused { code, .. } if code == "cut-short"));
    match (verdict, termination, cut) {
        (Verdict::Inconclusive { reason }, Termination::TimedOut { .. }, Some(Observation { act, .. })) => {
            let reason = Text::new(format!("{}；当时正在：{act}", reason.zh), format!("{}, during: {act}", reason.en));
            Verdict::Inconclusive { reason }
        }
        (verdict, ..) => verdict,
    }
}

/// Undoes in reverse order, whatever fails, and writes down how each went.
pub async fn undo_all(journal: &Journal, item: &str, target: &Target, mut cleanups: Vec<Cleanup>) -> Result<(), JournalError> {
    // Processes first: a living one holds mounts and folders.
    cleanups.sort_by_key(|cleanup| matches!(cleanup.act, CleanupAct::Processes { .. }));
    let mut undone = BTreeSet::new();
    while let Some(cleanup) = cleanups.pop() {
        if !undone.insert(cleanup.id) {
            continue;
        }
        let failure = cleanup::undo(target, &cleanup.act).await.err();
        journal.durable(Event::CleanupDone { item: item.to_owned(), id: cleanup.id, failure }).await?;
    }
    Ok(())
}

/// Short, lower-case, starts with a letter: fits every database and file system.
fn scratch_name() -> String {
    use std::hash::{BuildHasher as _, Hasher as _};
    // The standard library seeds its hasher from the system's randomness.
    let random = std::hash::RandomState::new().build_hasher().finish();
    format!("ts{:012x}", random & 0xffff_ffff_ffff)
}
