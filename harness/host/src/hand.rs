//! What a guest may do, and the ways that all capabilities share: grants, sizes, times, redaction.

use crate::bindings::types::{Error, ErrorDetail};
use crate::limits::Limits;
use crate::observe::{Act, Notebook};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use touchstone_model::description::{Impact, Need};
use touchstone_model::dialect::Dialect;
use touchstone_probes::{ProbeError, Target};

/// What check and adapter of one run share.
pub(crate) struct Run {
    pub(crate) target: Arc<Target>,
    /// `plugin/check`.
    pub(crate) check: String,
    /// What the check does to its target at most, as it declares.
    pub(crate) impact: Impact,
    pub(crate) params: BTreeMap<String, String>,
    pub(crate) dialect: Dialect,
    pub(crate) scratch_name: String,
    pub(crate) begun: Instant,
    pub(crate) time_limit: Duration,
    pub(crate) limits: Limits,
    pub(crate) notebook: Arc<Notebook>,
    /// Scratch folders made so far, for their names.
    pub(crate) scratches: AtomicU32,
    /// Roles that sessions were opened as.
    pub(crate) roles: Mutex<BTreeSet<String>>,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Voice {
    /// Its acts support decisions.
    Check,
    /// Its acts are shown, but support nothing.
    Adapter,
}

/// The host's hand, as far as it is lent to one guest.
pub(crate) struct Hand {
    pub(crate) run: Arc<Run>,
    pub(crate) voice: Voice,
    pub(crate) grants: BTreeSet<Need>,
}

impl Hand {
    /// Begins an act, if it was granted.
    pub(crate) fn begin(&self, need: &Need, line: &str) -> Result<Act, Error> {
        let name = match need {
            Need::Adapter(_) => "adapter".to_owned(),
            other => other.to_string(),
        };
        let capability = match self.voice {
            Voice::Check => name,
            Voice::Adapter => format!("adapter:{name}"),
        };
        let act = self.run.notebook.begin(capability, line)?;
        if self.grants.contains(need) {
            return Ok(act);
        }
        let who = if self.voice == Voice::Check { "the check" } else { "the adapter" };
        Err(act.refused(Error::Denied(format!("{who} did not declare that it needs {need}"))))
    }

    /// Begins an act that leaves a handle open, where `open` are open already.
    pub(crate) fn begin_opening(&self, need: &Need, line: &str, open: usize) -> Result<Act, Error> {
        let act = self.begin(need, line)?;
        if open < self.run.limits.handles {
            return Ok(act);
        }
        Err(act.refused(Error::Limit(format!("{} handles open at once", self.run.limits.handles))))
    }

    /// What is left of the check's own time.
    pub(crate) fn time_left(&self) -> Duration {
        self.run.time_limit.saturating_sub(self.run.begun.elapsed())
    }

    /// A limit that the plugin named, or the default, but never longer than the check itself may take.
    pub(crate) fn time(&self, asked_ms: Option<u32>, default: Duration) -> Duration {
        asked_ms.map_or(default, |ms| Duration::from_millis(ms.into())).min(self.time_left())
    }

    /// Bytes to be kept of a stream.
    pub(crate) fn output_limit(&self, asked: Option<u32>) -> usize {
        let limits = &self.run.limits;
        asked.map_or(limits.output_default, |n| usize::try_from(n).unwrap_or(usize::MAX)).min(limits.output_max)
    }

    /// Refuses what is larger than a request may be.
    pub(crate) fn check_size(&self, what: &str, bytes: usize) -> Result<(), Error> {
        within(what, bytes, self.run.limits.request_bytes)
    }

    /// Refuses a body, an input or a file that is larger than an output may be.
    pub(crate) fn check_content(&self, what: &str, bytes: usize) -> Result<(), Error> {
        within(what, bytes, self.run.limits.output_max)
    }

    /// Without secrets: what a plugin is given is what the evidence shows.
    pub(crate) fn clean(&self, bytes: &[u8]) -> Vec<u8> {
        self.run.notebook.redactor().bytes(bytes)
    }

    /// As [`Self::clean`], for what may have been cut off by a limit.
    pub(crate) fn clean_cut(&self, bytes: &[u8], cut: bool) -> Vec<u8> {
        if cut { self.run.notebook.redactor().cut_bytes(bytes) } else { self.clean(bytes) }
    }

    /// As [`Self::clean`].
    pub(crate) fn clean_text(&self, text: &str) -> String {
        self.run.notebook.redactor().text(text)
    }

    /// A probe's error as the contract has it.
    pub(crate) fn told(&self, error: ProbeError) -> Error {
        let clean = |text: String| self.clean_text(&text);
        match error {
            ProbeError::Denied(words) => Error::Denied(clean(words)),
            ProbeError::Invalid(words) => Error::Invalid(clean(words)),
            ProbeError::TimedOut(words) => Error::TimedOut(clean(words)),
            ProbeError::Lost(words) => Error::Lost(clean(words)),
            ProbeError::Limit(words) => Error::Limit(clean(words)),
            ProbeError::Unavailable(words) => Error::Unavailable(clean(words)),
            ProbeError::Other { code, message } => Error::Other(ErrorDetail { code, message: clean(message) }),
        }
    }
}

fn within(what: &str, bytes: usize, limit: usize) -> Result<(), Error> {
    if bytes <= limit { Ok(()) } else { Err(Error::Limit(format!("{what}: {bytes} bytes, {limit} are allowed"))) }
}

/// Whole microseconds.
pub(crate) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// Whole milliseconds.
pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
