//! Clients of a database that write and read while something else is done to it, and what their history shows.

use crate::bindings::touchstone::contract::workload as contract;

pub use contract::{
    Answer, Clients, Finding, Judged, LedgerPlan, NodesPlan, SessionsPlan, Validity, ask, keep_sessions, probe_nodes,
    write_ledger,
};

impl Judged {
    /// Whether nothing contradicts what was promised, and enough was seen to say so.
    pub fn is_kept(&self) -> bool {
        matches!(self.validity, Validity::Kept)
    }

    /// Whether it cannot be decided.
    pub fn is_undecided(&self) -> bool {
        matches!(self.validity, Validity::Undecided)
    }

    /// How often an anomaly was found.
    pub fn count(&self, anomaly: &str) -> u64 {
        self.findings.iter().find(|finding| finding.anomaly == anomaly).map_or(0, |finding| finding.count)
    }

    /// A figure by its name.
    pub fn figure(&self, name: &str) -> Option<f64> {
        self.figures.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    /// What was found, and why it is undecided, for `actual`.
    pub fn said(&self) -> String {
        let found = self.findings.iter().map(|finding| format!("{} {}", finding.count, finding.anomaly));
        let doubts = self.doubts.iter().map(|doubt| doubt.en.clone());
        let words: Vec<String> = found.chain(doubts).collect();
        if words.is_empty() { "no anomaly".to_owned() } else { words.join("; ") }
    }
}
