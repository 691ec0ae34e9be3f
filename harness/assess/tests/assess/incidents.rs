//! D1 and E1 to E4.

use crate::support::*;
use touchstone_assess::assessment::Period;
use touchstone_assess::ledger::*;

fn with(incidents: Vec<Incident>) -> Ledgers {
    Ledgers { incidents, ..quiet() }
}

fn of_class(class: Class, minutes: i64) -> Ledgers {
    let mut incident = incident(minutes);
    incident.unusable = Systems::These(vec!["s1".to_owned()]);
    let mut ledgers = with(vec![incident]);
    ledgers.systems[0].class = class;
    ledgers
}

#[test]
fn each_grade_costs_its_points() {
    // Grades 1 to 6 by one incident each.
    assert_eq!(score(&of_class(Class::A, 31), "E1"), "4");
    assert_eq!(score(&of_class(Class::A, 30), "E1"), "5");
    assert_eq!(score(&of_class(Class::B, 60), "E1"), "6");
    assert_eq!(score(&of_class(Class::C, 120), "E1"), "7");
    assert_eq!(score(&with(vec![incident(361)]), "E1"), "8");
    assert_eq!(score(&with(vec![incident(360)]), "E1"), "9");
    assert_eq!(score(&with(vec![incident(360); 11]), "E1"), "0");
    assert_eq!(score(&quiet(), "E1"), "10");
}

#[test]
fn recovery_limits_by_grade() {
    // Grade 6 has 360 minutes; a second more is another grade with less time.
    assert_eq!(score(&with(vec![incident(360)]), "E2"), "10");
    assert_eq!(score(&with(vec![incident(361)]), "E2"), "8");
    assert_eq!(score(&of_class(Class::A, 30), "E2"), "10"); // grade 2: 30
    assert_eq!(score(&of_class(Class::A, 31), "E2"), "8"); // grade 1: 30
    assert_eq!(score(&of_class(Class::B, 60), "E2"), "10"); // grade 3: 60
    assert_eq!(score(&of_class(Class::B, 61), "E2"), "8"); // grade 2: 30
    assert_eq!(score(&of_class(Class::C, 120), "E2"), "10"); // grade 4: 120
    assert_eq!(score(&of_class(Class::C, 121), "E2"), "8"); // grade 3: 60
    // Grade 5: 240 minutes, with two systems impaired.
    let two = |minutes| {
        let mut incident = incident(minutes);
        incident.affected = Systems::These(vec!["s1".to_owned(), "s2".to_owned()]);
        with(vec![incident])
    };
    assert_eq!(score(&two(240), "E2"), "10");
    assert_eq!(score(&two(241), "E2"), "8"); // grade 4: 120
}

#[test]
fn report_limits_and_ways_by_grade() {
    let told = |mut ledgers: Ledgers, seconds: i64, channel: Option<Channel>| {
        let incident = &mut ledgers.incidents[0];
        incident.reported = Some(incident.began + jiff::SignedDuration::from_secs(seconds));
        incident.channel = channel;
        score(&ledgers, "E3")
    };
    let phone = Some(Channel::Phone);
    for (ledgers, minutes) in [
        (of_class(Class::A, 31), 10),
        (of_class(Class::A, 30), 10),
        (of_class(Class::B, 60), 10),
        (of_class(Class::C, 120), 30),
        (with(vec![incident(361)]), 60),
        (with(vec![incident(360)]), 120),
    ] {
        assert_eq!(told(ledgers.clone(), minutes * 60, phone), "5", "{minutes}");
        assert_eq!(told(ledgers, minutes * 60 + 1, phone), "4", "{minutes}");
    }
    assert_eq!(told(of_class(Class::B, 60), 1, Some(Channel::Wechat)), "4");
    assert_eq!(told(of_class(Class::C, 120), 1, Some(Channel::Wechat)), "5");
    assert_eq!(told(of_class(Class::C, 120), 1, Some(Channel::Other)), "4");
    assert_eq!(told(of_class(Class::C, 120), 1, None), "4");
    let mut never = with(vec![incident(10)]);
    never.incidents[0].reported = None;
    assert_eq!(score(&never, "E3"), "4");
}

#[test]
fn untrue_reports_cost_a_point_each() {
    let mut untrue = incident(10);
    untrue.truthful = Finding::No;
    assert_eq!(score(&with(vec![untrue.clone()]), "E4"), "4");
    assert_eq!(score(&with(vec![untrue; 6]), "E4"), "0");
}

#[test]
fn what_others_did_or_nobody_confirmed_costs_nothing_and_what_is_undecided_leaves_it_open() {
    let mut ledgers = with(vec![incident(10)]);
    ledgers.incidents[0].responsible = Party::Other;
    assert_eq!(score(&ledgers, "E1"), "10");
    ledgers.incidents[0].responsible = Party::Operator;
    ledgers.incidents[0].confirmed = Finding::No;
    assert_eq!(score(&ledgers, "E1"), "10");
    ledgers.incidents[0].confirmed = Finding::Pending;
    for id in ["E1", "E2", "E3", "E4"] {
        assert_eq!(score(&ledgers, id), "-", "{id}");
    }
}

