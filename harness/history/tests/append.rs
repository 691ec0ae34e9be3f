//! The list-append checker against simulated stores: it finds exactly what was planted, and accuses nobody else.

mod support;

use proptest::prelude::*;
use support::{plans, plant, read_committed, store};
use touchstone_history::append::check;
use touchstone_history::format::{AppendAct, History, Isolation, Outcome, Step};
use touchstone_history::verdict::{Report, Validity};

const LEVELS: [Isolation; 6] = [
    Isolation::ReadUncommitted,
    Isolation::ReadCommitted,
    Isolation::SnapshotIsolation,
    Isolation::RepeatableRead,
    Isolation::Serializable,
    Isolation::StrictSerializable,
];

fn names(report: &Report) -> Vec<&str> {
    report.findings.iter().map(|finding| finding.anomaly.as_str()).collect()
}

fn a(key: u64, value: u64) -> Step {
    Step::Append(1000 + key, 1_000_000 + value)
}

fn r(key: u64, values: &[u64]) -> Step {
    Step::Read(1000 + key, Some(values.iter().map(|value| 1_000_000 + value).collect()))
}

type Planted = Vec<(u64, u64, Outcome, Vec<Step>)>;

/// Name of the anomaly, the transactions that make it, the weakest level that forbids it, transactions on its witness.
fn anomalies() -> Vec<(&'static str, Planted, Isolation, usize)> {
    use Outcome::{Fail, Ok};
    let both = |one: Vec<Step>, other: Vec<Step>, last: Vec<Step>| vec![(0, 10, Ok, one), (0, 10, Ok, other), (20, 30, Ok, last)];
    vec![
        (
            "g0",
            both(vec![a(1, 1), a(2, 1)], vec![a(1, 2), a(2, 2)], vec![r(1, &[1, 2]), r(2, &[2, 1])]),
            Isolation::ReadUncommitted,
            2,
        ),
        ("g1a", vec![(0, 10, Fail, vec![a(1, 1)]), (0, 10, Ok, vec![r(1, &[1])])], Isolation::ReadCommitted, 0),
        ("g1b", both(vec![a(1, 1), a(1, 2)], vec![r(1, &[1])], vec![r(1, &[1, 2])]), Isolation::ReadCommitted, 0),
        ("g1c", both(vec![a(1, 1), r(2, &[2])], vec![a(2, 2), r(1, &[1])], vec![r(1, &[1])]), Isolation::ReadCommitted, 2),
        // A lost update, and a read skew.
        (
            "g-single",
            both(vec![r(1, &[]), a(1, 1)], vec![r(1, &[]), a(1, 2)], vec![r(1, &[1, 2])]),
            Isolation::SnapshotIsolation,
            2,
        ),
        (
            "g-single",
            both(vec![a(1, 1), a(2, 1)], vec![r(1, &[]), r(2, &[1])], vec![r(1, &[1])]),
            Isolation::SnapshotIsolation,
            2,
        ),
        // A long fork.
        (
            "g-nonadjacent",
            vec![
                (0, 10, Ok, vec![a(1, 1)]),
                (0, 10, Ok, vec![a(2, 2)]),
                (0, 10, Ok, vec![r(1, &[1]), r(2, &[])]),
                (0, 10, Ok, vec![r(1, &[]), r(2, &[2])]),
            ],
            Isolation::SnapshotIsolation,
            4,
        ),
        // Write skew; also where nobody reads what was written.
        (
            "g2-item",
            both(vec![r(1, &[]), a(2, 1)], vec![r(2, &[]), a(1, 2)], vec![r(1, &[2]), r(2, &[1])]),
            Isolation::RepeatableRead,
            2,
        ),
        (
            "g2-item",
            vec![(0, 10, Ok, vec![r(1, &[]), a(2, 1)]), (0, 10, Ok, vec![r(2, &[]), a(1, 2)])],
            Isolation::RepeatableRead,
            2,
        ),
        ("internal", both(vec![a(1, 1), r(1, &[])], vec![], vec![r(1, &[1])]), Isolation::SnapshotIsolation, 0),
        ("duplicate", both(vec![a(1, 1)], vec![], vec![r(1, &[1, 1])]), Isolation::ReadUncommitted, 0),
        ("unexpected", both(vec![a(1, 1)], vec![], vec![r(1, &[1, 7])]), Isolation::ReadUncommitted, 0),
        (
            "incompatible-order",
            both(vec![a(1, 1)], vec![a(1, 2), r(1, &[2])], vec![r(1, &[1, 2])]),
            Isolation::ReadUncommitted,
            0,
        ),
        ("incompatible-order", both(vec![a(1, 1), a(1, 2)], vec![], vec![r(1, &[2, 1])]), Isolation::ReadUncommitted, 0),
        ("incompatible-order", both(vec![a(1, 1), a(1, 2)], vec![], vec![r(1, &[2])]), Isolation::ReadUncommitted, 0),
        // Only real time is violated.
        (
            "g-single-realtime",
            vec![(0, 10, Ok, vec![a(1, 1)]), (20, 30, Ok, vec![r(1, &[])]), (20, 30, Ok, vec![r(1, &[1])])],
            Isolation::StrictSerializable,
            2,
        ),
        (
            "g0-realtime",
            vec![(0, 10, Ok, vec![a(1, 1)]), (20, 30, Ok, vec![a(1, 2)]), (40, 50, Ok, vec![r(1, &[2, 1])])],
            Isolation::StrictSerializable,
            2,
        ),
        ("g1c-realtime", vec![(0, 10, Ok, vec![r(1, &[1])]), (20, 30, Ok, vec![a(1, 1)])], Isolation::StrictSerializable, 2),
        (
            "g2-item-realtime",
            vec![
                (0, 10, Ok, vec![a(2, 1)]),
                (20, 30, Ok, vec![r(1, &[])]),
                (0, 60, Ok, vec![r(2, &[]), a(1, 2)]),
                (70, 80, Ok, vec![r(1, &[2]), r(2, &[1])]),
            ],
            Isolation::StrictSerializable,
            3,
        ),
    ]
}

