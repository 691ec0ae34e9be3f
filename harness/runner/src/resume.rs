//! What is still due of a run that was stopped.

use crate::execute::{Due, Targets, Undoing, processes, sweep_ids};
use crate::journal::{Journal, JournalError, Stored};
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use touchstone_host::cleanup;
use touchstone_model::attempts;
use touchstone_model::description::Impact;
use touchstone_model::event::{Cleanup, Event};
use touchstone_model::plan::Plan;
use touchstone_model::verdict::{Termination, Verdict};

/// How far an item had come.
#[derive(Default)]
struct Progress {
    attempts: u32,
    /// The last try came to an end, one way or another.
    ended: bool,
    /// What the tries that came to an end by themselves said.
    answers: Vec<Verdict>,
    pending: Vec<Cleanup>,
}

/// The plan that a journal began with.
pub fn plan_of(stored: &Stored) -> Option<&Plan> {
    match stored.entries.first().map(|e| &e.event) {
        Some(Event::RunStarted { plan, .. }) => Some(plan),
        _ => None,
    }
}

/// Undoes what a stopped run left on its targets, then lists what is due. A check that was under way is run again only if
/// that cannot harm (it observes, or works on scratch objects of its own); a disruptive one stays inconclusive. What could not
/// be undone before is tried again.
///
/// `marker` is the run's, by which everything is found that it left running.
pub async fn take_up<'a>(
    journal: &Journal,
    stored: &Stored,
    plan: &'a Plan,
    targets: &Targets,
    marker: &str,
) -> Result<Vec<Due<'a>>, JournalError> {
    let mut progress = progress(stored);
    let interrupted = plan.items.iter().filter(|i| progress.get(&i.key).is_some_and(|p| p.attempts > 0 && !p.ended));
    let interrupted: Vec<String> = interrupted.map(|i| i.key.clone()).collect();
    journal.durable(Event::RunResumed { interrupted }).await?;
    sweep(plan, &progress, targets, marker).await;
    let mut due = Vec::new();
    for item in &plan.items {
        let Progress { attempts, ended, answers, mut pending } = progress.remove(&item.key).unwrap_or_default();
        if let Some(target) = targets.get(&item.target) {
            if attempts > 0 && !ended {
                for cleanup in processes(item, target, marker, sweep_ids(attempts)) {
                    let event = Event::CleanupRegistered { item: item.key.clone(), cleanup: cleanup.clone() };
                    journal.durable(event).await?;
                    pending.push(cleanup);
                }
            }
            Undoing::new(journal, &item.key, target).all(pending).await?;
        }
        if attempts::settled(item.retries, item.check.impact, &answers) {
            continue;
        }
        if attempts > 0 && !ended && item.check.impact > Impact::Scratch {
            let termination = Termination::Interrupted;
            let verdict = Verdict::Inconclusive { reason: termination.words() };
            journal.durable(Event::CheckFinished { item: item.key.clone(), termination, verdict, elapsed_ms: 0 }).await?;
        } else {
            due.push(Due { item, attempt: attempts + 1, answers });
        }
    }
    Ok(due)
}

/// That a look was begun is not always on disk: whatever still runs of this run, on a target where anything is due, is ended.
async fn sweep(plan: &Plan, progress: &HashMap<String, Progress>, targets: &Targets, marker: &str) {
    let mut swept = HashSet::new();
    for item in plan.items.iter().filter(|i| progress.get(&i.key).is_none_or(|p| p.attempts == 0)) {
        let Some(target) = targets.get(&item.target) else { continue };
        let processes = processes(item, target, marker, sweep_ids(0));
        if processes.is_empty() || !swept.insert(&item.target) {
            continue;
        }
        for cleanup in processes {
            // Where nobody answers nothing is known to run; that target's checks will say that it is lost.
            if let Err(failure) = cleanup::undo(target, &cleanup.act, Duration::ZERO).await {
                tracing::warn!(target = item.target, why = failure.words, "what a check had started may still be running");
            }
        }
    }
}

fn progress(stored: &Stored) -> HashMap<String, Progress> {
    let mut all: HashMap<String, Progress> = HashMap::new();
    for entry in &stored.entries {
        let Some(item) = entry.event.item() else { continue };
        let one = all.entry(item.to_owned()).or_default();
        match &entry.event {
            Event::CheckStarted { attempt, .. } => (one.attempts, one.ended) = (*attempt, false),
            // One that was ended because the run was stopped (Ctrl-C) has not answered.
            Event::CheckFinished { termination, verdict, .. } => {
                one.ended = *termination != Termination::Interrupted;
                if one.ended {
                    one.answers.push(verdict.clone());
                }
            }
            Event::CleanupRegistered { cleanup, .. } => one.pending.push(cleanup.clone()),
            // What failed stays due: the target may be there again.
            Event::CleanupDone { id, failure: None, .. } => {
                if let Some(at) = one.pending.iter().rposition(|c| c.id == *id) {
                    one.pending.remove(at);
                }
            }
            _ => {}
        }
    }
    all
}