#[test]
fn a_fault_that_lasts_is_late_once_its_time_is_over() {
    let mut ledgers = with(vec![incident(0)]);
    ledgers.incidents[0].recovered = None;
    let seen = |as_of: &str| {
        let month = assessed_at(&ledgers, Period::Month("2026-05".parse().unwrap()), as_of).months.remove(0);
        (shown(month_of(&month, "E2")), month_of(&month, "E2").deductions.len())
    };
    // The month is not over yet either, so there is no score, but a certain deduction is told already.
    assert_eq!(seen("2026-05-12T12:00:00"), ("-".to_owned(), 0));
    assert_eq!(seen("2026-05-12T23:00:00"), ("-".to_owned(), 1));
    assert_eq!(score(&ledgers, "E1"), "-"); // the grade may still rise
    assert_eq!(score(&ledgers, "E2"), "8");
}

/// One outage of `seconds` in May (2,678,400 s).
fn out(seconds: &str) -> Ledgers {
    let nanos: i64 = (exact(seconds) * touchstone_assess::Exact::whole(1000)).to_string().parse().unwrap();
    let began = at("2026-05-12T10:00:00");
    let outage = Outage {
        place: place("o"),
        id: "o".to_owned(),
        service: "database".to_owned(),
        began,
        ended: Some(began + jiff::SignedDuration::from_millis(nanos)),
        counts: Finding::Yes,
        reason: None,
    };
    Ledgers { outages: vec![outage], ..quiet() }
}

#[test]
fn availability_is_exact_at_its_limit() {
    // 0.01 % of May are 267.84 s.
    assert_eq!(score(&quiet(), "D1"), "10");
    assert_eq!(score(&out("267.84"), "D1"), "10");
    assert_eq!(score(&out("267.841"), "D1"), "9.9");
    assert_eq!(score(&out("535.68"), "D1"), "9.9");
    assert_eq!(score(&out("535.681"), "D1"), "9.8");
    assert_eq!(score(&out("86400"), "D1"), "0");
    let figure = &assessed(&out("267.841"), Period::Month("2026-05".parse().unwrap())).availability[1];
    assert_eq!((figure.service.as_str(), figure.shown.as_str()), ("database", "99.989999"));
}

#[test]
fn services_add_up_and_overlaps_do_not() {
    let mut ledgers = out("300");
    ledgers.outages.push(Outage { service: "middleware".to_owned(), ..ledgers.outages[0].clone() });
    assert_eq!(score(&ledgers, "D1"), "9.8");
    let mut ledgers = out("300");
    ledgers.outages.push(ledgers.outages[0].clone());
    assert_eq!(score(&ledgers, "D1"), "9.9");
}

#[test]
fn an_outage_belongs_to_each_month_with_its_own_seconds() {
    let mut ledgers = out("0");
    ledgers.outages[0].began = at("2026-04-30T23:50:00");
    ledgers.outages[0].ended = Some(at("2026-05-01T00:04:00"));
    let april = assessed(&ledgers, Period::Month("2026-04".parse().unwrap())).availability[1].failed;
    let may = assessed(&ledgers, Period::Month("2026-05".parse().unwrap())).availability[1].failed;
    assert_eq!((april.to_string(), may.to_string()), ("600".to_owned(), "240".to_owned()));
}

#[test]
fn excused_outages_are_listed_measured_ones_shown_and_undecided_ones_leave_it_open() {
    let mut ledgers = out("86400");
    ledgers.outages[0].counts = Finding::No;
    ledgers.outages[0].reason = Some("agreed maintenance".to_owned());
    assert_eq!(score(&ledgers, "D1"), "10");
    let figure = assessed(&ledgers, Period::Month("2026-05".parse().unwrap())).availability.remove(1);
    assert_eq!(figure.excluded[0].reason, "agreed maintenance");
    ledgers.outages[0].counts = Finding::Pending;
    assert_eq!(score(&ledgers, "D1"), "-");

    let mut ledgers = quiet();
    let (began, ended) = (at("2026-05-12T10:00:00"), at("2026-05-12T10:05:00"));
    let measured = MeasuredOutage {
        place: place("m"),
        id: "m".to_owned(),
        service: "database".to_owned(),
        began,
        ended,
        counts: Finding::No,
        run: "run".to_owned(),
        evidence: "0".repeat(64),
    };
    ledgers.measured_outages = vec![measured];
    assert_eq!(score(&ledgers, "D1"), "10");
    let figure = assessed(&ledgers, Period::Month("2026-05".parse().unwrap())).availability.remove(1);
    assert_eq!(figure.measured, Some(exact("300")));
    ledgers.measured_outages[0].counts = Finding::Yes;
    assert_eq!(score(&ledgers, "D1"), "9.9");
}

#[test]
fn a_service_that_an_incident_took_down_needs_its_outage() {
    let mut ledgers = with(vec![incident(10)]);
    ledgers.incidents[0].service_unusable = Finding::Yes;
    assert_eq!(score(&ledgers, "D1"), "-");
    ledgers.outages = out("300").outages;
    assert_eq!(score(&ledgers, "D1"), "9.9");
}
