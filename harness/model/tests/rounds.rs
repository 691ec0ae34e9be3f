//! Rounds over time: due dates by working days, what is overdue, what a row of failures is, and what stands in between.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use touchstone_model::analysis::{Analysis, Basis};
use touchstone_model::catalogue::{Area, Aspect, Catalogue, Clause, Method};
use touchstone_model::description::Impact;
use touchstone_model::digest::Digest;
use touchstone_model::event::{Entry, Event, Survey};
use touchstone_model::plan::Plan;
use touchstone_model::rounds::{
    CarriedClause, DefectState, EarlierRound, Reach, Rectification, Round, RoundKind, RoundRules, day_of, failures_in_a_row,
};
use touchstone_model::run::Run;
use touchstone_model::suite::AspectRef;
use touchstone_model::text::Text;
use touchstone_model::verdict::{ClauseVerdict, Conclusion};

fn clause(id: &str, aspects: &[&str]) -> Clause {
    let aspect = |id: &&str| Aspect { id: (*id).into(), title: Text::default(), method: Method::Analysis };
    Clause {
        id: id.into(),
        area: "GE".into(),
        title: Text::default(),
        text: Text::default(),
        decided_by: Text::default(),
        source: String::new(),
        mandatory: true,
        method: vec![Method::Analysis],
        target: "service".into(),
        aspects: aspects.iter().map(aspect).collect(),
    }
}

/// Working days are Monday to Friday here; known until a day.
fn rectification(from: &str, until: &str) -> Rectification {
    let (mut day, until) = (from.parse::<jiff::civil::Date>().unwrap(), until.parse::<jiff::civil::Date>().unwrap());
    let mut working_days = Vec::new();
    while day < until {
        day = day.tomorrow().unwrap();
        if day.weekday().to_monday_one_offset() <= 5 {
            working_days.push(day.to_string());
        }
    }
    let rules = RoundRules {
        working_days: 15,
        failures: 3,
        recheck: vec![Reach::SameTarget],
        deadline: Some("GE-06/deadline".into()),
        failed: Some("GE-06/rounds".into()),
    };
    Rectification { rules, working_days, calendar: Vec::new() }
}

/// A run whose clause A-1 has that verdict (by analysis, which needs no checks).
fn run(on: &str, verdict: ClauseVerdict, round: Option<Round>) -> Run {
    run_until(on, "2026-12-31", verdict, round, &[])
}

fn run_until(on: &str, known: &str, verdict: ClauseVerdict, round: Option<Round>, environment: &[(&str, &str)]) -> Run {
    let aspect = AspectRef { clause: "A-1".into(), aspect: "it".into() };
    let mut selected = vec!["A-1".to_owned(), "GE-06".to_owned()];
    if round.is_none() {
        selected.push("B-1".to_owned());
    }
    let also = AspectRef { clause: "B-1".into(), aspect: "it".into() };
    let decided = |aspect, verdict| Analysis { aspect, verdict, reasons: Vec::new(), basis: Basis::Ledgers };
    let plan = Plan {
        suite: "s".into(),
        suite_title: Text::default(),
        catalogue: Catalogue {
            id: "c".into(),
            title: Text::default(),
            areas: vec![Area { id: "GE".into(), title: Text::default() }],
            clauses: vec![clause("A-1", &["it"]), clause("B-1", &["it"]), clause("GE-06", &["deadline", "rounds"])],
        },
        selected,
        allowed: Impact::Observe,
        unsigned_allowed: false,
        targets: Vec::new(),
        plugins: Vec::new(),
        items: Vec::new(),
        left_out: Vec::new(),
        inspections: Vec::new(),
        analyses: vec![decided(aspect, verdict), decided(also, ClauseVerdict::Conforming)],
        materials: None,
        matrix: None,
        rectification: Some(rectification(&day_of(&at(on)).unwrap(), known)),
        round: round.map(Box::new),
        acceptance: Default::default(),
        particulars: Default::default(),
    };
    let started = Event::RunStarted {
        run: on.into(),
        tool: "0".into(),
        suite_sha256: Digest::default(),
        inputs: Vec::new(),
        plan: Box::new(plan),
    };
    let facts = |value: &str| BTreeMap::from([("kernel".to_owned(), value.to_owned())]);
    let seen = environment
        .iter()
        .map(|(target, value)| Event::Surveyed(Survey { target: (*target).into(), part: "n".into(), facts: facts(value) }));
    let events: Vec<Event> = [started].into_iter().chain(seen).chain([Event::RunFinished { interrupted: false }]).collect();
    let entries: Vec<Entry> = events.into_iter().zip(0..).map(|(event, seq)| Entry { seq, at: at(on), event }).collect();
    Run::from_entries(&entries, Digest::of(on)).unwrap()
}

