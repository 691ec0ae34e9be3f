//! What can go wrong with a lab.

use std::path::PathBuf;
use std::time::Duration;

/// Why a service of the lab could not be had.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// A program or file that comes with a package is absent.
    #[error("{what} is not on this machine; run ci/setup")]
    Missing {
        /// Program, file or package.
        what: String,
    },
    /// The operating system refused.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done.
        doing: String,
        /// The system's word.
        source: std::io::Error,
    },
    /// A helper command ended with an error.
    #[error("{command} failed ({status}): {output}")]
    Command {
        /// Program name.
        command: String,
        /// How it ended.
        status: String,
        /// What it wrote, cut to a readable size.
        output: String,
    },
    /// A service ended by itself or was not ready in time.
    #[error("{service} was not ready after {waited:.1?} ({state}); end of {log}: {tail}", log = log.display())]
    NotReady {
        /// Service name.
        service: String,
        /// How long was waited.
        waited: Duration,
        /// Still running, or how it ended.
        state: String,
        /// Its log file.
        log: PathBuf,
        /// The last lines of the log.
        tail: String,
    },
    /// No free port was found in the range.
    #[error("no free port below 32768 on loopback")]
    NoPort,
    /// This machine can't hold the service (not root, no loop devices ...).
    #[error("{service}: {reason}")]
    Unable {
        /// Service name.
        service: String,
        /// Why.
        reason: String,
    },
}

/// Adds what was being done to an I/O error.
pub(crate) trait Doing<T> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, LabError>;
}

impl<T> Doing<T> for std::io::Result<T> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, LabError> {
        self.map_err(|source| LabError::Io { doing: what(), source })
    }
}
