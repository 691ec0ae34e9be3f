//! The ledger checker against a slow and obvious one, and against planted losses.

use proptest::prelude::*;
use std::collections::BTreeSet;
use touchstone_history::format::{History, LedgerAct, Operation, Outcome};
use touchstone_history::ledger::check;
use touchstone_history::verdict::Validity;

/// Outcome, moment and duration of a write.
type Write = (Outcome, u64, u64);
/// Moment of a read, and what it saw.
type Read = (u64, BTreeSet<u64>);

/// Entries 1.. with an outcome each (ok, fail, info), and reads, each at a moment and of a set.
fn any_history() -> impl Strategy<Value = (Vec<Write>, Vec<Read>)> {
    let outcome = prop_oneof![6 => Just(Outcome::Ok), 1 => Just(Outcome::Fail), 1 => Just(Outcome::Info)];
    let write = (outcome, 0..100_u64, 1..20_u64);
    let read = (0..140_u64, prop::collection::btree_set(1..26_u64, 0..25));
    (prop::collection::vec(write, 1..25), prop::collection::vec(read, 0..6))
}

fn stretches(set: &BTreeSet<u64>) -> Vec<(u64, u64)> {
    let mut told: Vec<(u64, u64)> = Vec::new();
    for id in set {
        match told.last_mut() {
            Some((_, last)) if *last + 1 == *id => *last = *id,
            _ => told.push((*id, *id)),
        }
    }
    told
}

fn history(writes: &[(Outcome, u64, u64)], reads: &[(u64, BTreeSet<u64>)]) -> History<LedgerAct> {
    let mut operations = Vec::new();
    let mut process = 0;
    let mut add = |outcome, start, end, act| {
        process += 1;
        operations.push(Operation { process, start, end, outcome, act });
    };
    for (at, (outcome, start, length)) in writes.iter().enumerate() {
        add(*outcome, *start, start + length, LedgerAct::Write(at as u64 + 1));
    }
    for (start, seen) in reads {
        add(Outcome::Ok, *start, start + 1, LedgerAct::Read(stretches(seen)));
    }
    History { operations, complete: true }
}

/// lost, stale, resurrected, unexpected, vanished: how many, by going through everything.
fn obvious(writes: &[(Outcome, u64, u64)], reads: &[(u64, BTreeSet<u64>)]) -> [u64; 5] {
    let mut reads = reads.to_vec();
    reads.sort_by_key(|(start, _)| *start);
    let mut told = [0; 5];
    for (at, (outcome, start, length)) in writes.iter().enumerate() {
        let id = at as u64 + 1;
        let seen = |at: usize| reads[at].1.contains(&id);
        match outcome {
            Outcome::Ok => {
                let after: Vec<usize> = (0..reads.len()).filter(|at| reads[*at].0 > start + length).collect();
                match after.iter().rposition(|at| !seen(*at)) {
                    Some(last) if last + 1 == after.len() => told[0] += 1,
                    Some(_) => told[1] += 1,
                    None => {}
                }
            }
            Outcome::Fail => told[2] += u64::from((0..reads.len()).any(seen)),
            Outcome::Info => {
                let last = (0..reads.len()).rev().find(|at| seen(*at));
                told[4] += u64::from(last.is_some_and(|last| reads[last + 1..].iter().any(|r| r.0 > reads[last].0 + 1)));
            }
        }
    }
    told[3] = reads.iter().flat_map(|(_, seen)| seen).filter(|id| **id > writes.len() as u64).count() as u64;
    told
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_the_obvious((writes, reads) in any_history()) {
        let told = check(&history(&writes, &reads));
        let names = ["lost", "stale", "resurrected", "unexpected", "vanished"];
        let found = names.map(|name| told.report.finding(name).map_or(0, |finding| finding.count));
        prop_assert_eq!(found, obvious(&writes, &reads), "{:#?}", told);
        let bad = found.iter().any(|count| *count > 0);
        prop_assert_eq!(told.report.valid == Validity::False, bad);
    }

    /// A store that keeps all it acknowledged, and one write taken from it.
    #[test]
    fn a_planted_loss_is_found_and_nothing_else(
        outcomes in prop::collection::vec(prop_oneof![6 => Just(Outcome::Ok), 1 => Just(Outcome::Fail), 1 => Just(Outcome::Info)], 2..200),
        kept in any::<u64>(),
        victim in any::<prop::sample::Index>(),
    ) {
        let writes: Vec<_> = outcomes.iter().enumerate().map(|(at, outcome)| (*outcome, at as u64, 1)).collect();
        let acknowledged: Vec<u64> = (1..).zip(&outcomes).filter(|(_, o)| **o == Outcome::Ok).map(|(id, _)| id).collect();
        prop_assume!(!acknowledged.is_empty());
        let unanswered = (1..).zip(&outcomes).filter(|(id, o)| **o == Outcome::Info && kept >> (id % 64) & 1 == 1).map(|(id, _)| id);
        let mut all: BTreeSet<u64> = acknowledged.iter().copied().chain(unanswered).collect();
        let reads = |all: &BTreeSet<u64>| vec![(1000, all.clone()), (1010, all.clone())];
        let clean = check(&history(&writes, &reads(&all)));
        prop_assert_eq!(clean.report.valid, Validity::True, "{:#?}", clean);
        prop_assert_eq!(clean.examined, acknowledged.len() as u64);
        let victim = *victim.get(&acknowledged);
        all.remove(&victim);
        let told = check(&history(&writes, &reads(&all)));
        prop_assert_eq!(told.lost.iter().map(|lost| lost.id).collect::<Vec<_>>(), vec![victim]);
        prop_assert_eq!(told.report.findings.len(), 1, "{:#?}", told);
    }
}

#[test]
fn without_a_read_after_the_last_acknowledgement_nothing_is_decided() {
    let writes = [(Outcome::Ok, 0, 10), (Outcome::Ok, 20, 10)];
    let told = check(&history(&writes, &[(15, BTreeSet::from([1]))]));
    assert_eq!(told.report.valid, Validity::Unknown, "{told:#?}");
    assert_eq!((told.examined, told.report.undecided.len()), (1, 1));
}

#[test]
fn what_was_deleted_stays_away() {
    let mut history =
        history(&[(Outcome::Ok, 0, 1), (Outcome::Ok, 1, 1)], &[(30, BTreeSet::from([2])), (40, BTreeSet::from([1, 2]))]);
    history.operations.push(Operation { process: 99, start: 10, end: 11, outcome: Outcome::Ok, act: LedgerAct::Delete(1) });
    let told = check(&history);
    assert_eq!(told.report.finding("resurrected").map(|f| f.count), Some(1), "{told:#?}");
    history.operations.retain(|o| o.start != 40);
    assert_eq!(check(&history).report.valid, Validity::True);
}
