//! What is run and what came of it.

use crate::ProbeError;
use std::time::Duration;

/// Longest time of a command whose caller names none.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);
/// Bytes of each stream kept when the caller names no limit.
pub const DEFAULT_OUTPUT_LIMIT: usize = 1024 * 1024;

/// A program to run, as a list; no shell ever interprets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Fed to it while it runs.
    pub stdin: Vec<u8>,
    /// Added to the node's plain environment.
    pub env: Vec<(String, String)>,
    /// With administrator rights, by the means the inventory names.
    pub elevated: bool,
    /// After this time it is ended, with everything it started.
    pub timeout: Duration,
    /// Bytes of each stream that are kept; the rest is read and dropped.
    pub output_limit: usize,
}

impl Command {
    /// With the default limits, empty standard input and nothing added.
    pub fn new<S: Into<String>>(argv: impl IntoIterator<Item = S>) -> Self {
        Self {
            argv: argv.into_iter().map(Into::into).collect(),
            stdin: Vec::new(),
            env: Vec::new(),
            elevated: false,
            timeout: DEFAULT_TIMEOUT,
            output_limit: DEFAULT_OUTPUT_LIMIT,
        }
    }

    pub(crate) fn check(&self) -> Result<(), ProbeError> {
        let invalid = |message: &str| Err(ProbeError::Invalid(message.to_owned()));
        let Some(program) = self.argv.first() else { return invalid("a command without a program") };
        if program.is_empty() || program.starts_with('-') {
            return invalid("the name of a program is not empty and does not start with a hyphen");
        }
        let values = self.env.iter().map(|(_, value)| value);
        if self.argv.iter().chain(values).any(|text| text.contains('\0')) {
            return invalid("a NUL byte cannot be passed to a program");
        }
        for (name, _) in &self.env {
            let mut letters = name.chars();
            let first = letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
            if !first || !letters.all(|c| c.is_ascii_alphanumeric() || c == '_') {
                return Err(ProbeError::Invalid(format!("{name:?} is not the name of an environment variable")));
            }
        }
        Ok(())
    }
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// How it ended.
    pub status: Status,
    /// Standard output, up to the limit.
    pub stdout: Vec<u8>,
    /// Standard error, up to the limit.
    pub stderr: Vec<u8>,
    /// More came than was kept.
    pub stdout_truncated: bool,
    /// More came than was kept.
    pub stderr_truncated: bool,
    /// From the start to the end of the program.
    pub elapsed: Duration,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// By itself, with this code.
    Exited(i32),
    /// By this signal.
    Signalled(i32),
    /// By the host, when its time was over; nothing that it started is left alive.
    TimedOut,
    /// No such program on the node.
    NotFound,
}
