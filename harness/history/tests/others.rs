//! Bank, sessions and the probe for two primaries: a simulated good one, and one with an anomaly planted.

use proptest::prelude::*;
use std::collections::BTreeMap;
use touchstone_history::format::{BankAct, History, Operation, Outcome, PrimaryAct, SessionAct};
use touchstone_history::session::Promise;
use touchstone_history::verdict::{Report, Validity};
use touchstone_history::{bank, primary, session};

fn names(report: &Report) -> Vec<&str> {
    report.findings.iter().map(|finding| finding.anomaly.as_str()).collect()
}

/// Operations one after the other, each by a process of its own.
fn one_by_one<A: Clone>(acts: &[(Outcome, A)]) -> History<A> {
    let each = acts.iter().enumerate().map(|(at, (outcome, act))| {
        let (process, start) = (u32::try_from(at).unwrap(), at as u64 * 10);
        Operation { process, start, end: start + 5, outcome: *outcome, act: act.clone() }
    });
    History { operations: each.collect(), complete: true }
}

fn settings() -> ProptestConfig {
    ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(settings())]

    #[test]
    fn bank(moves in prop::collection::vec((0..4_u64, 0..4_u64, 0..5_i64), 1..40), planted in prop::option::of(1..9_i64), at in any::<prop::sample::Index>()) {
        let start: BTreeMap<u64, i64> = (0..4).map(|account| (account, 100)).collect();
        let mut now = start.clone();
        let mut acts = Vec::new();
        for (from, to, amount) in moves {
            *now.get_mut(&from).unwrap() -= amount;
            *now.get_mut(&to).unwrap() += amount;
            acts.push((Outcome::Ok, BankAct::Transfer(from, to, amount)));
            acts.push((Outcome::Ok, BankAct::Read(now.clone())));
        }
        if let Some(more) = planted {
            // A read in the middle that sees one side of a transfer only.
            let victim = at.index(acts.len() / 2) * 2 + 1;
            if let (_, BankAct::Read(seen)) = &mut acts[victim] {
                *seen.get_mut(&0).unwrap() += more;
            }
            acts.push((Outcome::Ok, BankAct::Read(now)));
        }
        let report = bank::check(&start, false, &one_by_one(&acts));
        let last_too = planted.is_some() && at.index((acts.len() - 1) / 2) * 2 + 3 == acts.len();
        let expected = match planted {
            None => vec![],
            // After the last transfer it also contradicts what was acknowledged.
            Some(_) if last_too => vec!["wrong-total", "lost-transfer"],
            Some(_) => vec!["wrong-total"],
        };
        prop_assert_eq!(names(&report), expected, "{:#?}", report);
    }

    /// One register each for three writers; readers see a replica that follows at some distance.
    #[test]
    fn sessions(
        steps in prop::collection::vec((0..3_u64, any::<bool>(), 0..4_u64), 4..80),
        lag in prop::option::of(1..4_u64),
    ) {
        let mut now: BTreeMap<u64, u64> = (0..3).map(|key| (key, 0)).collect();
        let mut past = vec![now.clone()];
        let mut history = History { operations: Vec::new(), complete: true };
        for (at, (key, write, behind)) in steps.iter().enumerate() {
            let start = at as u64 * 1_000_000;
            let act = if *write {
                *now.get_mut(key).unwrap() += 1;
                past.push(now.clone());
                SessionAct::Write(*key, now[key])
            } else {
                let behind = usize::try_from(lag.map_or(0, |lag| behind % (lag + 1))).unwrap();
                SessionAct::Read(past[(past.len() - 1).saturating_sub(behind)].clone())
            };
            let process = u32::try_from(*key).unwrap();
            history.operations.push(Operation { process, start, end: start + 1000, outcome: Outcome::Ok, act });
        }
        let promise = Promise { read_your_writes: true, monotonic_reads: true, max_staleness_ms: Some(0), same_order: false };
        let report = session::check(promise, &history);
        // The obvious way: compare each read with everything before it.
        let (mut own, mut back, mut stale) = (false, false, false);
        for (at, read) in history.operations.iter().enumerate() {
            let SessionAct::Read(seen) = &read.act else { continue };
            for before in &history.operations[..at] {
                let same = before.process == read.process;
                match &before.act {
                    SessionAct::Write(key, version) => {
                        own |= same && seen[key] < *version;
                        stale |= seen[key] < *version;
                    }
                    SessionAct::Read(saw) => back |= same && saw.iter().any(|(key, version)| seen[key] < *version),
                }
            }
        }
        prop_assert_eq!(report.finding("read-your-writes").is_some(), own, "{:#?}", report);
        prop_assert_eq!(report.finding("monotonic-reads").is_some(), back, "{:#?}", report);
        prop_assert_eq!(report.finding("stale").is_some(), stale, "{:#?}", report);
        prop_assert!(report.finding("long-fork").is_none(), "states of one history are comparable");
        prop_assert_eq!(report.valid == Validity::False, own || back || stale);
    }

    /// A primary that moves between nodes and takes every write along; then a node that did not hear of one.
    #[test]
    fn two_primaries(nodes in prop::collection::vec(0..3_u64, 3..40), deaf in any::<prop::sample::Index>()) {
        let mut acts: Vec<_> =
            nodes.iter().zip(1..).map(|(node, id)| (Outcome::Ok, PrimaryAct::Write(*node, id, Some(id - 1)))).collect();
        acts.push((Outcome::Ok, PrimaryAct::Role(0, false)));
        acts.push((Outcome::Ok, PrimaryAct::Role(1, false)));
        let report = primary::check(&one_by_one(&acts));
        prop_assert_eq!(report.valid, Validity::True, "{:#?}", report);
        let at = 1 + deaf.index(nodes.len() - 1);
        acts[at].1 = PrimaryAct::Write(7, at as u64 + 1, Some(at as u64 - 1));
        let report = primary::check(&one_by_one(&acts));
        prop_assert_eq!(names(&report), vec!["dual-primary"], "{:#?}", report);
    }
}

