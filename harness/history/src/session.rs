//! What a session may rely on when it writes and reads through one endpoint: its own writes, no way back in time, a bound on
//! how old an answer may be, and (for all readers) one order of independent writes.
//!
//! After Terry et al., "Session guarantees for weakly consistent replicated data" (1994). Versions of a key go up, one writer at
//! a time, so that two versions can be compared without knowing the system.

mod fork;
mod staleness;

use crate::bank::Found;
use crate::format::{History, Outcome, SessionAct, line};
use crate::verdict::{Report, ms};
use std::collections::HashMap;
use touchstone_model::text::Text;

/// What was promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// A session sees what it wrote.
    pub read_your_writes: bool,
    /// A session never sees less than it saw.
    pub monotonic_reads: bool,
    /// No answer is older than so many milliseconds.
    pub max_staleness_ms: Option<u64>,
    /// All readers see independent writes in the same order.
    pub same_order: bool,
}

/// Judges sessions.
pub fn check(promise: Promise, history: &History<SessionAct>) -> Report {
    let mut report = Report::default();
    if !history.complete {
        report.doubt("历史记录没有结束行，可能不完整", "the history has no closing line, so some of it may be missing");
    }
    ordered_writes(history, &mut report);
    let mut wrote: HashMap<(u32, u64), (u64, usize)> = HashMap::new();
    let mut saw: HashMap<(u32, u64), (u64, usize)> = HashMap::new();
    let (mut own, mut back) = (Found::default(), Found::default());
    let (mut reads, mut writes) = (0_u64, 0_u64);
    for (index, operation) in history.operations.iter().enumerate().filter(|(_, o)| o.outcome == Outcome::Ok) {
        let at = line(index);
        match &operation.act {
            SessionAct::Write(key, version) => {
                writes += 1;
                wrote.insert((operation.process, *key), (*version, at));
            }
            SessionAct::Read(seen) => {
                reads += 1;
                for (key, version) in seen {
                    let session = (operation.process, *key);
                    let behind =
                        |before: &HashMap<(u32, u64), (u64, usize)>| before.get(&session).copied().filter(|b| b.0 > *version);
                    if let Some(before) = behind(&wrote) {
                        own.add(|| step(operation.process, *key, before, *version, at, "写入", "wrote"));
                    }
                    if let Some(before) = behind(&saw) {
                        back.add(|| step(operation.process, *key, before, *version, at, "读到", "read"));
                    }
                    saw.insert(session, (*version, at));
                }
            }
        }
    }
    if reads == 0 {
        report.doubt("没有成功的读取", "no read was answered");
    }
    if writes == 0 {
        report.doubt("没有任何写入得到确认", "no write was acknowledged");
    }
    let staleness = staleness::measure(history);
    staleness.tell(promise.max_staleness_ms, &mut report);
    let forks = fork::find(history, &mut report, promise.same_order);
    report.figure("operations", history.operations.len());
    report.figure("reads", reads);
    report.figure("writes", writes);
    let (zh, en) = ("会话读不到自己已确认的写入", "a session does not see its own acknowledged write");
    report.find(own.finding_if(promise.read_your_writes, "read-your-writes", zh, en));
    let (zh, en) = ("会话读到比先前更旧的版本", "a session sees an older version than before");
    report.find(back.finding_if(promise.monotonic_reads, "monotonic-reads", zh, en));
    let (zh, en) = ("两次读取以相反次序见到两个写入（长分叉）", "two reads see two writes in opposite order (long fork)");
    report.find(forks.finding_if(promise.same_order, "long-fork", zh, en));
    report.conclude()
}

fn step(process: u32, key: u64, before: (u64, usize), now: u64, at: usize, zh: &str, en: &str) -> Text {
    let (version, line) = before;
    Text::new(
        format!("会话 {process} 在第 {line} 行{zh}键 {key} 的版本 {version}，第 {at} 行却读到 {now}"),
        format!("session {process} {en} version {version} of key {key} in line {line}, and in line {at} read {now}"),
    )
}

/// Versions can only be compared when those of a key went up, one write after the other.
fn ordered_writes(history: &History<SessionAct>, report: &mut Report) {
    let mut writes: Vec<(u64, u64, u64, u64, usize)> = Vec::new();
    for (index, operation) in history.operations.iter().enumerate() {
        if let SessionAct::Write(key, version) = operation.act {
            writes.push((key, operation.start, operation.end, version, line(index)));
        }
    }
    writes.sort_unstable();
    let bad = writes.windows(2).find(|two| two[0].0 == two[1].0 && (two[0].2 > two[1].1 || two[0].3 >= two[1].3));
    if let Some(two) = bad {
        let (one, other) = (two[0].4, two[1].4);
        report.doubt(
            format!("第 {one} 行与第 {other} 行：同一键的写入须依次进行且版本递增，否则无法比较版本"),
            format!("lines {one} and {other}: writes of one key must follow each other with ascending versions, else they cannot be compared"),
        );
    }
}

/// Milliseconds, for the modules below.
fn milliseconds(nanoseconds: u64) -> f64 {
    ms(nanoseconds)
}
