//! What a plugin says of itself: checks, adapters, what they need and what they do.

use crate::text::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a check does to its target; each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Impact {
    /// Looks only.
    Observe,
    /// Makes objects of its own and removes them.
    Scratch,
    /// Disturbs the service for a while.
    Disrupt,
    /// Leaves the target changed or destroyed.
    Destroy,
}

impl Impact {
    /// Its name in suites, on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Impact::Observe => "observe",
            Impact::Scratch => "scratch",
            Impact::Disrupt => "disrupt",
            Impact::Destroy => "destroy",
        }
    }
}

/// Something a plugin may ask of the host, once granted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Need {
    /// Commands and scratch files.
    Shell,
    /// Statements to a database.
    Sql,
    /// HTTP exchanges.
    Http,
    /// Names and sockets.
    Net,
    /// An interface of the contract that the target's adapter must offer, by its bare name.
    Adapter(String),
    /// Load, within what the inventory permits.
    Load,
}

impl std::fmt::Display for Need {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Need::Shell => f.write_str("shell"),
            Need::Sql => f.write_str("sql"),
            Need::Http => f.write_str("http"),
            Need::Net => f.write_str("net"),
            Need::Adapter(interface) => write!(f, "adapter:{interface}"),
            Need::Load => f.write_str("load"),
        }
    }
}

/// One thing a check must observe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Expectation {
    /// Kebab-case, unique in the check.
    pub id: String,
    /// What must be so.
    pub title: Text,
}

/// Something the suite may or must set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Used when the suite is silent; absent: the suite must set it.
    pub default: Option<String>,
    /// What it stands for, with its unit.
    pub meaning: Text,
}

/// One check, as its component describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckDescription {
    /// `plugin/check`.
    pub id: String,
    /// Short name.
    pub title: Text,
    /// The question it puts to the target and how the answer is found.
    pub question: Text,
    /// What happens to the target meanwhile.
    pub effect: Text,
    /// Kind of target it is for.
    pub target_kind: String,
    /// What it must be granted.
    pub needs: BTreeSet<Need>,
    /// What it does to the target.
    pub impact: Impact,
    /// What it must observe, in order.
    pub expectations: Vec<Expectation>,
    /// What the suite may set.
    pub params: Vec<Param>,
    /// Milliseconds after which it is ended.
    pub time_limit_ms: u32,
}

/// One adapter, as its component describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AdapterDescription {
    /// Kebab-case.
    pub name: String,
    /// The adapter's own version.
    pub version: String,
    /// Product it knows.
    pub title: Text,
    /// What it must be granted.
    pub needs: BTreeSet<Need>,
    /// Bare names of the interfaces it exports.
    pub offers: BTreeSet<String>,
}
