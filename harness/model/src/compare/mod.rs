//! Two runs side by side: what became of each question, and what is not the same around them.
//!
//! [`change`] holds the one table of what a pair of states is called and whether it makes the second run worse. What was shown
//! and no longer is counts as worse, whether or not something contradicts it: it is never "no change".

mod change;
mod environment;
mod pairing;
mod snapshot;

pub use change::{Change, State};
pub use environment::{Difference, Surrounding, differences};
pub use pairing::Pair;
pub use snapshot::{Answer, Side, Snapshot};

use crate::text::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Version of the comparison's JSON format.
pub const SCHEMA: u32 = 1;

/// Two runs compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// Version of this format.
    pub schema: u32,
    /// The earlier run.
    pub before: Side,
    /// The later run.
    pub after: Side,
    /// Targets of different names that were compared with each other.
    pub pairs: Vec<Pair>,
    /// Something fails that did not, or is no longer shown.
    pub worse: bool,
    /// Clauses.
    pub clauses: Level,
    /// Aspects of clauses.
    pub aspects: Level,
    /// Checks on targets.
    pub checks: Level,
    /// What differs around them.
    pub environment: Vec<Difference>,
}

/// The questions of one kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Level {
    /// Those that are not as they were, the gravest first.
    pub changed: Vec<Changed>,
    /// How many are as they were.
    pub same: usize,
    /// Those that one of the runs did not ask about.
    pub not_compared: Vec<String>,
}

/// A question that is not answered as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Changed {
    /// Clause, aspect or check.
    pub id: String,
    /// Its name.
    pub title: Text,
    /// What became of it.
    pub change: Change,
    /// Whether that makes the later run worse.
    pub worse: bool,
    /// How it stood before.
    pub before: Standing,
    /// How it stands.
    pub after: Standing,
}

/// How a question stood, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Standing {
    /// How it stood.
    pub state: State,
    /// Why, or what contradicted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// Compares the later run with the earlier. Targets of other names are taken for each other where `named` says so, or where there
/// is no choice.
pub fn compare(before: &Snapshot, after: &Snapshot, named: &[Pair]) -> Comparison {
    let pairs = pairing::pairs(before, after, named);
    let before = &pairing::renamed(before, &pairs);
    let (clauses, aspects) = (level(&before.clauses, &after.clauses), level(&before.aspects, &after.aspects));
    let checks = level(&before.checks, &after.checks);
    let worse = [&clauses, &aspects, &checks].iter().any(|level| level.changed.iter().any(|changed| changed.worse));
    Comparison {
        schema: SCHEMA,
        before: before.side.clone(),
        after: after.side.clone(),
        pairs,
        worse,
        clauses,
        aspects,
        checks,
        environment: differences(before, after),
    }
}

impl Comparison {
    /// Whether there is anything that both runs asked about.
    pub fn is_empty(&self) -> bool {
        [&self.clauses, &self.checks].iter().all(|level| level.changed.is_empty() && level.same == 0)
    }
}

/// Every question of either run, in the later one's order; what only the earlier knew stands behind.
fn level(before: &[Answer], after: &[Answer]) -> Level {
    let (old, new) = (Known::new(before), Known::new(after));
    let gone = before.iter().filter(|answer| !new.0.contains_key(answer.id.as_str()));
    let mut level = Level::default();
    for answer in after.iter().chain(gone) {
        let (was, is) = (old.get(&answer.id), new.get(&answer.id));
        let (from, to) = (was.map_or(State::Absent, |a| a.state), is.map_or(State::Absent, |a| a.state));
        match Change::of(from, to) {
            Change::Same => level.same += 1,
            // A check that was left out as such, where the other run has it target by target: told there.
            _ if (was.is_none() || is.is_none()) && [&old, &new].iter().any(|known| known.has_targets_of(&answer.id)) => {}
            // Neither asked about: there is nothing to tell.
            Change::NotCompared if from == to => {}
            Change::NotCompared => level.not_compared.push(answer.id.clone()),
            change => level.changed.push(Changed {
                id: answer.id.clone(),
                title: answer.title.clone(),
                change,
                worse: Change::is_worse(from, to),
                before: Standing { state: from, why: was.and_then(|a| a.why.clone()) },
                after: Standing { state: to, why: is.and_then(|a| a.why.clone()) },
            }),
        }
    }
    level.changed.sort_by_key(|changed| (!changed.worse, changed.change));
    level
}

/// The answers of one run by their ids.
struct Known<'a>(HashMap<&'a str, &'a Answer>);

impl<'a> Known<'a> {
    fn new(answers: &'a [Answer]) -> Self {
        Known(answers.iter().map(|answer| (answer.id.as_str(), answer)).collect())
    }

    /// The answer itself, or that of the check as a whole where it was left out for every target.
    fn get(&self, id: &str) -> Option<&'a Answer> {
        let whole = || id.split_once('@').and_then(|(check, _)| self.0.get(check));
        self.0.get(id).or_else(whole).copied()
    }

    /// Whether it has that check target by target.
    fn has_targets_of(&self, check: &str) -> bool {
        self.0.keys().any(|id| id.split_once('@').is_some_and(|(stem, _)| stem == check))
    }
}