fn judged(history: &History<AppendAct>, name: &str, from: Isolation, on_witness: usize) -> Result<(), TestCaseError> {
    let begins = LEVELS.iter().position(|level| *level == from).unwrap();
    for (rank, level) in LEVELS.into_iter().enumerate() {
        let report = check(level, history);
        let shown = level == Isolation::StrictSerializable || !name.ends_with("realtime");
        let expected: Vec<&str> = if shown { vec![name] } else { vec![] };
        prop_assert_eq!(names(&report), expected, "{:?}: {:#?}", level, report);
        let valid = if rank >= begins { Validity::False } else { Validity::True };
        prop_assert_eq!(report.valid, valid, "{:?}: {:#?}", level, report);
        let lines = report.findings.first().map(|finding| finding.witnesses[0].len());
        if let (true, Some(lines)) = (on_witness > 0, lines) {
            // Each transaction, each step between two, and the conclusion.
            prop_assert_eq!(lines, 2 * on_witness + 1, "{:#?}", report.findings);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_clean_serializable_store_is_not_accused(plans in plans(60)) {
        let mut history = store(&plans, false);
        plant(&mut history, &[(0, 1, Outcome::Ok, vec![r(1, &[])])]);
        for level in LEVELS {
            let report = check(level, &history);
            prop_assert_eq!(report.valid, Validity::True, "{:#?}", report);
            prop_assert!(report.findings.is_empty(), "{:#?}", report);
        }
    }

    #[test]
    fn snapshot_isolation_shows_write_skew_at_most(plans in plans(60)) {
        let history = store(&plans, true);
        let report = check(Isolation::SnapshotIsolation, &history);
        prop_assert!(report.valid != Validity::False, "{:#?}", report);
        prop_assert!(names(&report).iter().all(|name| *name == "g2-item"), "{:#?}", report);
    }

    #[test]
    fn read_committed_shows_nothing_that_it_forbids(plans in plans(60)) {
        let report = check(Isolation::ReadCommitted, &read_committed(&plans));
        prop_assert!(report.valid != Validity::False, "{:#?}", report);
    }

    #[test]
    fn exactly_the_planted_anomaly_is_found(plans in plans(40), which in 0..anomalies().len()) {
        let (name, planted, from, on_witness) = anomalies().swap_remove(which);
        let mut history = store(&plans, false);
        plant(&mut history, &planted);
        judged(&history, name, from, on_witness)?;
    }
}

/// Every anomaly at least once, whatever the property above happened to draw.
#[test]
fn each_anomaly_by_itself() {
    for (name, planted, from, on_witness) in anomalies() {
        let mut history = History { operations: Vec::new(), complete: true };
        plant(&mut history, &planted);
        judged(&history, name, from, on_witness).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

/// Small histories of a store without any isolation, against all orders tried one by one.
mod oracle {
    use super::*;
    use std::collections::BTreeMap;
    use touchstone_history::format::Operation;

    /// Steps (key, append or length of the prefix read), start, length in time.
    type Small = Vec<(Vec<(u64, Option<usize>)>, u64, u64)>;

    fn small() -> impl Strategy<Value = (Small, Vec<usize>)> {
        let step = (0..2_u64, prop::option::weighted(0.6, 0..4_usize));
        let txn = (prop::collection::vec(step, 1..4), 0..40_u64, 1..20_u64);
        (prop::collection::vec(txn, 2..5), prop::collection::vec(0..100_usize, 12))
    }

    fn history(small: &Small, shuffle: &[usize]) -> History<AppendAct> {
        let mut orders: BTreeMap<u64, Vec<u64>> = BTreeMap::from([(0, vec![]), (1, vec![])]);
        let mut next = 0;
        for (key, _) in small.iter().flat_map(|txn| &txn.0).filter(|(_, read)| read.is_none()) {
            let order = orders.get_mut(key).unwrap();
            let at = shuffle[usize::try_from(next).unwrap() % shuffle.len()] % (order.len() + 1);
            next += 1;
            order.insert(at, next);
        }
        let mut next = 0;
        let mut operations = Vec::new();
        for (number, (steps, start, length)) in small.iter().enumerate() {
            let steps = steps.iter().map(|(key, read)| match read {
                None => {
                    next += 1;
                    Step::Append(*key, next)
                }
                Some(most) => Step::Read(*key, Some(orders[key].iter().take(*most).copied().collect())),
            });
            let (steps, process) = (steps.collect(), u32::try_from(number).unwrap());
            let act = AppendAct::Txn(steps);
            operations.push(Operation { process, start: *start, end: start + length, outcome: Outcome::Ok, act });
        }
        let steps = orders.into_iter().map(|(key, order)| Step::Read(key, Some(order))).collect();
        let process = u32::try_from(operations.len()).unwrap();
        operations.push(Operation { process, start: 100, end: 110, outcome: Outcome::Ok, act: AppendAct::Txn(steps) });
        History { operations, complete: true }
    }

    fn explained(history: &History<AppendAct>, done: &mut Vec<usize>, lists: &BTreeMap<u64, Vec<u64>>, realtime: bool) -> bool {
        if done.len() == history.operations.len() {
            return true;
        }
        for (at, operation) in history.operations.iter().enumerate() {
            let late =
                |(other, o): (usize, &Operation<AppendAct>)| other != at && !done.contains(&other) && o.end < operation.start;
            if done.contains(&at) || (realtime && history.operations.iter().enumerate().any(late)) {
                continue;
            }
            let mut lists = lists.clone();
            let AppendAct::Txn(steps) = &operation.act;
            let fits = steps.iter().all(|step| match step {
                Step::Append(key, value) => {
                    lists.entry(*key).or_default().push(*value);
                    true
                }
                Step::Read(key, seen) => seen.as_ref().is_none_or(|seen| *seen == lists.get(key).cloned().unwrap_or_default()),
            });
            if fits {
                done.push(at);
                if explained(history, done, &lists, realtime) {
                    return true;
                }
                done.pop();
            }
        }
        false
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn serializable_exactly_when_some_order_explains_all((small, shuffle) in small()) {
            let history = history(&small, &shuffle);
            for (level, realtime) in [(Isolation::Serializable, false), (Isolation::StrictSerializable, true)] {
                let report = check(level, &history);
                let explained = explained(&history, &mut Vec::new(), &BTreeMap::new(), realtime);
                let expected = if explained { Validity::True } else { Validity::False };
                prop_assert_eq!(report.valid, expected, "{:?}: {:#?}\n{:#?}", level, report, history);
            }
        }
    }
}
