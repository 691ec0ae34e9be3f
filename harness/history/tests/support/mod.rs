//! Stores that keep a promise, simulated, and the histories that clients of them would record.
#![allow(dead_code, reason = "no test uses all of it")]

use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use touchstone_history::format::{AppendAct, History, Operation, Outcome, Step};

/// One transaction, as a client would plan it.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Key, and whether to append to it or to read it.
    pub steps: Vec<(u64, bool)>,
    pub fate: Fate,
    /// How long before and after its effect the client asked and heard.
    pub lead: u64,
    pub lag: u64,
    /// How old a snapshot it may get, in transactions.
    pub age: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fate {
    Acknowledged,
    Refused,
    DoneUnanswered,
    LostUnanswered,
}

pub fn plans(most: usize) -> impl Strategy<Value = Vec<Plan>> {
    let fate = prop_oneof![
        8 => Just(Fate::Acknowledged), 1 => Just(Fate::Refused),
        1 => Just(Fate::DoneUnanswered), 1 => Just(Fate::LostUnanswered),
    ];
    let plan = (prop::collection::vec((0..6_u64, any::<bool>()), 1..6), fate, 1..60_u64, 1..60_u64, 0..5_usize)
        .prop_map(|(steps, fate, lead, lag, age)| Plan { steps, fate, lead, lag, age });
    prop::collection::vec(plan, 1..most)
}

type Lists = BTreeMap<u64, Vec<u64>>;

fn run(steps: &[(u64, bool)], view: &Lists, next: &mut u64) -> (Vec<Step>, Vec<(u64, u64)>) {
    let (mut view, mut told, mut appended) = (view.clone(), Vec::new(), Vec::new());
    for (key, append) in steps {
        let list = view.entry(*key).or_default();
        if *append {
            *next += 1;
            list.push(*next);
            appended.push((*key, *next));
            told.push(Step::Append(*key, *next));
        } else {
            told.push(Step::Read(*key, Some(list.clone())));
        }
    }
    (told, appended)
}

fn record(number: usize, plan: &Plan, at: u64, refused: bool, steps: Vec<Step>) -> Operation<AppendAct> {
    let outcome = match plan.fate {
        _ if refused => Outcome::Fail,
        Fate::Acknowledged => Outcome::Ok,
        Fate::Refused => Outcome::Fail,
        Fate::DoneUnanswered | Fate::LostUnanswered => Outcome::Info,
    };
    let blank = |step| match step {
        Step::Read(key, _) if outcome != Outcome::Ok => Step::Read(key, None),
        step => step,
    };
    Operation {
        process: u32::try_from(number).unwrap(),
        start: at.saturating_sub(plan.lead),
        end: at + plan.lag,
        outcome,
        act: AppendAct::Txn(steps.into_iter().map(blank).collect()),
    }
}

/// One transaction after the other: strictly serializable. With `snapshots`, each sees the store as it was some transactions ago,
/// and the first to commit wins: snapshot isolation.
pub fn store(plans: &[Plan], snapshots: bool) -> History<AppendAct> {
    let mut versions: Vec<Lists> = vec![Lists::new()];
    let mut touched: Vec<BTreeSet<u64>> = vec![BTreeSet::new()];
    let mut next = 0;
    let mut operations = Vec::new();
    for (number, plan) in plans.iter().enumerate() {
        let now = versions.len() - 1;
        let from = if snapshots { now.saturating_sub(plan.age) } else { now };
        let (steps, appended) = run(&plan.steps, &versions[from], &mut next);
        let keys: BTreeSet<u64> = appended.iter().map(|(key, _)| *key).collect();
        let refused = touched[from + 1..].iter().any(|others| !others.is_disjoint(&keys));
        let done = !refused && matches!(plan.fate, Fate::Acknowledged | Fate::DoneUnanswered);
        if done {
            let mut lists = versions[now].clone();
            for (key, value) in appended {
                lists.entry(key).or_default().push(value);
            }
            versions.push(lists);
            touched.push(keys);
        }
        operations.push(record(number, plan, (number as u64 + 10) * 10, refused, steps));
    }
    History { operations, complete: true }
}

/// A transaction under way: its number, its steps so far, and its appends by list and value.
type Open = (usize, Vec<Step>, Vec<(u64, u64)>);

/// Every read shows what is committed at that moment, appends lock the list and appear together at the end: read committed.
pub fn read_committed(plans: &[Plan]) -> History<AppendAct> {
    let mut lists = Lists::new();
    let mut next = 0;
    let mut open: Vec<Open> = Vec::new();
    let mut operations = Vec::new();
    let mut left = plans.iter().enumerate();
    let mut clock = 1000;
    loop {
        while open.len() < 3 {
            let Some((number, _)) = left.next() else { break };
            open.push((number, Vec::new(), Vec::new()));
        }
        if open.is_empty() {
            return History { operations, complete: true };
        }
        clock += 1;
        let turn = usize::try_from(clock).unwrap() % open.len();
        let plan = &plans[open[turn].0];
        let step = plan.steps.get(open[turn].1.len());
        let locked = |key: &u64| open.iter().enumerate().any(|(at, o)| at != turn && o.2.iter().any(|(k, _)| k == key));
        if step.is_some_and(|(key, append)| *append && locked(key)) {
            let (number, told, _) = open.remove(turn);
            operations.push(record(number, plan, clock * 10, true, told));
            continue;
        }
        let (_, told, appended) = &mut open[turn];
        if let Some((key, append)) = step {
            if *append {
                next += 1;
                appended.push((*key, next));
                told.push(Step::Append(*key, next));
            } else {
                let own = appended.iter().filter(|(k, _)| k == key).map(|(_, v)| *v);
                let seen = lists.get(key).cloned().unwrap_or_default().into_iter().chain(own).collect();
                told.push(Step::Read(*key, Some(seen)));
            }
            continue;
        }
        let (number, told, appended) = open.remove(turn);
        if matches!(plan.fate, Fate::Acknowledged | Fate::DoneUnanswered) {
            for (key, value) in appended {
                lists.entry(key).or_default().push(value);
            }
        }
        operations.push(record(number, plan, clock * 10, false, told));
    }
}

/// Transactions put behind a clean history: process, start, end, outcome, steps. Keys from 1000 on are theirs alone.
pub fn plant(history: &mut History<AppendAct>, planted: &[(u64, u64, Outcome, Vec<Step>)]) {
    let base = history.operations.iter().map(|o| o.end).max().unwrap_or_default() + 1000;
    for (number, (start, end, outcome, steps)) in planted.iter().enumerate() {
        history.operations.push(Operation {
            process: 1_000_000 + u32::try_from(number).unwrap(),
            start: base + start,
            end: base + end,
            outcome: *outcome,
            act: AppendAct::Txn(steps.clone()),
        });
    }
}
