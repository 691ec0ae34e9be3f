//! Indicators that count events: A1 to A4, C1, F1, F2, G1.

use crate::support::*;
use touchstone_assess::assessment::Period;
use touchstone_assess::ledger::*;

fn order(approved: &str, fed_back: Option<&str>) -> WorkOrder {
    WorkOrder {
        place: place("w"),
        id: "w".to_owned(),
        service: "database".to_owned(),
        approved: at(approved),
        fed_back: fed_back.map(at),
        as_approved: Finding::Yes,
        responsible: Party::Operator,
    }
}

fn orders(orders: Vec<WorkOrder>) -> Ledgers {
    Ledgers { work_orders: orders, ..quiet() }
}

#[test]
fn delivery_has_five_working_days() {
    let one = |fed_back| score(&orders(vec![order("2026-04-30T09:00:00", fed_back)]), "A1");
    // Approved before the holidays of May: due at the end of 11 May.
    assert_eq!(one(Some("2026-05-11T23:59:59")), "10");
    assert_eq!(one(Some("2026-05-12T00:00:00")), "9.5");
    assert_eq!(one(None), "9.5");
    assert_eq!(score(&orders(vec![order("2026-05-04T09:00:00", None); 21]), "A1"), "0");
    let mut other = order("2026-05-06T09:00:00", None);
    other.responsible = Party::Other;
    assert_eq!(score(&orders(vec![other.clone()]), "A1"), "10");
    other.responsible = Party::Pending;
    assert_eq!(score(&orders(vec![other]), "A1"), "-");
}

#[test]
fn late_orders_count_in_the_month_of_their_last_day() {
    let late = orders(vec![order("2026-04-30T09:00:00", Some("2026-06-20T00:00:00"))]);
    let of = |month: &str| {
        let score = assessed(&late, Period::Month(month.parse().unwrap())).months.remove(0);
        shown(month_of(&score, "A1"))
    };
    assert_eq!([of("2026-04"), of("2026-05"), of("2026-06")], ["10", "9.5", "10"]);
    // An order of late December is due in a year that the calendar does not know: not in December, at any rate.
    let ledgers = orders(vec![order("2026-12-29T09:00:00", None)]);
    let december = assessed(&ledgers, Period::Month("2026-12".parse().unwrap())).months.remove(0);
    assert_eq!(shown(month_of(&december, "A1")), "10");
}

#[test]
fn deviations_cost_three_tenths() {
    let wrong = WorkOrder { as_approved: Finding::No, ..order("2026-05-06T09:00:00", Some("2026-05-07T09:00:00")) };
    assert_eq!(score(&orders(vec![wrong.clone()]), "A2"), "4.7");
    assert_eq!(score(&orders(vec![wrong.clone(); 16]), "A2"), "0.2");
    assert_eq!(score(&orders(vec![wrong.clone(); 17]), "A2"), "0");
    assert_eq!(score(&orders(vec![WorkOrder { as_approved: Finding::Pending, ..wrong.clone() }]), "A2"), "-");
    assert_eq!(score(&orders(vec![WorkOrder { fed_back: Some(at("2026-06-01T00:00:00")), ..wrong }]), "A2"), "5");
}

#[test]
fn tasks_are_in_time_on_their_last_day() {
    let task = |finished: Option<&str>, responsible| {
        let task =
            Task { place: place("t"), id: "t".to_owned(), due: day("2026-05-20"), finished: finished.map(day), responsible };
        score(&Ledgers { tasks: vec![task], ..quiet() }, "A3")
    };
    assert_eq!(task(Some("2026-05-20"), Party::Operator), "5");
    assert_eq!(task(Some("2026-05-21"), Party::Operator), "4");
    assert_eq!(task(None, Party::Operator), "4");
    assert_eq!(task(None, Party::Other), "5");
    assert_eq!(task(None, Party::Pending), "-");
}

#[test]
fn deliveries_without_order_count_again_until_put_right() {
    let found = |day_found: &str, rectified: Option<&str>| {
        let row = IrregularDelivery {
            place: place("d"),
            id: "d".to_owned(),
            found: day(day_found),
            rectified: rectified.map(day),
            confirmed: Finding::Yes,
        };
        score(&Ledgers { irregular_deliveries: vec![row], ..quiet() }, "A4")
    };
    assert_eq!(found("2026-05-31", Some("2026-05-31")), "4");
    assert_eq!(found("2026-03-02", None), "4");
    assert_eq!(found("2026-03-02", Some("2026-06-01")), "4");
    assert_eq!(found("2026-03-02", Some("2026-05-31")), "5");
    assert_eq!(found("2026-06-01", None), "5");
}

