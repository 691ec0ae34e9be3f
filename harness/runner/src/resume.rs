//! What is still due of a run that was stopped.

use crate::execute::{Due, Targets, undo_all};
use crate::journal::{Journal, JournalError, Stored};
use std::collections::HashMap;
use touchstone_model::description::Impact;
use touchstone_model::event::{Cleanup, Event};
use touchstone_model::plan::Plan;
use touchstone_model::verdict::{Termination, Verdict};

/// How far an item had come.
#[derive(Default)]
struct Progress {
    attempts: u32,
    finished: bool,
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
/// that cannot harm (it observes, or works on scratch objects of its own); a disruptive one stays inconclusive.
pub async fn take_up<'a>(
    journal: &Journal,
    stored: &Stored,
    plan: &'a Plan,
    targets: &Targets,
) -> Result<Vec<Due<'a>>, JournalError> {
    let mut progress = progress(stored);
    let interrupted = plan.items.iter().filter(|i| progress.get(&i.key).is_some_and(|p| p.attempts > 0 && !p.finished));
    let interrupted: Vec<String> = interrupted.map(|i| i.key.clone()).collect();
    journal.durable(Event::RunResumed { interrupted }).await?;
    let mut due = Vec::new();
    for item in &plan.items {
        let Progress { attempts, finished, pending } = progress.remove(&item.key).unwrap_or_default();
        if let Some(target) = targets.get(&item.target) {
            undo_all(journal, &item.key, target, pending).await?;
        }
        if finished {
            continue;
        }
        if attempts > 0 && item.check.impact > Impact::Scratch {
            let termination = Termination::Interrupted;
            let verdict = Verdict::Inconclusive { reason: termination.words() };
            journal.durable(Event::CheckFinished { item: item.key.clone(), termination, verdict, elapsed_ms: 0 }).await?;
        } else {
            due.push(Due { item, attempt: attempts + 1 });
        }
    }
    Ok(due)
}

fn progress(stored: &Stored) -> HashMap<String, Progress> {
    let mut all: HashMap<String, Progress> = HashMap::new();
    for entry in &stored.entries {
        let Some(item) = entry.event.item() else { continue };
        let one = all.entry(item.to_owned()).or_default();
        match &entry.event {
            Event::CheckStarted { attempt, .. } => one.attempts = *attempt,
            // One that was ended because the run was stopped (Ctrl-C) has not answered.
            Event::CheckFinished { termination, .. } => one.finished = *termination != Termination::Interrupted,
            Event::CleanupRegistered { cleanup, .. } => one.pending.push(cleanup.clone()),
            Event::CleanupDone { id, .. } => {
                if let Some(at) = one.pending.iter().rposition(|c| c.id == *id) {
                    one.pending.remove(at);
                }
            }
            _ => {}
        }
    }
    all
}
