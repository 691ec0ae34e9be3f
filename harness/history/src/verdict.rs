//! What a checker says of a history.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use touchstone_model::text::Text;

/// Jepsen's three values; the greater is the worse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Validity {
    /// Nothing contradicts what was promised, and enough was seen to say so.
    #[default]
    True,
    /// It cannot be decided from this history.
    Unknown,
    /// The history contradicts what was promised.
    False,
}

impl Validity {
    /// Of several, the worst.
    pub fn merge(self, other: Self) -> Self {
        self.max(other)
    }
}

/// One kind of anomaly that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Stable kebab-case name: lost, stale, g1a, g-single ...
    pub anomaly: String,
    /// What it is, for people.
    pub meaning: Text,
    /// How often it was found; for cycles, in how many groups of transactions.
    pub count: u64,
    /// Whether what was promised rules it out. Others are shown and decide nothing.
    pub forbidden: bool,
    /// The first few, each as lines that can be followed by a person.
    pub witnesses: Vec<Vec<Text>>,
}

/// What a checker says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The verdict.
    pub valid: Validity,
    /// Anomalies, the worst first.
    pub findings: Vec<Finding>,
    /// Why it cannot be decided; empty unless the verdict is unknown or would be.
    pub undecided: Vec<Text>,
    /// Counts and times by name; times end in `_ms`.
    pub figures: BTreeMap<String, f64>,
}

/// Witnesses kept for each anomaly.
pub const WITNESSES: usize = 5;

impl Report {
    /// Takes down an anomaly, if there is any.
    pub(crate) fn find(&mut self, finding: Finding) {
        if finding.count > 0 {
            self.findings.push(finding);
        }
    }

    /// Says why the history cannot show that all is well.
    pub(crate) fn doubt(&mut self, zh: impl Into<String>, en: impl Into<String>) {
        self.undecided.push(Text::new(zh, en));
    }

    /// Takes down a figure.
    pub(crate) fn figure(&mut self, name: &str, value: impl Figure) {
        self.figures.insert(name.to_owned(), value.figure());
    }

    /// Joins what was found into the verdict: one forbidden anomaly contradicts, whatever else is in doubt.
    pub(crate) fn conclude(mut self) -> Self {
        let doubt = if self.undecided.is_empty() { Validity::True } else { Validity::Unknown };
        let found = if self.findings.iter().any(|f| f.forbidden) { Validity::False } else { Validity::True };
        self.valid = doubt.merge(found);
        self.findings.sort_by_key(|f| !f.forbidden);
        self
    }

    /// The finding of that name.
    pub fn finding(&self, anomaly: &str) -> Option<&Finding> {
        self.findings.iter().find(|f| f.anomaly == anomaly)
    }
}

/// A number that is a figure.
pub(crate) trait Figure {
    fn figure(self) -> f64;
}

impl Figure for f64 {
    fn figure(self) -> f64 {
        self
    }
}

impl Figure for u64 {
    #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    fn figure(self) -> f64 {
        self as f64
    }
}

impl Figure for usize {
    fn figure(self) -> f64 {
        (self as u64).figure()
    }
}

/// Nanoseconds as milliseconds.
pub(crate) fn ms(nanoseconds: u64) -> f64 {
    nanoseconds.figure() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_wins() {
        use Validity::{False, True, Unknown};
        assert_eq!(True.merge(Unknown), Unknown);
        assert_eq!(Unknown.merge(False), False);
        assert_eq!(False.merge(True), False);
        assert_eq!(True.merge(True), True);
    }
}
