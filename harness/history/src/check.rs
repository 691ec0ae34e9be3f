//! From a stored history to a verdict.

use crate::format::{self, BadHistory, Header, Isolation, Workload};
use crate::verdict::Report;
use crate::{append, bank, ledger, primary, session};
use std::io::BufRead;

/// Reads a history and judges it by what its first line says was promised, or by another isolation level.
///
/// # Errors
/// It is no history; the line is named.
pub fn check(from: &mut impl BufRead, isolation: Option<Isolation>) -> Result<(Header, Report), BadHistory> {
    let header = format::read_header(from)?;
    let report = match &header.workload {
        Workload::Ledger {} => ledger::check(&format::read(from)?).report,
        Workload::ListAppend { isolation: promised } => append::check(isolation.unwrap_or(*promised), &format::read(from)?),
        Workload::Bank { accounts, overdraft } => bank::check(accounts, *overdraft, &format::read(from)?),
        Workload::Session { read_your_writes, monotonic_reads, max_staleness_ms, same_order } => {
            let promise = session::Promise {
                read_your_writes: *read_your_writes,
                monotonic_reads: *monotonic_reads,
                max_staleness_ms: *max_staleness_ms,
                same_order: *same_order,
            };
            session::check(promise, &format::read(from)?)
        }
        Workload::Primary {} => primary::check(&format::read(from)?),
    };
    Ok((header, report))
}
