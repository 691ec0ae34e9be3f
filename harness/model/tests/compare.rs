//! Two runs side by side: every pair of states has one class, and none of them turns a loss into "no change".

use std::collections::BTreeMap;
use touchstone_model::compare::{Answer, Change, Pair, Side, Snapshot, State, Surrounding, compare};
use touchstone_model::digest::Digest;
use touchstone_model::event::Survey;
use touchstone_model::plan::PlannedTarget;
use touchstone_model::text::Text;
use touchstone_model::verdict::Conclusion;

fn pairs() -> impl Iterator<Item = (State, State)> {
    State::ALL.into_iter().flat_map(|before| State::ALL.into_iter().map(move |after| (before, after)))
}

/// The table as a person would write it: rows before, columns after, in the order of `State::ALL`.
#[test]
fn every_pair_has_its_class() {
    use Change::{
        FailsFurther as Fu, FailsLess as Le, NewlyFailing as Fa, NewlyPassing as Pa, NoLongerShown as No, NotCompared as Nc,
        Other as Ot, Same as Sa, Unstable as Un,
    };
    #[rustfmt::skip]
    let table = [
        //            Met Partly Unmet N/A Open Unst NotAsked Absent
        /* Met     */ [Sa, Fa, Fa, No, No, Un, Nc, No],
        /* Partly  */ [Pa, Sa, Fu, No, No, Un, Nc, No],
        /* Unmet   */ [Pa, Le, Sa, Ot, Ot, Un, Nc, Ot],
        /* N/A     */ [Pa, Fa, Fa, Sa, No, Un, Nc, No],
        /* Open    */ [Pa, Fa, Fa, Ot, Sa, Un, Nc, Ot],
        /* Unst    */ [Pa, Fa, Fa, Ot, Ot, Un, Nc, Ot],
        /* NotAsk  */ [Nc, Nc, Nc, Nc, Nc, Nc, Nc, Nc],
        /* Absent  */ [Pa, Fa, Fa, Ot, Ot, Un, Nc, Sa],
    ];
    for (before, row) in State::ALL.into_iter().zip(table) {
        for (after, class) in State::ALL.into_iter().zip(row) {
            assert_eq!(Change::of(before, after), class, "{before:?} -> {after:?}");
        }
    }
}

#[test]
fn what_was_shown_and_no_longer_is_is_worse_whatever_came_instead() {
    for (before, after) in pairs().filter(|(b, a)| *b != State::NotAsked && *a != State::NotAsked) {
        let (change, worse) = (Change::of(before, after), Change::is_worse(before, after));
        if before == State::Met && after != State::Met {
            assert!(worse && change != Change::Same, "{before:?} -> {after:?}");
        }
        if after == State::Met {
            assert!(!worse && matches!(change, Change::NewlyPassing | Change::Same), "{before:?} -> {after:?}");
        }
        if matches!(after, State::Unmet | State::Partly) && !matches!(before, State::Unmet | State::Partly) {
            assert!(worse && change == Change::NewlyFailing, "{before:?} -> {after:?}");
        }
        if change == Change::Same {
            assert!(before == after && !worse, "{before:?} -> {after:?}");
        }
        // A loss and a gain are never told of the same pair read the other way round.
        assert!(!(worse && Change::is_worse(after, before) && before == after), "{before:?} -> {after:?}");
    }
    for (before, after) in pairs().filter(|(b, a)| *b == State::NotAsked || *a == State::NotAsked) {
        assert_eq!(Change::of(before, after), Change::NotCompared);
        assert!(!Change::is_worse(before, after));
    }
}

/// Losing cannot be hidden by going step by step: if each step is not worse, neither is the whole way.
#[test]
fn no_detour_hides_a_loss() {
    let asked = || State::ALL.into_iter().filter(|state| *state != State::NotAsked);
    for (first, middle, last) in asked().flat_map(|a| asked().flat_map(move |b| asked().map(move |c| (a, b, c)))) {
        if Change::is_worse(first, last) {
            assert!(
                Change::is_worse(first, middle) || Change::is_worse(middle, last),
                "{first:?} -> {middle:?} -> {last:?} hides a loss"
            );
        }
    }
}

fn answer(id: &str, state: State) -> Answer {
    let target = id.split_once('@').map(|(_, target)| target.to_owned());
    Answer { id: id.into(), title: Text::new(id, id), state, why: None, target, params: BTreeMap::new() }
}

fn snapshot(target: &str, kernel: &str, checks: &[(&str, State)]) -> Snapshot {
    let side = Side {
        run: "r".into(),
        tool: "0".into(),
        suite: "s".into(),
        suite_sha256: Digest::of("s"),
        journal_head: Digest::of("j"),
        started: "2026-01-01T00:00:00Z".into(),
        finished: None,
        interrupted: false,
        conclusion: Conclusion::Inconclusive,
    };
    let planned =
        PlannedTarget { name: target.into(), kind: "host".into(), access: "shell: local".into(), adapter: None, product: None };
    let facts = BTreeMap::from([("kernel".to_owned(), kernel.to_owned())]);
    Snapshot {
        side,
        targets: vec![planned],
        plugins: BTreeMap::new(),
        environment: vec![Survey { target: target.into(), part: "n".into(), facts }],
        clauses: Vec::new(),
        aspects: Vec::new(),
        checks: checks.iter().map(|(id, state)| answer(id, *state)).collect(),
    }
}

#[test]
fn runs_on_targets_of_other_names_are_laid_side_by_side() {
    let before = snapshot("old", "5.10", &[("os/a@old", State::Met), ("os/b@old", State::Unmet), ("os/c@old", State::Met)]);
    let after = snapshot("new", "6.1", &[("os/a@new", State::Open), ("os/b@new", State::Met), ("os/c@new", State::Met)]);
    let both = compare(&before, &after, &[]);
    assert_eq!(both.pairs, [Pair { before: "old".into(), after: "new".into() }]);
    let told: Vec<(&str, Change)> = both.checks.changed.iter().map(|c| (c.id.as_str(), c.change)).collect();
    assert_eq!(told, [("os/a@new", Change::NoLongerShown), ("os/b@new", Change::NewlyPassing)]);
    assert!(both.worse && both.checks.same == 1);
    let facts: Vec<_> = both.environment.iter().filter(|d| d.of == Surrounding::Fact).collect();
    assert_eq!(facts.len(), 1);
    assert_eq!((facts[0].before.as_deref(), facts[0].after.as_deref()), (Some("5.10"), Some("6.1")));
}

#[test]
fn a_check_left_out_as_a_whole_stands_for_its_targets() {
    let before = snapshot("h", "6", &[("os/a@h", State::Met), ("os/b@h", State::Met)]);
    let after = snapshot("h", "6", &[("os/a", State::NotAsked), ("os/b", State::Open)]);
    let both = compare(&before, &after, &[]);
    assert_eq!(both.checks.not_compared, ["os/a@h"]);
    let told: Vec<(&str, Change)> = both.checks.changed.iter().map(|c| (c.id.as_str(), c.change)).collect();
    assert_eq!(told, [("os/b@h", Change::NoLongerShown)]);
    assert!(both.worse);
    let same = compare(&before, &before, &[]);
    assert!(!same.worse && same.checks.changed.is_empty() && same.environment.is_empty() && same.checks.same == 2);
    // A target that is gone is not a target that was not asked about.
    let gone = compare(&before, &snapshot("h", "6", &[("os/a@h", State::Met)]), &[]);
    assert!(gone.worse && gone.checks.changed[0].change == Change::NoLongerShown);
}
