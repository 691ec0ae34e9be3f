//! What is still due of a run that was stopped.

use crate::execute::{Due, Targets, undo_all};
use crate::journal::{Journal, JournalError, Stored};
use std::collections::HashMap;
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
/// that cannot harm (it observes, or works on scratch objects of its own); a disruptive one stays inconclusive.
pub async fn take_up<'a>(
    journal: &Journal,
    stored: &Stored,
    plan: &'a Plan,
    targets: &Targets,
) -> Result<Vec<Due<'a>>, JournalError> {
    let mut progress = progress(stored);
    let interrupted = plan.items.iter().filter(|i| progress.get(&i.key).is_some_and(|p| p.attempts > 0 && !p.ended));
    let interrupted: Vec<String> = interrupted.map(|i| i.key.clone()).collect();
    journal.durable(Event::RunResumed { interrupted }).await?;
    let mut due = Vec::new();
    for item in &plan.items {
        let Progress { attempts, ended, answers, pending } = progress.remove(&item.key).unwrap_or_default();
        if let Some(target) = targets.get(&item.target) {
            undo_all(journal, &item.key, target, pending).await?;
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
