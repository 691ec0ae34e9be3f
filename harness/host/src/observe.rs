//! Observations: numbered, redacted, kept, and bound to the expectation they were made for.

use crate::limits::Limits;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use touchstone_model::event::{Cleanup, CleanupAct};
use touchstone_model::observation::{ActResult, Blob, Observation, keep};
use touchstone_model::verdict::{ExpectationReport, Judgement};
use touchstone_probes::secret::Redactor;

/// Where everything goes that is seen, decided, said or owed during a check run.
#[async_trait::async_trait]
pub trait Sink: Send + Sync {
    /// The host acted.
    fn observed(&self, observation: Observation, blobs: Vec<Blob>);
    /// The check decided on an expectation.
    fn reported(&self, report: ExpectationReport);
    /// A plugin said something.
    fn logged(&self, level: &str, message: String);
    /// Something will have to be undone. Returns when that is on disk.
    async fn cleanup_registered(&self, cleanup: Cleanup) -> Result<(), String>;
}

/// One act, about to be written down.
pub struct Act {
    capability: String,
    act: String,
    at: String,
    begun: Instant,
    evidence: Vec<(&'static str, Vec<u8>, bool)>,
}

impl Act {
    /// Begins now.
    pub fn begin(capability: String, act: String) -> Self {
        Act { capability, act, at: now(), begun: Instant::now(), evidence: Vec::new() }
    }

    /// Adds something seen; empty content is not kept.
    pub fn saw(&mut self, name: &'static str, content: impl Into<Vec<u8>>, truncated: bool) {
        let content = content.into();
        if !content.is_empty() {
            self.evidence.push((name, content, truncated));
        }
    }
}

#[derive(Default)]
struct Attached {
    since_last: Vec<u32>,
    last: Vec<u32>,
    reports: usize,
    notes: usize,
}

/// The observer of one check run, shared by the check and the adapter it calls.
pub struct Observer {
    sink: Arc<dyn Sink>,
    redactor: Arc<Redactor>,
    limits: Limits,
    next: AtomicU32,
    next_cleanup: AtomicU32,
    evidence: AtomicU64,
    attached: Mutex<Attached>,
}

impl Observer {
    /// Writes to `sink`.
    pub fn new(sink: Arc<dyn Sink>, redactor: Arc<Redactor>, limits: Limits) -> Self {
        Observer {
            sink,
            redactor,
            limits,
            next: AtomicU32::new(1),
            next_cleanup: AtomicU32::new(1),
            evidence: AtomicU64::new(0),
            attached: Mutex::default(),
        }
    }

    fn attached(&self) -> MutexGuard<'_, Attached> {
        self.attached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes an act down with what came of it.
    pub fn record(&self, act: Act, result: ActResult) {
        let elapsed_us = u64::try_from(act.begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (mut evidence, mut blobs) = (Vec::new(), Vec::new());
        for (name, content, truncated) in act.evidence {
            let (content, cut) = self.within_budget(self.redactor.bytes(&content));
            let (kept, blob) = keep(name, content, truncated || cut);
            evidence.push(kept);
            blobs.extend(blob);
        }
        if !act.capability.starts_with("adapter") {
            self.attached().since_last.push(id);
        }
        let act_line = cut(self.redactor.text(&act.act), 4000);
        let result = self.redact(result);
        let observation =
            Observation { id, at: act.at, elapsed_us, capability: act.capability, act: act_line, result, evidence };
        self.sink.observed(observation, blobs);
    }

    fn within_budget(&self, mut content: Vec<u8>) -> (Vec<u8>, bool) {
        let used = self.evidence.fetch_add(content.len() as u64, Ordering::Relaxed);
        let left = usize::try_from(self.limits.evidence.saturating_sub(used)).unwrap_or(usize::MAX);
        let cut = content.len() > left;
        content.truncate(left);
        (content, cut)
    }

    fn redact(&self, result: ActResult) -> ActResult {
        let clean = |text: String| cut(self.redactor.text(&text), 4000);
        match result {
            ActResult::SqlFailed { sqlstate, message } => ActResult::SqlFailed { sqlstate, message: clean(message) },
            ActResult::Indeterminate { reason } => ActResult::Indeterminate { reason: clean(reason) },
            ActResult::NetworkFailed { code, message } => ActResult::NetworkFailed { code, message: clean(message) },
            ActResult::Lost { message } => ActResult::Lost { message: clean(message) },
            ActResult::Denied { message } => ActResult::Denied { message: clean(message) },
            ActResult::Refused { code, message } => ActResult::Refused { code, message: clean(message) },
            other => other,
        }
    }

    /// Takes a decision of the check, with the observations since the last one (else those of the last one).
    pub fn report(&self, expectation: String, judgement: Judgement, expected: String, actual: String) -> Result<(), String> {
        let mut attached = self.attached();
        attached.reports += 1;
        if attached.reports > self.limits.reports {
            return Err(format!("more than {} reports", self.limits.reports));
        }
        if !attached.since_last.is_empty() {
            attached.last = std::mem::take(&mut attached.since_last);
        }
        let observations = attached.last.clone();
        drop(attached);
        let clean = |text: String| cut(self.redactor.text(&text), 16 << 10);
        let judgement = match judgement {
            Judgement::Unevaluated(why) => Judgement::Unevaluated(clean(why)),
            decided => decided,
        };
        self.sink.reported(ExpectationReport {
            expectation: cut(expectation, 200),
            judgement,
            expected: clean(expected),
            actual: clean(actual),
            observations,
        });
        Ok(())
    }

    /// Takes a note; after too many, none.
    pub fn note(&self, level: &str, message: &str) {
        let count = {
            let mut attached = self.attached();
            attached.notes += 1;
            attached.notes
        };
        if count < self.limits.notes {
            self.sink.logged(level, cut(self.redactor.text(message), 4000));
        } else if count == self.limits.notes {
            self.sink.logged("warn", format!("more than {} notes: the rest is dropped", self.limits.notes));
        }
    }

    /// Registers what will have to be undone; returns when that is on disk.
    pub async fn owe(&self, act: CleanupAct) -> Result<(), String> {
        let id = self.next_cleanup.fetch_add(1, Ordering::Relaxed);
        self.sink.cleanup_registered(Cleanup { id, act }).await
    }

    /// Redacted, for words that leave by other ways.
    pub fn clean(&self, text: &str) -> String {
        self.redactor.text(text)
    }
}

fn cut(mut text: String, limit: usize) -> String {
    if text.len() > limit {
        let at = (0..=limit).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(at);
        text.push('…');
    }
    text
}

fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
