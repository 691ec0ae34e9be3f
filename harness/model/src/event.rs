//! The one stream that everything reads: progress, reports, resumption. Entries of the journal carry these.

use crate::digest::Digest;
use crate::observation::Observation;
use crate::plan::Plan;
use crate::verdict::{ExpectationReport, Termination, Verdict};
use crate::waiver::Waiver;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Something that happened in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// First entry of a journal.
    RunStarted {
        /// Unique id of the run.
        run: String,
        /// Touchstone's version.
        tool: String,
        /// Of the suite's and catalogue's files.
        suite_sha256: Digest,
        /// What the run was made from, as copied into its folder.
        #[serde(default)]
        inputs: Vec<InputFile>,
        /// All that must answer.
        plan: Box<Plan>,
    },
    /// Waivers were laid over the verdicts; they take the place of those laid before.
    WaiversLaid {
        /// Of their file.
        sha256: Digest,
        /// In the order of the file.
        waivers: Vec<Waiver>,
        /// Name of the file's copy beside the run's inputs, where they were laid after the run had begun.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        copy: Option<String>,
    },
    /// The run was taken up again after a stop.
    RunResumed {
        /// Items that had been started but not finished, and what becomes of each.
        interrupted: Vec<String>,
    },
    /// What a target is made of, as far as it says itself. Nothing is decided by it.
    Surveyed(Survey),
    /// A check begins; on disk before it acts.
    CheckStarted {
        /// Key of the plan item.
        item: String,
        /// From 1; more than 1 after a resume, or when the check is tried again.
        attempt: u32,
    },
    /// The host acted for the check.
    Observed {
        /// Key of the plan item.
        item: String,
        /// What was seen.
        observation: Observation,
    },
    /// The check decided on an expectation.
    Reported {
        /// Key of the plan item.
        item: String,
        /// The decision.
        report: ExpectationReport,
    },
    /// A note of a plugin.
    Logged {
        /// Key of the plan item.
        item: String,
        /// debug, info, warn.
        level: String,
        /// Redacted text.
        message: String,
    },
    /// Something that must be undone when the check is over; on disk before the act that it undoes.
    CleanupRegistered {
        /// Key of the plan item.
        item: String,
        /// What to do.
        cleanup: Cleanup,
    },
    /// It was undone, or not.
    CleanupDone {
        /// Key of the plan item.
        item: String,
        /// Number of the clean-up in its check run.
        id: u32,
        /// Absent: done.
        failure: Option<String>,
    },
    /// The try at the check is over; on disk before the next one in its place starts.
    CheckFinished {
        /// Key of the plan item.
        item: String,
        /// How the plugin ended.
        termination: Termination,
        /// What follows.
        verdict: Verdict,
        /// Milliseconds.
        elapsed_ms: u64,
    },
    /// The run is over.
    RunFinished {
        /// Ended before everything had answered (Ctrl-C).
        interrupted: bool,
    },
}

/// An act that undoes another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cleanup {
    /// Number in its check run, from 1; undone in reverse order.
    pub id: u32,
    /// What to do.
    pub act: CleanupAct,
}

/// What undoes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum CleanupAct {
    /// A command on a node.
    Command {
        /// Node's name.
        node: String,
        /// Program and arguments.
        argv: Vec<String>,
        /// With administrator rights.
        elevated: bool,
    },
    /// End of every process on a node that the check started and that still lives; done before everything else.
    Processes {
        /// Node's name.
        node: String,
        /// By which they are found: the value of TOUCHSTONE_CHECK in their environment begins with it, or their limit of file
        /// locks with the number that is made of it, which a daemon cannot lose.
        marker: String,
    },
    /// End of every session that the check opened and that the server still holds; done before every statement.
    Sessions {
        /// Role that they were opened as.
        role: String,
        /// By which they are found: part of the name that the application gave itself.
        marker: String,
    },
    /// Removal of the scratch folder on a node.
    ScratchFolder {
        /// Node's name.
        node: String,
        /// Absolute path.
        path: String,
    },
    /// A request over HTTP.
    Request {
        /// GET, POST ...
        method: String,
        /// Absolute, among the target's endpoints.
        url: String,
        /// Credential of the inventory.
        credential: Option<String>,
        /// How a body begins that says it was done.
        answer: String,
    },
    /// A statement in a fresh session.
    Statement {
        /// Role to open.
        role: String,
        /// One statement.
        statement: String,
    },
}

/// The environment of a run: what a part of a target says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Survey {
    /// Target's name.
    pub target: String,
    /// Node's name, or `database`.
    pub part: String,
    /// Name and value: kernel, system, processors, memory, server version, settings.
    pub facts: BTreeMap<String, String>,
}

/// A file that a run was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InputFile {
    /// Path below `suite/` in the run's folder, with `/`.
    pub name: String,
    /// Of its content.
    pub sha256: Digest,
}

impl CleanupAct {
    /// Node, role or URL that it is done at.
    pub fn place(&self) -> &str {
        match self {
            CleanupAct::Command { node, .. } | CleanupAct::Processes { node, .. } | CleanupAct::ScratchFolder { node, .. } => {
                node
            }
            CleanupAct::Sessions { role, .. } | CleanupAct::Statement { role, .. } => role,
            CleanupAct::Request { url, .. } => url,
        }
    }
}

/// One line of a journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    /// From 0.
    pub seq: u64,
    /// RFC 3339, UTC, milliseconds.
    pub at: String,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}
