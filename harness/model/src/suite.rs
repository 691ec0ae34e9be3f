//! Which checks decide which clauses, with which parameters.

use crate::acceptance::Rules;
use crate::particulars::Particulars;
use crate::text::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A suite for one tender.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suite {
    /// Kebab-case.
    pub id: String,
    /// Its name.
    pub title: Text,
    /// Check components by name (file name without `.wasm`).
    pub plugins: Vec<String>,
    /// Adapter components by name.
    pub adapters: Vec<String>,
    /// How often a check is tried again when it is not content, unless it says itself.
    pub retries: u32,
    /// Checks; ids are unique.
    pub checks: Vec<SuiteCheck>,
    /// By which the conclusion is drawn.
    pub acceptance: Rules,
    /// What reports say about themselves, unless the command line says otherwise.
    pub particulars: Particulars,
}

/// One check as the suite uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuiteCheck {
    /// `plugin/check`.
    pub id: String,
    /// What it decides.
    pub decides: Vec<AspectRef>,
    /// By aspect (`DB-05/row-insert`): the expectations that decide it; an aspect that is not here is decided by all.
    pub by: BTreeMap<String, Vec<String>>,
    /// Values for its parameters.
    pub params: BTreeMap<String, String>,
    /// For filters.
    pub tags: Vec<String>,
    /// Overrides the check's own time limit, in milliseconds.
    pub time_limit_ms: Option<u32>,
    /// How often it is tried again when it is not content.
    pub retries: Option<u32>,
}

/// `DB-05/row-insert`: an aspect of a clause.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct AspectRef {
    /// Clause id.
    pub clause: String,
    /// Aspect id in that clause.
    pub aspect: String,
}

impl std::fmt::Display for AspectRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.clause, self.aspect)
    }
}
