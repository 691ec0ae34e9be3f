//! What holds whatever the ledgers say.

use crate::support::*;
use jiff::SignedDuration;
use proptest::prelude::*;
use touchstone_assess::assessment::Period;
use touchstone_assess::availability;
use touchstone_assess::fault::{FaultFacts, rows_for};
use touchstone_assess::ledger::*;
use touchstone_assess::time::{Month, Span, union};

fn span() -> impl Strategy<Value = Span> {
    (0i64..5_000_000, 0i64..400_000).prop_map(|(from, length)| {
        let from = at("2026-04-20T00:00:00") + SignedDuration::from_secs(from);
        Span { from, until: from + SignedDuration::from_secs(length) }
    })
}

fn outages(spans: &[Span]) -> Ledgers {
    let outage = |span: &Span| Outage {
        place: place("o"),
        id: "o".to_owned(),
        service: "database".to_owned(),
        began: span.from,
        ended: Some(span.until),
        counts: Finding::Yes,
        reason: None,
    };
    Ledgers { outages: spans.iter().map(outage).collect(), ..quiet() }
}

fn percent(spans: &[Span]) -> touchstone_assess::Exact {
    let may = Month::new(2026, 5).unwrap();
    availability::of_month(&outages(spans), may, at("2027-01-01T00:00:00"))[1].percent
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_union_does_not_depend_on_order_and_is_disjoint(spans in prop::collection::vec(span(), 0..12), turn in 0usize..12) {
        let joined = union(spans.clone());
        let mut turned = spans.clone();
        turned.rotate_left(if spans.is_empty() { 0 } else { turn % spans.len() });
        turned.reverse();
        prop_assert_eq!(&joined, &union(turned));
        prop_assert!(joined.windows(2).all(|pair| pair[0].until < pair[1].from));
        let longest = spans.iter().map(|span| span.length()).max().unwrap_or_default();
        let sum: SignedDuration = spans.iter().map(|span| span.length()).fold(SignedDuration::ZERO, |a, b| a + b);
        let total: SignedDuration = joined.iter().map(|span| span.length()).fold(SignedDuration::ZERO, |a, b| a + b);
        prop_assert!(longest <= total && total <= sum);
        prop_assert_eq!(&union(joined.clone()), &joined);
    }

    #[test]
    fn availability_never_rises_with_another_outage(spans in prop::collection::vec(span(), 0..8), more in span()) {
        let before = percent(&spans);
        let after = percent(&[spans, vec![more]].concat());
        prop_assert!(after <= before);
        prop_assert!(touchstone_assess::Exact::ZERO <= after && before <= exact("100"));
    }

    #[test]
    fn grades_get_no_milder_with_more_systems_or_time(
        total in 1u32..300, unusable in 0usize..300, affected in 0usize..300, minutes in 0i64..500, more in 0usize..50, longer in 0i64..300,
    ) {
        let total = total.max((unusable + affected + more) as u32);
        let rules = rules();
        let grade = |unusable: usize, affected: usize, minutes: i64| {
            let facts = FaultFacts {
                total,
                unusable: vec![Class::C; unusable],
                affected: vec![Class::C; unusable + affected],
                duration: SignedDuration::from_mins(minutes),
            };
            rows_for(&rules, &facts).first().map_or(7, |row| row.grade)
        };
        let before = grade(unusable, affected, minutes);
        prop_assert_eq!(before == 7, unusable + affected == 0);
        prop_assert!(grade(unusable, affected, minutes + longer) <= before);
        prop_assert!(grade(unusable, affected + more, minutes) <= before);
        prop_assert!(grade(unusable + more, affected, minutes) <= before);
    }

    #[test]
    fn scores_stay_between_nothing_and_their_weight(
        faults in prop::collection::vec((0i64..800, 0usize..1000, 0i64..200), 0..20), spans in prop::collection::vec(span(), 0..6),
        complaints in 0usize..5, late in 0usize..40, hours_present in 0i64..=160, pending in any::<bool>(),
    ) {
        let mut ledgers = outages(&spans);
        ledgers.incidents = faults.iter().map(|(minutes, systems, told)| {
            let mut fault = incident(*minutes);
            fault.affected = Systems::These((1..=*systems + 1).map(|n| format!("s{n}")).collect());
            fault.reported = Some(fault.began + SignedDuration::from_mins(*told));
            if pending { fault.responsible = Party::Pending; }
            fault
        }).collect();
        ledgers.complaints = vec![Complaint { place: place("c"), id: "c".into(), received: day("2026-05-02"), by: ComplaintBy::Other, responsible: Party::Operator }; complaints];
        ledgers.tasks = vec![Task { place: place("t"), id: "t".into(), due: day("2026-05-02"), finished: None, responsible: Party::Operator }; late];
        ledgers.attendance = vec![hours(5, "160", &hours_present.to_string())];
        let month = assessed(&ledgers, Period::Month("2026-05".parse().unwrap())).months.remove(0);
        let zero = touchstone_assess::Exact::ZERO;
        for indicator in &month.indicators {
            prop_assert!(zero <= indicator.at_least && indicator.at_least <= indicator.at_most && indicator.at_most <= indicator.weight);
            if let Some(score) = indicator.score {
                prop_assert!(indicator.at_least == score && score == indicator.at_most);
                prop_assert!(indicator.deductions.iter().all(|deduction| deduction.points > zero));
            } else {
                prop_assert!(!indicator.open.is_empty());
            }
        }
        prop_assert!(month.total.at_least <= month.total.at_most && month.total.at_most <= exact("100"));
        prop_assert_eq!(month.total.score.is_some(), month.indicators.iter().all(|i| i.score.is_some()));
    }
}
