//! Takes down what the host does for a check: numbered, redacted, within limits.

use crate::bindings::types::{Error, ErrorDetail};
use crate::limits::Limits;
use crate::text::cut;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use touchstone_model::event::{Cleanup, CleanupAct};
use touchstone_model::observation::{ActResult, Blob, Observation, keep};
use touchstone_model::text::Text;
use touchstone_model::verdict::{ExpectationReport, Judgement};
use touchstone_probes::secret::Redactor;

/// Longest line that tells an act, in bytes.
const ACT_BYTES: usize = 4096;

/// Where observations, decisions and notes of one check run go.
#[async_trait::async_trait]
pub trait Sink: Send + Sync {
    /// The host acted and saw something; the blobs are evidence too long for the observation itself.
    fn observed(&self, observation: Observation, blobs: Vec<Blob>);
    /// The check decided on an expectation.
    fn reported(&self, report: ExpectationReport);
    /// A note: debug, info or warn.
    fn logged(&self, level: &str, message: String);
    /// How something long goes on: for whoever looks on, and kept nowhere.
    fn progress(&self, _words: Text) {}
    /// Something must be undone when the check is over. Returns when this is on disk; an error keeps the act from being done.
    async fn cleanup_registered(&self, cleanup: Cleanup) -> Result<(), String>;
}

/// What one check run, with the adapter it calls, has seen.
pub(crate) struct Notebook {
    sink: Arc<dyn Sink>,
    redactor: Arc<Redactor>,
    limits: Limits,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    observations: u32,
    evidence_bytes: usize,
    /// Since the last decision.
    fresh: Vec<u32>,
    /// Those that the last decision rests on.
    last: Vec<u32>,
    reports: usize,
    cleanups: u32,
    log_lines: usize,
}

/// A piece of evidence, redacted.
pub(crate) struct Piece {
    name: &'static str,
    content: Vec<u8>,
    truncated: bool,
}

/// Evidence of an act, on its way into the notebook.
#[derive(Default)]
pub(crate) struct Pieces(Vec<Piece>);

impl Pieces {
    /// Adds what is not empty.
    pub(crate) fn with(mut self, name: &'static str, content: &[u8], truncated: bool) -> Self {
        if !content.is_empty() || truncated {
            self.0.push(Piece { name, content: content.to_vec(), truncated });
        }
        self
    }
}

impl Notebook {
    pub(crate) fn new(sink: Arc<dyn Sink>, redactor: Arc<Redactor>, limits: Limits) -> Arc<Self> {
        Arc::new(Self { sink, redactor, limits, counts: Mutex::default() })
    }

    pub(crate) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins an act. It is written down when it ends, also when it is dropped before that.
    ///
    /// # Errors
    /// No room for what it might show.
    pub(crate) fn begin(self: &Arc<Self>, capability: String, act: &str) -> Result<Act, Error> {
        let full = {
            let counts = self.counts();
            let (acts, most) = (counts.observations as usize, self.limits.observations);
            let acts_words = || Error::Limit(format!("{most} acts in one check"));
            if acts > most {
                return Err(acts_words());
            }
            // The first one too many is written down: a check that goes on as if nothing had happened is found out by it.
            let evidence = counts.evidence_bytes >= self.limits.evidence_bytes;
            let words = || Error::Limit(format!("{} bytes of evidence in one check", self.limits.evidence_bytes));
            (acts == most).then(acts_words).or_else(|| evidence.then(words))
        };
        let act = Act {
            notebook: self.clone(),
            capability,
            line: cut(&self.redactor.text(act), ACT_BYTES),
            at: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
            begun: Instant::now(),
            open: true,
        };
        match full {
            Some(error) => Err(act.refused(error)),
            None => Ok(act),
        }
    }

    /// A decision of the check, resting on what was seen since the last one; with `same_look`, on what that one rests on too.
    pub(crate) fn report(
        &self,
        expectation: &str,
        judgement: Judgement,
        [expected, actual]: [&str; 2],
        same_look: bool,
    ) -> Result<(), Error> {
        let clean = |text: &str| cut(&self.redactor.text(text), self.limits.text_bytes);
        let judgement = match judgement {
            Judgement::Unevaluated(why) => Judgement::Unevaluated(Text { zh: clean(&why.zh), en: clean(&why.en) }),
            other => other,
        };
        let (expectation, expected, actual) = (clean(expectation), clean(expected), clean(actual));
        let mut counts = self.counts();
        if counts.reports >= self.limits.reports {
            return Err(Error::Limit(format!("{} reports in one check", self.limits.reports)));
        }
        counts.reports += 1;
        let mut observations = if same_look { counts.last.clone() } else { Vec::new() };
        observations.extend(&counts.fresh);
        // What could not be decided uses nothing up.
        if !matches!(judgement, Judgement::Unevaluated(_)) {
            counts.fresh.clear();
            counts.last.clone_from(&observations);
        }
        self.sink.reported(ExpectationReport { expectation, judgement, expected, actual, observations });
        Ok(())
    }

