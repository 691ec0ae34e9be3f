//! Runs what a plan lists: observe-only checks side by side, the others one at a time per target.

use crate::journal::{Journal, JournalError};
use crate::planner::Components;
use crate::slots::Slots;
use crate::survey;
use crate::witness::Witness;
use futures_util::StreamExt as _;
use futures_util::future::{join, join_all};
use futures_util::stream;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{RwLock, watch};
use touchstone_host::{CheckCall, Host, Plugin, cleanup};
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

/// Checks in flight at once on a target: as many as sshd allows sessions, less some for ending commands.
const AT_A_TARGET: usize = 8;
/// Longest wait for the names of all targets.
const NAMES_WITHIN: Duration = Duration::from_secs(5);
/// More than a check may register clean-ups, and the runner for it: numbers of different attempts are never alike.
pub(crate) const IDS_OF_AN_ATTEMPT: u32 = 4096;

/// The targets of a run, each with the lock that orders what changes it.
pub struct Targets {
    by_name: HashMap<String, (Arc<Target>, Arc<RwLock<()>>)>,
    redactor: Arc<Redactor>,
}

impl Targets {
    /// Connects nothing yet. What `redactor` knows is replaced in everything that is kept and shown.
    pub fn new(inventory: &Inventory, redactor: Arc<Redactor>) -> Targets {
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
    /// What the names of everything that this run makes on its targets begin with ([`marker`]).
    pub marker: String,
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
    ///
    /// # Errors
    /// The journal could not be written any more: nothing further was begun, and what had been begun was stopped and undone as
    /// far as possible.
    pub async fn run(&self, plan: &Plan, mut due: Vec<Due<'_>>) -> Result<bool, JournalError> {
        // What may take a service away comes last on a target: others must not be judged by what it left.
        due.sort_by_key(|due| due.item.check.impact);
        self.pin_names(&due).await;
        let places: HashMap<&str, usize> = plan.items.iter().enumerate().map(|(at, i)| (i.key.as_str(), at)).collect();
        let mut of_targets: BTreeMap<&str, Vec<(Due<'_>, usize)>> = BTreeMap::new();
        for due in due {
            let place = places[due.item.key.as_str()];
            of_targets.entry(&due.item.target).or_default().push((due, place));
        }
        let slots = Slots::default();
        let done = join_all(of_targets.iter().map(|(target, due)| self.on_target(target, due, &slots))).await;
        self.sweep().await;
        self.targets.close().await;
        done.into_iter().collect::<Result<Vec<()>, JournalError>>()?;
        let interrupted = *self.stop.borrow();
        self.journal.durable(Event::RunFinished { interrupted }).await?;
        Ok(interrupted)
    }

    /// What the names of the targets mean is settled before the first check has a hand in it.
    async fn pin_names(&self, due: &[Due<'_>]) {
        let names: HashSet<&str> = due.iter().map(|due| due.item.target.as_str()).collect();
        let targets = names.into_iter().filter_map(|name| self.targets.get(name));
        // A resolver that does not answer keeps nobody: who needs the name asks again.
        let _ = tokio::time::timeout(NAMES_WITHIN, join_all(targets.map(|target| target.pin_names()))).await;
    }

    /// All that is due on a target, and a look at what it is. The others do not wait for it, however slow it is.
    async fn on_target(&self, name: &str, due: &[(Due<'_>, usize)], slots: &Slots) -> Result<(), JournalError> {
        let Some((target, order)) = self.targets.by_name.get(name) else { return Ok(()) };
        let checks = stream::iter(due).map(|(due, place)| self.one(due, *place, target, order, slots));
        let checks = checks.buffer_unordered(AT_A_TARGET).collect::<Vec<_>>();
        let (done, ()) = join(checks, slots.hold(survey::survey(&self.journal, target))).await;
        done.into_iter().collect()
    }

    async fn one(
        &self,
        due: &Due<'_>,
        place: usize,
        target: &Arc<Target>,
        order: &RwLock<()>,
        slots: &Slots,
    ) -> Result<(), JournalError> {
        // The order on the target comes first: whoever waits for it must not hold a slot that others could use.
        let (_shared, _alone);
        if due.item.check.impact == Impact::Observe {
            _shared = order.read().await;
        } else {
            _alone = order.write().await;
        }
        slots.hold(self.tries(due, place, target)).await
    }

    async fn tries(&self, due: &Due<'_>, place: usize, target: &Arc<Target>) -> Result<(), JournalError> {
        let item = due.item;
        let mut answers = due.answers.clone();
        for attempt in due.attempt.. {
            if *self.stop.borrow() {
                break;
            }
            let scratch_name = scratch_name(&self.marker, place, attempt);
            let Some(verdict) = self.attempt(item, attempt, target, &scratch_name).await? else { break };
            answers.push(verdict);
            if attempts::settled(item.retries, item.check.impact, &answers) {
                break;
            }
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
        if let Some(why) = self.journal.failure() {
            // What it would see could not be kept.
            return Err(JournalError::Gone(why));
        }
        let started = Event::CheckStarted { item: item.key.clone(), attempt };
        if item.check.impact == Impact::Observe {
            // Nothing on the target depends on remembering that a look was begun: what it left is found by the run's marker.
            self.journal.append(started, Vec::new());
        } else {
            self.journal.durable(started).await?;
        }
        let begun = Instant::now();
        let witness = Arc::new(Witness::new(item.key.clone(), self.journal.clone(), attempt));
        let owed_processes = processes(item, target, scratch_name, own_ids(attempt));
        let owed = item.check.impact > Impact::Observe;
        if owed {
            // What a changing check leaves running is ended afterwards, whatever becomes of this run.
            for cleanup in &owed_processes {
                witness.owe(cleanup.clone()).await?;
            }
        }
        let termination = self.call(item, target, scratch_name, &witness).await;
        let mut undoing = Undoing::new(&self.journal, &item.key, target);
        let seen = witness.close();
        let mut cleanups = seen.cleanups;
        if !owed && !has_returned(&termination) {
            // A look that ended badly may have left a command behind; one that ended well is not worth a search.
            cleanups.extend(self.search(item, target, owed_processes));
        }
        for cleanup in cleanups.extract_if(.., |cleanup| is_idle(target, &cleanup.act, &termination)) {
            self.journal.append(Event::CleanupDone { item: item.key.clone(), id: cleanup.id, failure: None }, Vec::new());
        }
        undoing.all(cleanups).await?;
        let verdict = verdict_of(&item.check, &seen.observations, &seen.reports, &termination);
        let elapsed_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let answer = (termination != Termination::Interrupted).then(|| verdict.clone());
        self.journal.durable(Event::CheckFinished { item: item.key.clone(), termination, verdict, elapsed_ms }).await?;
        Ok(answer)
    }

    /// Registers the end of what a look may have left running on the nodes that it reached.
    fn search(&self, item: &PlanItem, target: &Target, processes: Vec<Cleanup>) -> Vec<Cleanup> {
        let cleanups: Vec<Cleanup> = processes.into_iter().filter(|c| is_reached(target, &c.act)).collect();
        for cleanup in &cleanups {
            self.journal.append(Event::CleanupRegistered { item: item.key.clone(), cleanup: cleanup.clone() }, Vec::new());
        }
        cleanups
    }

    /// Ends what a look that ended well left running all the same: once a run, on every node that was reached.
    async fn sweep(&self) {
        let nodes = self.targets.by_name.values().flat_map(|(target, _)| {
            let names = target.spec().shells.iter().map(|(name, _)| name.clone());
            names.map(move |node| (target, CleanupAct::Processes { node, marker: self.marker.clone() }))
        });
        let sweeps = nodes.filter(|(target, act)| is_reached(target, act)).map(|(target, act)| async move {
            if let Err(failure) = cleanup::undo(target, &act, Duration::ZERO).await {
                tracing::warn!(target = target.spec().name, why = failure.words, "what a check had started may still be running");
            }
        });
        join_all(sweeps).await;
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
            () = self.journal.failing() => Termination::Interrupted,
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

/// Whether the guest came to its own end: then nothing that it asked for was cut short.
fn has_returned(termination: &Termination) -> bool {
    matches!(termination, Termination::Decided | Termination::NotApplicable { .. } | Termination::Inconclusive { .. })
}

/// Whether there is nothing to end: a node that this run never reached runs nothing of the check, and a guest that returned
/// left no statement under way.
fn is_idle(target: &Target, act: &CleanupAct, termination: &Termination) -> bool {
    match act {
        CleanupAct::Processes { .. } => !is_reached(target, act),
        CleanupAct::Sessions { .. } => has_returned(termination) || !target.has_opened_sql(),
        _ => false,
    }
}

fn is_reached(target: &Target, act: &CleanupAct) -> bool {
    matches!(act, CleanupAct::Processes { node, .. } if target.has_opened(node))
}

/// All that a check may have running, one clean-up a node, numbered downwards from `last_id`.
pub(crate) fn processes(item: &PlanItem, target: &Target, marker: &str, last_id: u32) -> Vec<Cleanup> {
    if !item.check.needs.contains(&Need::Shell) {
        return Vec::new();
    }
    let nodes = target.spec().shells.iter().map(|(name, _)| name.clone());
    let act = |node| CleanupAct::Processes { node, marker: marker.to_owned() };
    (0..).zip(nodes).map(|(at, node)| Cleanup { id: last_id - at, act: act(node) }).collect()
}

/// The runner numbers its own clean-ups from the top, the host those of the check from the bottom; each attempt has its own.
fn own_ids(attempt: u32) -> u32 {
    u32::MAX - (attempt - 1) * IDS_OF_AN_ATTEMPT
}

/// Last number of what a resume ends before the attempt after `attempts`.
pub(crate) fn sweep_ids(attempts: u32) -> u32 {
    own_ids(attempts + 1) - IDS_OF_AN_ATTEMPT / 2
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

/// Undoes what checks did to one target, and writes down how it went.
pub(crate) struct Undoing<'a> {
    journal: &'a Journal,
    item: &'a str,
    target: &'a Target,
    /// Nodes and roles that were waited for in vain.
    lost: HashSet<String>,
    sessions: cleanup::Sessions,
}

impl<'a> Undoing<'a> {
    pub(crate) fn new(journal: &'a Journal, item: &'a str, target: &'a Target) -> Self {
        Undoing { journal, item, target, lost: HashSet::new(), sessions: cleanup::Sessions::default() }
    }

    /// Undoes in reverse order, whatever fails: also the journal, for what is undone without a note is only undone once more
    /// by a resume.
    pub(crate) async fn all(&mut self, mut cleanups: Vec<Cleanup>) -> Result<(), JournalError> {
        // Processes and sessions first: a living one holds mounts and folders, or makes what was just removed.
        cleanups.sort_by_key(|c| matches!(c.act, CleanupAct::Processes { .. } | CleanupAct::Sessions { .. }));
        let mut written = Ok(());
        while let Some(Cleanup { id, act }) = cleanups.pop() {
            let failure = self.undo(&act).await.map(|failure| failure.words);
            let done = self.journal.durable(Event::CleanupDone { item: self.item.to_owned(), id, failure }).await;
            written = written.and(done);
        }
        written
    }

    /// A target that is away (a restart, a broken link) is waited for, but not again for every act.
    async fn undo(&mut self, act: &CleanupAct) -> Option<cleanup::Failure> {
        let patience = if self.lost.contains(act.place()) { Duration::ZERO } else { cleanup::TIME_LIMIT };
        let failure = cleanup::undo_with(&mut self.sessions, self.target, act, patience).await.err()?;
        if failure.lost {
            self.lost.insert(act.place().to_owned());
        }
        Some(failure)
    }
}

/// A new run's marker: short, lower-case, starts with a letter, met by chance by nobody.
pub fn marker() -> String {
    use std::hash::{BuildHasher as _, Hasher as _};
    // The standard library seeds its hasher from the system's randomness.
    let random = std::hash::RandomState::new().build_hasher().finish();
    format!("ts{}", base36(random, 7))
}

/// The marker, the item, the attempt: fits every database and file system, and no two are alike in a run.
fn scratch_name(marker: &str, item: usize, attempt: u32) -> String {
    format!("{marker}{}{}", base36(item as u64, 3), base36(attempt.into(), 2))
}

/// The last `digits` digits.
fn base36(number: u64, digits: u32) -> String {
    let digit = |at| char::from_digit((number / 36_u64.pow(at) % 36) as u32, 36).unwrap_or('0');
    (0..digits).rev().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_unlike() {
        let marker = marker();
        let names: HashSet<String> = (0..1500).flat_map(|item| [1, 2, 40].map(|n| scratch_name(&marker, item, n))).collect();
        assert_eq!(names.len(), 4500);
        for name in &names {
            assert!(name.starts_with(&marker) && name.len() == 14, "{name}");
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()), "{name}");
        }
        assert_eq!(scratch_name("ts", 35, 1), "ts00z01");
    }
}
