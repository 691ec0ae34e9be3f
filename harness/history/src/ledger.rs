//! The ledger of acknowledgements: is every acknowledged write there, and nothing that should not be?
//!
//! After the set checkers of Jepsen (`set`, `set-full`). Work is proportional to the operations, to the stretches that the
//! reads name, and to the entries missed by them; memory to the operations.

mod entries;

use crate::format::{History, LedgerAct, Outcome, line};
use crate::verdict::{Finding, Report, WITNESSES, ms};
use entries::{Entries, Entry, Read};
use serde::{Deserialize, Serialize};
use touchstone_model::text::Text;

/// An acknowledged write that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// Its number.
    pub id: u64,
    /// Nanoseconds when it was acknowledged.
    pub acknowledged: u64,
}

/// What the ledger says.
#[derive(Clone, Debug, PartialEq)]
pub struct Ledger {
    /// Verdict, findings, figures.
    pub report: Report,
    /// Acknowledged writes that are gone, by time of acknowledgement.
    pub lost: Vec<Lost>,
    /// Acknowledged writes that a later read looked for.
    pub examined: u64,
}

/// Judges a ledger.
pub fn check(history: &History<LedgerAct>) -> Ledger {
    let mut report = Report::default();
    if !history.complete {
        report.doubt("历史记录没有结束行，可能不完整", "the history has no closing line, so some of it may be missing");
    }
    let mut entries = Entries::of(history);
    if let Some(id) = entries.written_twice {
        let (zh, en) = (format!("编号 {id} 被写入多次"), format!("entry {id} was written more than once"));
        report.doubt(zh + "，无法判定", en + ", which cannot be judged");
        return Ledger { report: report.conclude(), lost: Vec::new(), examined: 0 };
    }
    let (reads, malformed) = Read::all(history);
    if let Some(line) = malformed {
        report.doubt(
            format!("第 {line} 行的读取：区间须首不大于尾、递增且不重叠；该行未被采用"),
            format!("the read in line {line} was left out: its stretches must be ascending and apart, first before last"),
        );
    }
    let mut unexpected = Vec::new();
    let mut revived = Vec::new();
    for (number, read) in reads.iter().enumerate() {
        entries.missed_by(number, read);
        entries.strangers(read, &mut unexpected);
        entries.deleted_but_there(read, &mut revived);
    }
    let uncertain = entries.uncertain(&reads);
    let last_start = reads.last().map(|read| read.start);
    let mut tally = Tally::default();
    for entry in &entries.all {
        tally.take(entry, last_start, &reads);
    }
    tally.lost.sort_by_key(|lost| (lost.acknowledged, lost.id));
    let examined = tally.examined;
    if tally.acknowledged > examined {
        let unread = tally.acknowledged - examined;
        report.doubt(
            format!("{unread} 个已确认的写入之后没有任何读取"),
            format!("{unread} acknowledged writes were followed by no read"),
        );
    }
    if tally.acknowledged == 0 {
        report.doubt("没有任何写入得到确认", "no write was acknowledged");
    }
    figures(&mut report, history, &tally.counts(), &uncertain);
    report.figure("reads", reads.len());
    report.figure("acknowledged", tally.acknowledged);
    report.figure("examined", examined);
    report.figure("longest_stale_ms", ms(tally.longest_stale));
    if let Some(first) = tally.lost.first() {
        let acknowledged = entries.all.iter().filter(|e| e.outcome == Outcome::Ok).map(|e| e.end);
        let last = acknowledged.max().unwrap_or_default();
        report.figure("oldest_lost_before_last_acknowledgement_ms", ms(last.saturating_sub(first.acknowledged)));
    }
    findings(&mut report, &tally.lost, &tally.stale, &uncertain.vanished, &uncertain.resurrected, &revived, &unexpected);
    Ledger { report: report.conclude(), lost: tally.lost, examined }
}

#[derive(Default)]
struct Tally {
    acknowledged: u64,
    examined: u64,
    failed: u64,
    indeterminate: u64,
    lost: Vec<Lost>,
    /// Entry, its line, line of the read that missed it.
    stale: Vec<(u64, usize, usize)>,
    longest_stale: u64,
}

