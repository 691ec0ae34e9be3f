//! What was written, by number, and what reads saw of it.

use super::line_of;
use crate::format::{History, LedgerAct, Outcome};
use std::collections::HashMap;

/// A number that somebody tried to write.
pub(super) struct Entry {
    pub(super) id: u64,
    pub(super) outcome: Outcome,
    pub(super) end: u64,
    pub(super) line: usize,
    /// Number of the last read that should have seen it and did not.
    pub(super) missed: Option<usize>,
}

/// A read that was answered.
pub(super) struct Read<'a> {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) line: usize,
    present: &'a [(u64, u64)],
}

impl<'a> Read<'a> {
    /// By the time they started; and the line of one that makes no sense.
    pub(super) fn all(history: &'a History<LedgerAct>) -> (Vec<Self>, Option<usize>) {
        let mut reads: Vec<Read<'a>> = Vec::new();
        let mut malformed = None;
        for (index, operation) in history.operations.iter().enumerate() {
            if let (LedgerAct::Read(present), Outcome::Ok) = (&operation.act, operation.outcome) {
                let apart = present.windows(2).all(|two| two[0].1 < two[1].0);
                if !apart || present.iter().any(|(first, last)| first > last) {
                    malformed = Some(line_of(index));
                    continue;
                }
                reads.push(Read { start: operation.start, end: operation.end, line: line_of(index), present });
            }
        }
        reads.sort_by_key(|read| read.start);
        (reads, malformed)
    }

    pub(super) fn has(&self, id: u64) -> bool {
        let after = self.present.partition_point(|(first, _)| *first <= id);
        after > 0 && id <= self.present[after - 1].1
    }
}

pub(super) struct Entries {
    /// By number.
    pub(super) all: Vec<Entry>,
    pub(super) written_twice: Option<u64>,
    /// Time of acknowledgement, and how many entries (by number) had to be looked at until then.
    known: Vec<(u64, usize)>,
    /// Deleted for certain: number and time of acknowledgement.
    deleted: HashMap<u64, u64>,
    /// Perhaps deleted: number and when it was first asked.
    perhaps_deleted: HashMap<u64, u64>,
}

/// What became of writes without an acknowledgement.
#[derive(Default)]
pub(super) struct Uncertain {
    pub(super) present: u64,
    pub(super) absent: u64,
    /// Number, line of a read that saw it.
    pub(super) vanished: Vec<(u64, usize)>,
    /// Number, line of a read that saw it.
    pub(super) resurrected: Vec<(u64, usize)>,
}

impl Entries {
    pub(super) fn of(history: &History<LedgerAct>) -> Self {
        let mut all = Vec::new();
        let (mut deleted, mut perhaps_deleted) = (HashMap::new(), HashMap::new());
        for (index, operation) in history.operations.iter().enumerate() {
            match operation.act {
                LedgerAct::Write(id) => {
                    all.push(Entry { id, outcome: operation.outcome, end: operation.end, line: line_of(index), missed: None })
                }
                LedgerAct::Delete(id) if operation.outcome != Outcome::Fail => {
                    let first = perhaps_deleted.entry(id).or_insert(operation.start);
                    *first = operation.start.min(*first);
                    if operation.outcome == Outcome::Ok {
                        deleted.insert(id, operation.end);
                    }
                }
                LedgerAct::Delete(_) | LedgerAct::Read(_) => {}
            }
        }
        all.sort_by_key(|entry| entry.id);
        let written_twice = all.windows(2).find(|two| two[0].id == two[1].id).map(|two| two[0].id);
        let mut known: Vec<(u64, usize)> = Vec::new();
        for (rank, entry) in all.iter().enumerate() {
            if entry.outcome == Outcome::Ok {
                known.push((entry.end, rank + 1));
            }
        }
        known.sort_unstable();
        let mut most = 0;
        for (_, rank) in &mut known {
            most = most.max(*rank);
            *rank = most;
        }
        Self { all, written_twice, known, deleted, perhaps_deleted }
    }

    /// Marks what was acknowledged before the read began and is not in it.
    pub(super) fn missed_by(&mut self, number: usize, read: &Read<'_>) {
        let before = self.known.partition_point(|(end, _)| *end < read.start);
        let limit = before.checked_sub(1).map_or(0, |last| self.known[last].1);
        let mut from = 0;
        let stretches = read.present.iter().copied().map(Some).chain([None]);
        for stretch in stretches {
            let to = stretch.map_or(limit, |(first, _)| self.rank(first).min(limit));
            for entry in self.all.get_mut(from..to).unwrap_or_default() {
                let gone = self.perhaps_deleted.get(&entry.id).is_some_and(|asked| *asked < read.end);
                if entry.outcome == Outcome::Ok && entry.end < read.start && !gone {
                    entry.missed = Some(number);
                }
            }
            if let Some((_, last)) = stretch {
                from = self.rank(last.saturating_add(1));
            }
        }
    }

    /// Numbers in the read that nobody ever wrote.
    pub(super) fn strangers(&self, read: &Read<'_>, found: &mut Vec<(u64, usize)>) {
        for &(first, last) in read.present {
            let (mut rank, end) = (self.rank(first), self.rank(last.saturating_add(1)));
            if (end - rank) as u64 == (last - first).saturating_add(1) {
                continue;
            }
            for id in first..=last {
                // A stretch may claim numbers without end; so many are enough to convict.
                if found.len() >= 1_000_000 {
                    return;
                }
                if self.all.get(rank).is_some_and(|entry| entry.id == id) {
                    rank += 1;
                } else {
                    found.push((id, read.line));
                }
            }
        }
    }

    /// Numbers in the read that had been deleted for certain before it began.
    pub(super) fn deleted_but_there(&self, read: &Read<'_>, found: &mut Vec<(u64, usize)>) {
        let mut there: Vec<u64> =
            self.deleted.iter().filter(|(id, end)| **end < read.start && read.has(**id)).map(|(id, _)| *id).collect();
        there.sort_unstable();
        found.extend(there.into_iter().map(|id| (id, read.line)));
    }

    /// Looks up every write that was refused or never answered in the reads.
    pub(super) fn uncertain(&self, reads: &[Read<'_>]) -> Uncertain {
        let mut told = Uncertain::default();
        for entry in self.all.iter().filter(|entry| entry.outcome != Outcome::Ok) {
            let last_seen = reads.iter().rposition(|read| read.has(entry.id));
            match (entry.outcome, last_seen) {
                (Outcome::Fail, Some(seen)) => told.resurrected.push((entry.id, reads[seen].line)),
                (Outcome::Info, Some(seen)) => {
                    told.present += 1;
                    let later = reads[seen + 1..].iter().any(|read| read.start > reads[seen].end);
                    if later && !self.perhaps_deleted.contains_key(&entry.id) {
                        told.vanished.push((entry.id, reads[seen].line));
                    }
                }
                (Outcome::Info, None) => told.absent += 1,
                _ => {}
            }
        }
        told
    }

    /// How many entries have a smaller number.
    fn rank(&self, id: u64) -> usize {
        self.all.partition_point(|entry| entry.id < id)
    }
}
