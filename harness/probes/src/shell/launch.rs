//! A command, ready for a transport.

use super::capture::{Capture, ErrorStream, Stage};
use super::command::Status;
use crate::secret::Secret;
use std::time::Duration;
use tokio::sync::watch;

/// How long a program's pipes are read on after it ended.
pub(super) const GRACE: Duration = Duration::from_millis(200);

/// What a transport starts.
pub(super) struct Launch {
    /// With `enter`, sudo and wrapper where they are needed.
    pub(super) argv: Vec<String>,
    /// Of a direct command; a wrapped one has it among its arguments.
    pub(super) env: Vec<(String, String)>,
    /// By which everything it starts is found again.
    pub(super) marker: String,
    /// The limit by which all that a check starts is found, whatever became of its environment.
    pub(super) mark: Option<u64>,
    /// The wrapper's word, where there is one.
    pub(super) word: Option<String>,
    /// For sudo, should it ask.
    pub(super) password: Option<Secret>,
    /// How far it got, for whoever must end it.
    pub(super) stage: watch::Sender<Stage>,
}

/// What a transport saw.
pub(super) struct Ended {
    pub(super) status: Status,
    pub(super) stdout: Capture,
    pub(super) stderr: ErrorStream,
    pub(super) elapsed: Duration,
    /// Something could not be ended by the transport itself.
    pub(super) left: bool,
}

impl Ended {
    pub(super) fn of(status: Status, stdout: Capture, stderr: ErrorStream, elapsed: Duration) -> Self {
        Self { status, stdout, stderr, elapsed, left: false }
    }
}