impl Tally {
    fn take(&mut self, entry: &Entry, last_start: Option<u64>, reads: &[Read<'_>]) {
        match entry.outcome {
            Outcome::Fail => self.failed += 1,
            Outcome::Info => self.indeterminate += 1,
            Outcome::Ok => {
                self.acknowledged += 1;
                if last_start.is_some_and(|start| start > entry.end) {
                    self.examined += 1;
                }
                let Some(missed) = entry.missed else { return };
                if reads[missed + 1..].iter().any(|read| read.has(entry.id)) {
                    self.stale.push((entry.id, entry.line, reads[missed].line));
                    self.longest_stale = self.longest_stale.max(reads[missed].start.saturating_sub(entry.end));
                } else {
                    self.lost.push(Lost { id: entry.id, acknowledged: entry.end });
                }
            }
        }
    }

    fn counts(&self) -> [(&'static str, u64); 4] {
        [
            ("failed", self.failed),
            ("indeterminate", self.indeterminate),
            ("lost", self.lost.len() as u64),
            ("stale", self.stale.len() as u64),
        ]
    }
}

fn figures(report: &mut Report, history: &History<LedgerAct>, counts: &[(&str, u64)], uncertain: &entries::Uncertain) {
    report.figure("operations", history.operations.len());
    for (name, count) in counts {
        report.figure(name, *count);
    }
    report.figure("indeterminate_present", uncertain.present);
    report.figure("indeterminate_absent", uncertain.absent);
}

fn findings(
    report: &mut Report,
    lost: &[Lost],
    stale: &[(u64, usize, usize)],
    vanished: &[(u64, usize)],
    resurrected: &[(u64, usize)],
    revived: &[(u64, usize)],
    unexpected: &[(u64, usize)],
) {
    let finding = |anomaly: &str, meaning: Text, count: usize, witnesses: Vec<Text>| Finding {
        anomaly: anomaly.to_owned(),
        meaning,
        count: count as u64,
        forbidden: true,
        witnesses: witnesses.into_iter().map(|line| vec![line]).collect(),
    };
    let meaning =
        Text::new("已确认的写入在其后的最后读取中不存在", "an acknowledged write is missing from the last reads after it");
    let witness = |l: &Lost| {
        let at = ms(l.acknowledged);
        Text::new(format!("写入 {}，{at:.3} ms 时确认", l.id), format!("write {}, acknowledged at {at:.3} ms", l.id))
    };
    report.find(finding("lost", meaning, lost.len(), lost.iter().take(WITNESSES).map(witness).collect()));
    let meaning = Text::new(
        "已确认的写入在一次其后的读取中缺失，再后来又出现",
        "an acknowledged write is missing from a later read, and is there again still later",
    );
    let witness = |(id, write, read): &(u64, usize, usize)| {
        Text::new(
            format!("写入 {id}（第 {write} 行）在第 {read} 行的读取中缺失"),
            format!("write {id} (line {write}) is missing from the read in line {read}"),
        )
    };
    report.find(finding("stale", meaning, stale.len(), stale.iter().take(WITNESSES).map(witness).collect()));
    let meaning =
        Text::new("读取曾见到未获确认的写入，其后又消失", "an unacknowledged write was seen, and was gone in the last reads");
    report.find(finding("vanished", meaning, vanished.len(), seen(vanished)));
    let meaning = Text::new(
        "已确定失败的写入或已确认删除的内容仍然存在",
        "what was refused for certain, or deleted and acknowledged, is there",
    );
    let all: Vec<(u64, usize)> = resurrected.iter().chain(revived).copied().collect();
    report.find(finding("resurrected", meaning, all.len(), seen(&all)));
    let meaning = Text::new("读到从未写入的编号", "a number that nobody wrote was read");
    report.find(finding("unexpected", meaning, unexpected.len(), seen(unexpected)));
}

fn seen(entries: &[(u64, usize)]) -> Vec<Text> {
    let witness = |(id, read): &(u64, usize)| {
        Text::new(format!("第 {read} 行的读取见到 {id}"), format!("the read in line {read} saw {id}"))
    };
    entries.iter().take(WITNESSES).map(witness).collect()
}

/// Line of an operation, for the modules below.
fn line_of(index: usize) -> usize {
    line(index)
}
