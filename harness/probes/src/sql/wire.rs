//! What goes between this host and `touchstone-odbc`, one JSON document a line.
//!
//! Drivers of other people run in a process of their own: their blocking calls hold no thread of the host, and one that
//! crashes or hangs takes nothing with it.

use super::{Outcome, Transaction, Value};
use serde::{Deserialize, Serialize};

/// Name of the program, beside the host's own.
pub const PROGRAM: &str = "touchstone-odbc";

/// A question; each gets one [`Reply`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ask {
    /// The first one. Attributes of the connection string, the password among them: only ever sent through the pipe.
    Connect {
        /// In order.
        attributes: Vec<(String, String)>,
        /// Seconds to wait for the server.
        login_timeout_s: u32,
    },
    /// One statement.
    Execute {
        /// Its text.
        statement: String,
        /// Values for its markers.
        params: Vec<Value>,
        /// Milliseconds after which the driver is to cancel it.
        timeout_ms: u64,
    },
    /// A step of a transaction.
    Transaction(Transaction),
}

/// An answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// The session is open.
    Connected,
    /// There is no session, and why.
    Unconnected(String),
    /// What came of it.
    Outcome(Outcome),
    /// The question makes no sense.
    Invalid(String),
}
