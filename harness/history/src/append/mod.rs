//! Transactions that append to lists and read them: the dependencies between them, and the cycles that isolation forbids.
//!
//! After Kingsbury and Alvaro, "Elle: Inferring Isolation Anomalies from Experimental Observations" (VLDB 2020), with the
//! phenomena of Adya, "Weak Consistency" (MIT, 1999). A list tells the order of the writes to it, so the dependencies are
//! known and not guessed: what is accused here has happened. Whether the history is free of cycles is decided in linear time
//! and memory (strongly connected components); only the search for a short witness has a budget.

mod anomaly;
mod components;
mod cycles;
mod graph;
mod observe;
mod stages;
mod witness;

use crate::format::{AppendAct, History, Isolation, Outcome};
use crate::verdict::Report;

/// Judges transactions that were promised this isolation.
pub fn check(isolation: Isolation, history: &History<AppendAct>) -> Report {
    let mut report = Report::default();
    if !history.complete {
        report.doubt("历史记录没有结束行，可能不完整", "the history has no closing line, so some of it may be missing");
    }
    let count = |outcome| history.operations.iter().filter(|o| o.outcome == outcome).count();
    report.figure("transactions", history.operations.len());
    report.figure("committed", count(Outcome::Ok));
    report.figure("aborted", count(Outcome::Fail));
    report.figure("indeterminate", count(Outcome::Info));
    let Some(seen) = observe::observe(isolation, history, &mut report) else { return report.conclude() };
    if seen.reads == 0 {
        report.doubt("没有成功提交的读取", "no committed transaction read anything");
    }
    let graph = graph::build(history, &seen, isolation == Isolation::StrictSerializable);
    report.figure("dependencies", graph.edges.len());
    for finding in stages::search(isolation, &graph, history) {
        report.find(finding);
    }
    report.conclude()
}
