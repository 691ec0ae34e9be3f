//! Where rows stand, and the words they choose from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a row stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// File of the ledger folder.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Id of the row, or what identifies it.
    pub id: String,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}:{})", self.id, self.file, self.line)
    }
}

/// What somebody with the right to say so has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// It is so.
    Yes,
    /// It is not so.
    No,
    /// Not decided yet.
    Pending,
}

/// Who is responsible, by the finding of the supervising third party.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// The operator, wholly or mainly.
    Operator,
    /// Somebody else, or nobody.
    Other,
    /// Not decided yet.
    Pending,
}

/// Class of a business system, by the finding of the supervising third party.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Class {
    /// Major services to the people.
    A,
    /// Public, shared by several offices, or important to economy and society.
    B,
    /// All others.
    C,
}

/// What an incident does to a business system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// It cannot be used.
    Unusable,
    /// Its use is impaired.
    Affected,
}

/// How an incident was reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// By telephone.
    Phone,
    /// By WeChat.
    Wechat,
    /// Any other way.
    Other,
}

/// How a complaint came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ComplaintBy {
    /// By official letter of a using office.
    Letter,
    /// Any other confirmed way.
    Other,
}

/// How a change went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// As its plan said.
    AsPlanned,
    /// Taken back as its own plan provides, with success.
    RolledBack,
    /// Neither.
    Failed,
}

/// Business systems named by an incident.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Systems {
    /// Every system on the cloud that day.
    All,
    /// These, by id.
    These(Vec<String>),
}