    /// A note; those beyond the limit are dropped.
    pub(crate) fn log(&self, level: &str, message: &str) {
        let mut counts = self.counts();
        counts.log_lines = counts.log_lines.saturating_add(1);
        let most = self.limits.log_lines;
        if counts.log_lines <= most {
            self.sink.logged(level, cut(&self.redactor.text(message), self.limits.text_bytes));
        } else if counts.log_lines == most + 1 {
            let note = format!("日志超过 {most} 行，其余已丢弃 / more than {most} notes; the rest is dropped");
            self.sink.logged("warn", note);
        }
    }

    /// Tells whoever looks on.
    pub(crate) fn progress(&self, words: Text) {
        self.sink.progress(words);
    }

    /// Registers what undoes an act that is about to be done; returns when it is on disk.
    pub(crate) async fn cleanup(&self, act: CleanupAct) -> Result<(), Error> {
        let id = {
            let mut counts = self.counts();
            if counts.cleanups as usize >= self.limits.cleanups {
                return Err(Error::Limit(format!("{} clean-ups in one check", self.limits.cleanups)));
            }
            counts.cleanups += 1;
            counts.cleanups
        };
        let registered = self.sink.cleanup_registered(Cleanup { id, act }).await;
        registered.map_err(|message| Error::Other(ErrorDetail { code: "journal".to_owned(), message }))
    }

    fn observe(&self, act: &mut Act, result: ActResult, pieces: Pieces) {
        act.open = false;
        let kept = pieces.0.into_iter().map(|piece| keep(piece.name, piece.content, piece.truncated));
        let (evidence, blobs): (Vec<_>, Vec<_>) = kept.unzip();
        let mut counts = self.counts();
        counts.observations += 1;
        let bytes: u64 = evidence.iter().map(|e| e.size).sum();
        counts.evidence_bytes = counts.evidence_bytes.saturating_add(usize::try_from(bytes).unwrap_or(usize::MAX));
        let id = counts.observations;
        counts.fresh.push(id);
        let observation = Observation {
            id,
            at: std::mem::take(&mut act.at),
            elapsed_us: u64::try_from(act.begun.elapsed().as_micros()).unwrap_or(u64::MAX),
            capability: std::mem::take(&mut act.capability),
            act: std::mem::take(&mut act.line),
            result,
            evidence,
        };
        // Under the lock, so that observations reach the sink in the order of their numbers.
        self.sink.observed(observation, blobs.into_iter().flatten().collect());
    }
}

/// An act under way.
pub(crate) struct Act {
    notebook: Arc<Notebook>,
    capability: String,
    line: String,
    at: String,
    begun: Instant,
    open: bool,
}

/// What an act gives the plugin, and what it gives the notebook: nothing where it shows nothing of the target and so must
/// support no decision (a session opened, a clean-up registered).
pub(crate) type Done<T> = (T, Option<(ActResult, Pieces)>);

impl Act {
    /// It ended; the plugin gets what is returned.
    pub(crate) fn settle<T>(mut self, done: Result<Done<T>, Error>) -> Result<T, Error> {
        match done {
            Ok((value, seen)) => {
                match seen {
                    Some((result, pieces)) => self.notebook.clone().observe(&mut self, result, pieces),
                    None => self.open = false,
                }
                Ok(value)
            }
            Err(error) => Err(self.refused(error)),
        }
    }

    /// It was not done, for a reason that the plugin is told.
    pub(crate) fn refused(mut self, error: Error) -> Error {
        let result = match error.clone() {
            Error::Denied(message) => ActResult::Denied { message },
            Error::Lost(message) => ActResult::Lost { message },
            Error::Invalid(message) => ActResult::Refused { code: "invalid".to_owned(), message },
            Error::TimedOut(message) => ActResult::Refused { code: "timed-out".to_owned(), message },
            Error::Limit(message) => ActResult::Refused { code: "limit".to_owned(), message },
            Error::Unavailable(message) => ActResult::Refused { code: "unavailable".to_owned(), message },
            Error::Other(detail) => ActResult::Refused { code: detail.code, message: detail.message },
        };
        self.notebook.clone().observe(&mut self, result, Pieces::default());
        error
    }
}

impl Drop for Act {
    fn drop(&mut self) {
        if self.open {
            let message = "the check was ended meanwhile".to_owned();
            let result = ActResult::Refused { code: "cut-short".to_owned(), message };
            self.notebook.clone().observe(self, result, Pieces::default());
        }
    }
}