#[test]
fn complaints_cost_five() {
    let complaints = |n: usize, by, responsible| {
        let row = Complaint { place: place("c"), id: "c".to_owned(), received: day("2026-05-31"), by, responsible };
        score(&Ledgers { complaints: vec![row; n], ..quiet() }, "C1")
    };
    assert_eq!(complaints(1, ComplaintBy::Letter, Party::Operator), "5");
    assert_eq!(complaints(1, ComplaintBy::Other, Party::Operator), "5");
    assert_eq!(complaints(3, ComplaintBy::Letter, Party::Operator), "0");
    assert_eq!(complaints(3, ComplaintBy::Letter, Party::Other), "10");
    assert_eq!(complaints(1, ComplaintBy::Letter, Party::Pending), "-");
    // Two justified ones leave nothing to lose, so an undecided one leaves nothing open.
    let row = |responsible| Complaint {
        place: place("c"),
        id: "c".to_owned(),
        received: day("2026-05-02"),
        by: ComplaintBy::Letter,
        responsible,
    };
    let three = vec![row(Party::Operator), row(Party::Operator), row(Party::Pending)];
    assert_eq!(score(&Ledgers { complaints: three, ..quiet() }, "C1"), "0");
}

fn change(submitted: Option<&str>, outcome: Outcome, urgent: Finding, interrupts: Finding) -> Ledgers {
    let executed = at("2026-05-12T10:00:00");
    let row =
        Change { place: place("x"), id: "x".to_owned(), submitted: submitted.map(at), executed, outcome, urgent, interrupts };
    Ledgers { changes: vec![row], ..quiet() }
}

#[test]
fn failed_changes_cost_a_point_and_planned_returns_none() {
    let outcome = |outcome| score(&change(Some("2026-05-01T00:00:00"), outcome, Finding::No, Finding::No), "F1");
    assert_eq!(outcome(Outcome::AsPlanned), "5");
    assert_eq!(outcome(Outcome::RolledBack), "5");
    assert_eq!(outcome(Outcome::Failed), "4");
}

#[test]
fn interruptions_are_announced_72_hours_ahead() {
    use Finding::{No, Pending, Yes};
    let notice = |submitted, urgent, interrupts| score(&change(submitted, Outcome::AsPlanned, urgent, interrupts), "F2");
    assert_eq!(notice(Some("2026-05-09T10:00:00"), No, Yes), "5");
    assert_eq!(notice(Some("2026-05-09T10:00:01"), No, Yes), "4");
    assert_eq!(notice(Some("2026-05-12T09:59:59"), No, No), "5");
    assert_eq!(notice(Some("2026-05-12T10:00:00"), No, No), "4");
    assert_eq!(notice(None, No, No), "4");
    assert_eq!(notice(None, Yes, Yes), "4");
    assert_eq!(notice(Some("2026-05-13T10:00:00"), Yes, Yes), "5");
    assert_eq!(notice(Some("2026-05-11T10:00:00"), No, Pending), "-");
    assert_eq!(notice(Some("2026-05-09T10:00:00"), Pending, Yes), "5");
}

#[test]
fn verified_breaches_of_rules_cost_a_point() {
    let violation = |n: usize, confirmed| {
        let row = Violation { place: place("v"), id: "v".to_owned(), found: day("2026-05-01"), confirmed };
        score(&Ledgers { violations: vec![row; n], ..quiet() }, "G1")
    };
    assert_eq!(violation(1, Finding::Yes), "4");
    assert_eq!(violation(6, Finding::Yes), "0");
    assert_eq!(violation(6, Finding::No), "5");
    assert_eq!(violation(1, Finding::Pending), "-");
}

#[test]
fn a_quiet_month_has_all_its_points_and_an_unknown_one_none() {
    let score = may(&quiet());
    assert_eq!(score.total.score, Some(exact("100")));
    for (kind, indicators) in [
        (Kind::WorkOrders, vec!["A1", "A2"]),
        (Kind::Tasks, vec!["A3"]),
        (Kind::IrregularDeliveries, vec!["A4"]),
        (Kind::Attendance, vec!["B1"]),
        (Kind::Complaints, vec!["C1"]),
        (Kind::Outages, vec!["D1"]),
        (Kind::Incidents, vec!["D1", "E1", "E2", "E3", "E4"]),
        (Kind::Systems, vec!["E1", "E2", "E3", "E4"]),
        (Kind::Changes, vec!["F1", "F2"]),
        (Kind::Violations, vec!["G1"]),
    ] {
        let mut ledgers = quiet();
        ledgers.coverage.remove(&kind);
        let score = may(&ledgers);
        let open: Vec<&str> = score.indicators.iter().filter(|i| i.score.is_none()).map(|i| i.id.as_str()).collect();
        assert_eq!(open, indicators, "{kind:?}");
        assert_eq!(score.total.score, None);
        assert!(score.total.at_most == exact("100") && score.total.at_least < exact("100"));
        // A ledger that ends before the month does is no better.
        ledgers.coverage.insert(kind, Coverage { from: day("2026-01-01"), until: day("2026-05-30") });
        assert_eq!(may(&ledgers).indicators.iter().filter(|i| i.score.is_none()).count(), indicators.len(), "{kind:?}");
    }
}