#[test]
fn staleness_is_measured_from_the_first_version_that_was_missed() {
    let second = 1_000_000_000;
    let write = |process, end, version| Operation {
        process,
        start: end - 1,
        end,
        outcome: Outcome::Ok,
        act: SessionAct::Write(1, version),
    };
    let read = |process, start, version| {
        let act = SessionAct::Read(BTreeMap::from([(1, version)]));
        Operation { process, start, end: start + 1, outcome: Outcome::Ok, act }
    };
    let operations = vec![
        write(0, second, 1),
        write(0, 2 * second, 2),
        write(0, 3 * second, 3),
        read(1, 5 * second, 1),
        read(2, 5 * second, 3),
    ];
    let history = History { operations, complete: true };
    let promise = |max| Promise { read_your_writes: true, monotonic_reads: true, max_staleness_ms: max, same_order: false };
    let report = session::check(promise(Some(2999)), &history);
    assert_eq!((report.valid, report.figures["staleness_max_ms"]), (Validity::False, 3000.0));
    assert_eq!(session::check(promise(Some(3000)), &history).valid, Validity::True);
    let undeclared = session::check(promise(None), &history);
    assert_eq!((undeclared.valid, undeclared.findings.len()), (Validity::True, 1), "shown, but nothing was promised");
}

#[test]
fn a_long_fork_is_two_reads_in_opposite_order() {
    let read = |x, y| (Outcome::Ok, SessionAct::Read(BTreeMap::from([(1, x), (2, y)])));
    let acts = [(Outcome::Ok, SessionAct::Write(1, 1)), (Outcome::Ok, SessionAct::Write(2, 1)), read(1, 0), read(0, 1)];
    let promise = Promise { read_your_writes: false, monotonic_reads: false, max_staleness_ms: None, same_order: true };
    let report = session::check(promise, &one_by_one(&acts));
    assert_eq!(report.valid, Validity::False);
    assert_eq!(report.findings[0].anomaly, "long-fork");
    let report = session::check(promise, &one_by_one(&[acts[0].clone(), acts[1].clone(), read(1, 0), read(1, 1)]));
    assert_eq!(report.valid, Validity::True, "{report:#?}");
}

#[test]
fn claims_alone_are_a_suspicion() {
    let claim = |node| (Outcome::Ok, PrimaryAct::Role(node, true));
    let write = |node, id| (Outcome::Ok, PrimaryAct::Write(node, id, Some(id - 1)));
    let report = primary::check(&one_by_one(&[write(1, 1), claim(1), claim(2), claim(1)]));
    assert_eq!(report.valid, Validity::Unknown, "{report:#?}");
    let report = primary::check(&one_by_one(&[write(1, 1), claim(1), claim(2), claim(2)]));
    assert_eq!(report.valid, Validity::True, "a switch-over: {report:#?}");
    let report = primary::check(&one_by_one(&[write(1, 1), claim(1)]));
    assert_eq!(report.valid, Validity::Unknown, "one node shows nothing: {report:#?}");
}
