//! Ways for a check to end before its last line.

use crate::bindings::exports::touchstone::contract::checks::Outcome;
use crate::bindings::touchstone::contract::types::Error;

pub use crate::bindings::touchstone::contract::types::Text;

/// Why a check ends early; `?` carries it to the host.
#[derive(Debug)]
pub enum Stop {
    /// The host could not do what it was asked: the check has failed, the target has not.
    Error(Error),
    /// Nothing follows about the target.
    Inconclusive(Text),
    /// It was looked at, and the question does not apply.
    NotApplicable(Text),
}

/// What a check's `run` returns.
pub type CheckResult = Result<Outcome, Stop>;

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Error(error)
    }
}

/// The reported expectations decide.
pub fn decided() -> CheckResult {
    Ok(Outcome::Decided)
}

/// Nothing follows, and why: `return inconclusive(say("…", "…"))`.
pub fn inconclusive<T>(reason: Text) -> Result<T, Stop> {
    Err(Stop::Inconclusive(reason))
}

/// The question does not apply, and why.
pub fn not_applicable<T>(reason: Text) -> Result<T, Stop> {
    Err(Stop::NotApplicable(reason))
}

/// One sentence in both languages.
pub fn say(zh: impl std::fmt::Display, en: impl std::fmt::Display) -> Text {
    Text { zh: zh.to_string(), en: en.to_string() }
}
