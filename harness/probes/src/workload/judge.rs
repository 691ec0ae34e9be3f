//! From what was answered to a history in the documented format, and from that, as anybody can do again, to a verdict.

use crate::ProbeError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io;
use touchstone_history::figures::recovery;
use touchstone_history::format::{self, Header, History, LedgerAct, Operation, VERSION, Workload, Writer};
use touchstone_history::verdict::Report;

pub use touchstone_history::verdict::Validity as Seen;

/// A history and what its checker says of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// JSON lines.
    pub history: Vec<u8>,
    /// Verdict, findings and figures; of a ledger with a fault also those of recovery.
    pub report: Report,
}

impl Judged {
    /// The report as JSON.
    pub fn report_json(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(&self.report).unwrap_or_default()
    }
}

pub(super) fn header(workload: Workload, started: &str) -> Header {
    Header { version: VERSION, workload, started: started.to_owned(), note: None }
}

fn unwritable(error: &io::Error) -> ProbeError {
    ProbeError::other("io", format!("the history could not be written: {error}"))
}

fn written<A: Serialize>(header: &Header, operations: &[Operation<A>]) -> Result<Vec<u8>, ProbeError> {
    let mut writer = Writer::new(Vec::new(), header).map_err(|error| unwritable(&error))?;
    for operation in operations {
        writer.add(operation).map_err(|error| unwritable(&error))?;
    }
    writer.close().map_err(|error| unwritable(&error))
}

fn bad(error: impl std::fmt::Display) -> ProbeError {
    ProbeError::other("history", format!("the history makes no sense: {error}"))
}

pub(super) fn plain<A: Serialize>(header: &Header, operations: &[Operation<A>]) -> Result<Judged, ProbeError> {
    let history = written(header, operations)?;
    let (_, report) = touchstone_history::check::check(&mut history.as_slice(), None).map_err(bad)?;
    Ok(Judged { history, report })
}

fn read_back<A: DeserializeOwned>(history: &[u8]) -> Result<History<A>, ProbeError> {
    let mut from = history;
    format::read_header(&mut from).map_err(bad)?;
    format::read(&mut from).map_err(bad)
}

pub(super) fn ledger(
    header: &Header,
    operations: &[Operation<LedgerAct>],
    acknowledged: [Vec<u64>; 2],
    fault: Option<u64>,
    until: u64,
) -> Result<Judged, ProbeError> {
    let history = written(header, operations)?;
    let told = touchstone_history::ledger::check(&read_back(&history)?);
    let mut report = told.report;
    if let Some(fault) = fault {
        for (name, mut moments) in ["rto_pooled_ms", "rto_fresh_ms"].into_iter().zip(acknowledged) {
            moments.sort_unstable();
            if let Some(length) = recovery::outage(&moments, fault, until).and_then(|outage| outage.length()) {
                #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
                report.figures.insert(name.to_owned(), length as f64 / 1e6);
            }
        }
        report.figures.insert("rpo_ms".to_owned(), recovery::rpo(&told.lost, fault).age_ms);
    }
    Ok(Judged { history, report })
}

#[cfg(test)]
mod tests {
    use super::*;
    use touchstone_history::format::Outcome;

    fn write(process: u32, id: u64, start: u64, end: u64) -> Operation<LedgerAct> {
        Operation { process, start, end, outcome: Outcome::Ok, act: LedgerAct::Write(id) }
    }

    #[test]
    fn a_lost_write_and_the_silence_are_told_and_the_history_can_be_judged_again() {
        const MS: u64 = 1_000_000;
        let header = header(Workload::Ledger {}, "2026-11-24T10:00:00.000Z");
        let read = Operation {
            process: 9,
            start: 900 * MS,
            end: 901 * MS,
            outcome: Outcome::Ok,
            act: LedgerAct::Read(vec![(1, 1), (3, 3)]),
        };
        let operations = [write(0, 1, 0, 10 * MS), write(0, 2, 11 * MS, 20 * MS), write(0, 3, 500 * MS, 520 * MS), read];
        let acknowledged = [vec![10 * MS, 20 * MS, 520 * MS], Vec::new()];
        let told = ledger(&header, &operations, acknowledged, Some(30 * MS), 600 * MS).expect("a history");
        assert_eq!(told.report.valid, Seen::False);
        assert_eq!(told.report.finding("lost").map(|finding| finding.count), Some(1));
        assert_eq!(told.report.figures.get("rto_pooled_ms"), Some(&500.0));
        assert_eq!(told.report.figures.get("rto_fresh_ms"), None, "nobody was served before");
        assert_eq!(told.report.figures.get("rpo_ms"), Some(&10.0));
        let (_, again) = touchstone_history::check::check(&mut told.history.as_slice(), None).expect("a history");
        assert_eq!(again.valid, Seen::False);
    }
}