fn at(day: &str) -> String {
    format!("{day}T02:00:00Z")
}

/// The round after that run.
fn after(before: &Run, kind: RoundKind) -> Round {
    let mut earlier = before.plan.round.as_ref().map(|round| round.earlier.clone()).unwrap_or_default();
    earlier.push(EarlierRound {
        kind: before.plan.round.as_ref().map_or(RoundKind::Initial, |round| round.kind),
        number: earlier.len() as u32 + 1,
        run: before.run.clone(),
        journal_head: before.journal_head.clone(),
        bundle: None,
        started: before.started.clone(),
        finished: before.finished.clone(),
        conclusion: before.conclusion,
    });
    Round {
        kind,
        number: earlier.len() as u32 + 1,
        before: Some(touchstone_model::compare::Snapshot::of(before)),
        carried: vec![CarriedClause {
            clause: "B-1".into(),
            verdict: ClauseVerdict::Conforming,
            round: 1,
            targets: vec!["host".into()],
        }],
        defects: before.defects.clone(),
        chosen: Vec::new(),
        agreed_by: None,
        earlier,
    }
}

fn aspects(run: &Run) -> (ClauseVerdict, ClauseVerdict) {
    let clause = run.clauses.iter().find(|clause| clause.clause == "GE-06").unwrap();
    (clause.aspects[0].verdict, clause.aspects[1].verdict)
}

#[test]
fn the_fifteenth_working_day_is_the_last_one_in_time() {
    use ClauseVerdict::{Conforming, Nonconforming, NotAssessed};
    // A Monday; three weeks on is the fifteenth working day after it.
    let first = run("2026-05-04", Nonconforming, None);
    assert_eq!(first.defects.len(), 1);
    assert_eq!((first.defects[0].found_on.as_str(), first.defects[0].due.as_deref()), ("2026-05-04", Some("2026-05-25")));
    for (day, state, deadline) in
        [("2026-05-25", DefectState::Rectified, Conforming), ("2026-05-26", DefectState::RectifiedLate, Nonconforming)]
    {
        let second = run(day, Conforming, Some(after(&first, RoundKind::ReAcceptance)));
        assert_eq!(second.defects[0].state, state, "{day}");
        assert_eq!(aspects(&second).0, deadline, "{day}");
        assert_eq!(aspects(&second).1, Conforming, "{day}: one failure, then accepted");
    }
    for (day, state, deadline) in
        [("2026-05-25", DefectState::Open, NotAssessed), ("2026-05-26", DefectState::Overdue, Nonconforming)]
    {
        let second = run(day, Nonconforming, Some(after(&first, RoundKind::ReAcceptance)));
        assert_eq!((second.defects.len(), second.defects[0].state), (1, state), "{day}: found once, due once");
        assert_eq!(aspects(&second).0, deadline, "{day}");
    }
    // Not looked at well enough: it is not shown to be rectified.
    let unsure = run("2026-05-20", NotAssessed, Some(after(&first, RoundKind::ReAcceptance)));
    assert_eq!(unsure.defects[0].state, DefectState::Open);
    assert_eq!(aspects(&unsure).0, NotAssessed);
}

#[test]
fn the_day_is_that_of_china() {
    assert_eq!(day_of("2026-05-04T15:59:59Z").as_deref(), Some("2026-05-04"));
    assert_eq!(day_of("2026-05-04T16:00:00Z").as_deref(), Some("2026-05-05"));
    assert_eq!(day_of("never"), None);
}

