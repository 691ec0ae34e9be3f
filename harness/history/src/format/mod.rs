//! The format of a stored history: JSON lines. `FORMAT.md` tells it to people, `schema/` to programs.

mod read;
mod workload;
mod write;

pub use read::{BadHistory, read, read_header};
pub use workload::{AppendAct, BankAct, Isolation, LedgerAct, PrimaryAct, SessionAct, Step, Workload};
pub use write::Writer;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Version of the format that is written here.
pub const VERSION: u32 = 1;

/// First line of a history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Version of the format.
    #[serde(rename = "touchstone-history")]
    pub version: u32,
    /// What the clients did, and what they were promised.
    pub workload: Workload,
    /// RFC 3339 with milliseconds, UTC: the moment that times are counted from.
    pub started: String,
    /// Anything that helps a person: system, topology, fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Every further line but the last: an operation of a client, written when it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Operation<A> {
    /// Client; it does one thing at a time.
    pub process: u32,
    /// Nanoseconds of a monotonic clock when it was asked.
    pub start: u64,
    /// Nanoseconds when the answer came, or when no answer was waited for any longer.
    pub end: u64,
    /// What is known of it.
    pub outcome: Outcome,
    /// What it did; for reads that were answered, also what they saw.
    #[serde(rename = "do")]
    pub act: A,
}

/// What is known of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Acknowledged.
    Ok,
    /// Refused for certain: it had no effect and never will.
    Fail,
    /// Indeterminate: it may have taken effect, or may still.
    Info,
}

/// Last line. A history without it was cut: it can convict, but not acquit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Closing {
    /// Lines between the first and this one.
    pub operations: u64,
}

/// A history in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct History<A> {
    /// In the order of the file; the operation at index `i` stands in line `i + 2`.
    pub operations: Vec<Operation<A>>,
    /// Whether the closing line is there.
    pub complete: bool,
}

/// Line of the file in which the operation at `index` stands.
pub fn line(index: usize) -> usize {
    index + 2
}

/// JSON Schema (draft 2020-12) of one line of any history.
pub fn json_schema() -> String {
    #[derive(JsonSchema)]
    #[schemars(untagged)]
    #[allow(dead_code, clippy::large_enum_variant, reason = "only its schema is used")]
    enum Line {
        Header(Header),
        Ledger(Operation<LedgerAct>),
        Append(Operation<AppendAct>),
        Bank(Operation<BankAct>),
        Session(Operation<SessionAct>),
        Primary(Operation<PrimaryAct>),
        Closing(Closing),
    }
    let mut schema = schemars::schema_for!(Line);
    schema.insert("title".into(), "A line of a Touchstone history".into());
    format!("{:#}\n", schema.as_value())
}
