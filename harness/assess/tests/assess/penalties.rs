//! Rows 1 to 7 of the breach table.

use crate::support::*;
use touchstone_assess::assessment::Period;
use touchstone_assess::breach::BreachResult;
use touchstone_assess::ledger::*;

fn row(ledgers: &Ledgers, number: u8) -> BreachResult {
    let may = assessed(ledgers, Period::Month("2026-05".parse().unwrap()));
    may.breaches.into_iter().find(|breach| breach.row == number).unwrap()
}

fn due(ledgers: &Ledgers, number: u8) -> (String, usize) {
    let row = row(ledgers, number);
    (row.total.unwrap().to_string(), row.open.len())
}

#[test]
fn letters_of_complaint() {
    let with = |by, responsible| {
        let complaint = Complaint { place: place("c"), id: "c".to_owned(), received: day("2026-05-02"), by, responsible };
        due(&Ledgers { complaints: vec![complaint; 2], ..quiet() }, 1)
    };
    assert_eq!(with(ComplaintBy::Letter, Party::Operator), ("200000".into(), 0));
    assert_eq!(with(ComplaintBy::Other, Party::Operator), ("0".into(), 0));
    assert_eq!(with(ComplaintBy::Letter, Party::Other), ("0".into(), 0));
    assert_eq!(with(ComplaintBy::Letter, Party::Pending), ("0".into(), 2));
}

#[test]
fn clauses_count_once_a_year() {
    let unmet = |clause: &str, found: &str, confirmed| UnmetClause {
        place: place(clause),
        id: "u".to_owned(),
        clause: clause.to_owned(),
        found: day(found),
        confirmed,
    };
    let with = |rows: Vec<UnmetClause>| due(&Ledgers { unmet_clauses: rows, ..quiet() }, 2);
    assert_eq!(with(vec![unmet("DB-05", "2026-05-02", Finding::Yes)]), ("200000".into(), 0));
    let twice = vec![unmet("DB-05", "2026-05-02", Finding::Yes), unmet("DB-05", "2026-05-20", Finding::Yes)];
    assert_eq!(with(twice), ("200000".into(), 0));
    let two = vec![unmet("DB-05", "2026-05-02", Finding::Yes), unmet("DB-06", "2026-05-20", Finding::Yes)];
    assert_eq!(with(two), ("400000".into(), 0));
    let earlier = vec![unmet("DB-05", "2026-03-02", Finding::Yes), unmet("DB-05", "2026-05-20", Finding::Yes)];
    assert_eq!(with(earlier), ("0".into(), 0));
    assert_eq!(with(vec![unmet("DB-05", "2026-05-02", Finding::Pending)]), ("0".into(), 1));
}

fn fault(edit: impl FnOnce(&mut Incident)) -> Ledgers {
    let mut incident = incident(10);
    incident.unusable = Systems::These(vec!["s1".to_owned()]);
    edit(&mut incident);
    Ledgers { incidents: vec![incident], ..quiet() }
}

#[test]
fn outages_not_recovered_in_time() {
    // One C system down: grade 4 up to 120 minutes and in time, grade 3 and late beyond.
    let down = |minutes, unusable| {
        due(
            &fault(|incident| {
                incident.recovered = Some(incident.began + jiff::SignedDuration::from_mins(minutes));
                incident.service_unusable = unusable;
            }),
            3,
        )
    };
    assert_eq!(down(120, Finding::Yes), ("0".into(), 0));
    assert_eq!(down(121, Finding::Yes), ("500000".into(), 0));
    assert_eq!(down(121, Finding::No), ("0".into(), 0));
    assert_eq!(down(121, Finding::Pending), ("0".into(), 1));
}

#[test]
fn data_lost() {
    let lost = |data_lost, responsible| {
        due(
            &fault(|incident| {
                incident.data_lost = data_lost;
                incident.responsible = responsible;
            }),
            4,
        )
    };
    assert_eq!(lost(Finding::Yes, Party::Operator), ("500000".into(), 0));
    assert_eq!(lost(Finding::Yes, Party::Other), ("0".into(), 0));
    assert_eq!(lost(Finding::Pending, Party::Operator), ("0".into(), 1));
    assert_eq!(lost(Finding::No, Party::Pending), ("0".into(), 0));
}

#[test]
fn large_scale_is_half_and_more() {
    let lost = |share: Option<&str>| {
        due(
            &fault(|incident| {
                incident.service_unusable = Finding::Yes;
                incident.capacity_lost = share.map(exact);
            }),
            6,
        )
    };
    assert_eq!(lost(Some("49.9")), ("0".into(), 0));
    assert_eq!(lost(Some("50")), ("1000000".into(), 0));
    assert_eq!(lost(Some("100")), ("1000000".into(), 0));
    assert_eq!(lost(None), ("0".into(), 1));
    let usable = fault(|incident| incident.capacity_lost = Some(exact("80")));
    assert_eq!(due(&usable, 6), ("0".into(), 0));
}

#[test]
fn vulnerabilities_and_leaks() {
    let finding = SecurityFinding {
        place: place("r"),
        id: "r".to_owned(),
        found: day("2026-05-01"),
        due: day("2026-05-20"),
        fixed: Some(day("2026-05-02")),
        responsible: Party::Operator,
        harmed_business: Finding::Yes,
    };
    assert_eq!(due(&Ledgers { security_findings: vec![finding], ..quiet() }, 5), ("500000".into(), 0));
    let incident = SecurityIncident {
        place: place("s"),
        id: "s".to_owned(),
        date: day("2026-05-01"),
        grade: 1,
        confirmed: Finding::Yes,
        responsible: Party::Operator,
        data_leaked: Finding::Yes,
    };
    assert_eq!(due(&Ledgers { security_incidents: vec![incident], ..quiet() }, 7), ("1000000".into(), 0));
}

#[test]
fn the_table_is_the_tenders_and_a_missing_ledger_is_told() {
    let amounts: Vec<String> = rules().breaches.iter().map(|rule| rule.amount.or(rule.percent).unwrap().to_string()).collect();
    assert_eq!(amounts, ["100000", "200000", "500000", "500000", "500000", "1000000", "1000000", "5", "10", "15"]);
    let mut ledgers = quiet();
    ledgers.coverage.remove(&Kind::Complaints);
    assert_eq!(due(&ledgers, 1), ("0".into(), 1));
    assert!(!assessed(&ledgers, Period::Month("2026-05".parse().unwrap())).penalties_final);
}