#[test]
fn a_due_date_beyond_the_calendar_is_not_guessed_and_decides_nothing() {
    let first = run_until("2026-12-21", "2026-12-31", ClauseVerdict::Nonconforming, None, &[]);
    assert_eq!(first.defects[0].due, None);
    let second = run("2026-12-28", ClauseVerdict::Conforming, Some(after(&first, RoundKind::ReAcceptance)));
    assert_eq!(aspects(&second).0, ClauseVerdict::NotAssessed);
    assert_ne!(second.conclusion, Conclusion::Accepted);
}

#[test]
fn a_row_of_failures_is_not_ended_by_a_round_without_a_conclusion() {
    use Conclusion::{Accepted, AcceptedWithWaivers, Inconclusive, NotAccepted};
    let row = |rounds: &[Conclusion]| failures_in_a_row(rounds.iter().copied());
    assert_eq!(row(&[]), 0);
    assert_eq!(row(&[NotAccepted, NotAccepted, NotAccepted]), 3);
    assert_eq!(row(&[NotAccepted, NotAccepted, Inconclusive]), 2);
    assert_eq!(row(&[NotAccepted, Inconclusive, NotAccepted]), 2);
    assert_eq!(row(&[NotAccepted, Accepted, NotAccepted]), 1);
    assert_eq!(row(&[NotAccepted, AcceptedWithWaivers]), 0);
}

#[test]
fn three_failures_in_a_row_contradict_the_clause_for_good() {
    use ClauseVerdict::{Conforming, Nonconforming, NotAssessed};
    let mut last = run("2026-05-04", Nonconforming, None);
    for (day, rounds) in [("2026-05-06", NotAssessed), ("2026-05-08", Nonconforming)] {
        last = run(day, Nonconforming, Some(after(&last, RoundKind::ReAcceptance)));
        assert_eq!(aspects(&last).1, rounds, "{day}");
    }
    assert_eq!(last.rounds.as_ref().unwrap().failures_in_a_row, 3);
    let fourth = run("2026-05-11", Conforming, Some(after(&last, RoundKind::ReAcceptance)));
    assert_eq!(aspects(&fourth).1, Nonconforming, "accepted at last, but three had failed in a row");
    assert_eq!(fourth.conclusion, Conclusion::NotAccepted);
}

#[test]
fn an_initial_round_has_nothing_before_it_and_a_run_that_is_no_round_decides_nothing() {
    use ClauseVerdict::{Conforming, NotApplicable, NotAssessed};
    let initial = Round {
        kind: RoundKind::Initial,
        number: 1,
        before: None,
        carried: Vec::new(),
        defects: Vec::new(),
        chosen: Vec::new(),
        agreed_by: None,
        earlier: Vec::new(),
    };
    let declared = run("2026-05-04", Conforming, Some(initial));
    assert_eq!(aspects(&declared), (NotApplicable, NotApplicable));
    assert_eq!(declared.conclusion, Conclusion::Accepted);
    let undeclared = run("2026-05-04", Conforming, None);
    assert_eq!(aspects(&undeclared), (NotAssessed, NotAssessed));
    assert!(undeclared.rounds.is_none());
}

#[test]
fn what_stands_from_before_does_not_stand_on_another_machine() {
    let seen = |kernel| [("host", kernel)];
    let first = run_until("2026-05-04", "2026-12-31", ClauseVerdict::Nonconforming, None, &seen("6.1"));
    let second = |kernel| {
        let round = after(&first, RoundKind::ReAcceptance);
        run_until("2026-05-06", "2026-12-31", ClauseVerdict::Conforming, Some(round), &seen(kernel))
    };
    assert_eq!(second("6.1").conclusion, Conclusion::Accepted);
    let moved = second("6.2");
    assert_eq!(moved.conclusion, Conclusion::Inconclusive, "B-1 was shown on a kernel that is no more");
    let standing = moved.rounds.unwrap().standing;
    let carried = standing.iter().find(|standing| standing.clause == "B-1").unwrap();
    assert_eq!(carried.verdict, ClauseVerdict::NotAssessed);
    assert!(carried.doubt.as_ref().unwrap().en.contains("kernel of host · n has changed"));
}
