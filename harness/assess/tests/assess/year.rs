//! The year's total and what it costs.

use crate::support::*;
use touchstone_assess::assessment::{Assessment, Period, Refusal, assess};
use touchstone_assess::breach::BreachResult;
use touchstone_assess::ledger::*;

/// A year in which everything went well.
fn good() -> Ledgers {
    let training = Training {
        place: place("t"),
        id: "t".to_owned(),
        date: day("2026-03-01"),
        attendees: 4,
        material: Finding::Yes,
        notice: Finding::Yes,
        record: Finding::Yes,
    };
    let form =
        Survey { place: place("f"), id: "f".to_owned(), date: day("2026-11-01"), answers: vec![4, 4, 4, 4, 4, 4, 4, 4, 4, 8] };
    let mut ledgers = quiet();
    ledgers.trainings = vec![training; 20];
    ledgers.surveys = vec![form];
    ledgers.settlements = [(2026, exact("1234567.89"))].into();
    ledgers
}

/// `n` security incidents of grade 5 cost 2 points each of the annual score, 0.4 of the total.
fn incidents(n: usize, mut ledgers: Ledgers) -> Ledgers {
    let incident = SecurityIncident {
        place: place("s"),
        id: "s".to_owned(),
        date: day("2026-05-01"),
        grade: 5,
        confirmed: Finding::Yes,
        responsible: Party::Operator,
        data_leaked: Finding::No,
    };
    ledgers.security_incidents = vec![incident; n];
    ledgers
}

fn low(assessment: &Assessment) -> Vec<(u8, usize, String)> {
    let rows = assessment.breaches.iter().filter(|breach| breach.percent.is_some());
    let due = |breach: &BreachResult| breach.total.map_or_else(|| "-".to_owned(), |total| total.to_string());
    rows.map(|breach| (breach.row, breach.events.len(), due(breach))).collect()
}

fn total(ledgers: &Ledgers) -> (String, Vec<(u8, usize, String)>) {
    let assessment = assessed(ledgers, Period::Year(2026));
    let total = assessment.year.as_ref().unwrap().total.score.map_or("-".to_owned(), |score| score.to_string());
    (total, low(&assessment))
}

#[test]
fn a_good_year_is_full_marks_and_costs_nothing() {
    let assessment = assessed(&good(), Period::Year(2026));
    assert_eq!(assessment.months.len(), 12);
    assert_eq!(total(&good()).0, "100");
    assert_eq!(assessment.penalties, exact("0"));
    assert!(assessment.penalties_final);
    assert_eq!(assessment.overall_availability, Some(exact("100")));
}

#[test]
fn months_weigh_eight_tenths_and_the_annual_score_two() {
    // One month at 95 of twelve: the mean loses 5/12, the total a third: no decimal, and no rounding either.
    let mut ledgers = good();
    ledgers.complaints = vec![Complaint {
        place: place("c"),
        id: "c".to_owned(),
        received: day("2026-05-02"),
        by: ComplaintBy::Other,
        responsible: Party::Operator,
    }];
    assert_eq!(total(&ledgers).0, "299/3");
    assert_eq!(total(&incidents(1, good())).0, "99.6");
}

/// Every month at `month` points, by complaints (5 each, two a month) and failed tasks (1 each, five a month).
fn months_at(lost: &[(&str, usize)]) -> Ledgers {
    let mut ledgers = good();
    for month in 1..=12 {
        let on = |d: u32| day(&format!("2026-{month:02}-{d:02}"));
        for (what, n) in lost {
            for _ in 0..*n {
                match *what {
                    "complaint" => ledgers.complaints.push(Complaint {
                        place: place("c"),
                        id: "c".to_owned(),
                        received: on(2),
                        by: ComplaintBy::Other,
                        responsible: Party::Operator,
                    }),
                    "task" => ledgers.tasks.push(Task {
                        place: place("t"),
                        id: "t".to_owned(),
                        due: on(3),
                        finished: None,
                        responsible: Party::Operator,
                    }),
                    "violation" => ledgers.violations.push(Violation {
                        place: place("v"),
                        id: "v".to_owned(),
                        found: on(4),
                        confirmed: Finding::Yes,
                    }),
                    "irregular" => ledgers.irregular_deliveries.push(IrregularDelivery {
                        place: place("d"),
                        id: "d".to_owned(),
                        found: on(5),
                        rectified: Some(on(5)),
                        confirmed: Finding::Yes,
                    }),
                    "attendance" => ledgers.attendance[month - 1] = hours(month as i8, "160", "0"),
                    other => panic!("{other}"),
                }
            }
        }
    }
    ledgers
}

#[test]
fn exactly_ninety_eighty_and_seventy_are_not_below() {
    // 0.8 x 87.5 + 20 = 90: a loss of 12.5 a month, by 2 complaints (10), 2 tasks (2) and half a point of attendance.
    let mut ninety = months_at(&[("complaint", 2), ("task", 2)]);
    ninety.attendance = (1..=12).map(|month| hours(month, "160", "143")).collect(); // 89.375 %: one step
    assert_eq!(total(&ninety), ("90".to_owned(), vec![(8, 0, "0".into()), (9, 0, "0".into()), (10, 0, "0".into())]));
    // One task more in one month of twelve: just below.
    let mut below = ninety.clone();
    below.tasks.push(below.tasks[0].clone());
    let (score, rows) = total(&below);
    assert_eq!(score, "1349/15");
    assert_eq!(rows, vec![(8, 1, "61728.3945".into()), (9, 0, "0".into()), (10, 0, "0".into())]);

    // 0.8 x 75 + 20 = 80.
    let eighty = months_at(&[("complaint", 2), ("task", 5), ("attendance", 1)]);
    assert_eq!(total(&eighty).0, "80");
    assert_eq!(total(&eighty).1[0].1, 1);
    let (score, rows) = total(&incidents(1, eighty));
    assert_eq!(score, "79.6");
    assert_eq!(rows, vec![(8, 0, "0".into()), (9, 1, "123456.789".into()), (10, 0, "0".into())]);

    // 0.8 x 65 + 20 = 72; five incidents of grade 5 take 2.
    let seventy = months_at(&[("complaint", 2), ("task", 5), ("attendance", 1), ("violation", 5), ("irregular", 5)]);
    assert_eq!(total(&seventy).0, "72");
    assert_eq!(total(&incidents(5, seventy.clone())).0, "70");
    assert_eq!(total(&incidents(5, seventy.clone())).1[1].1, 1);
    let (score, rows) = total(&incidents(6, seventy));
    assert_eq!(score, "69.6");
    assert_eq!(rows, vec![(8, 0, "0".into()), (9, 0, "0".into()), (10, 1, "185185.1835".into())]);
}

#[test]
fn without_the_settlement_the_share_is_told_but_no_amount() {
    let mut ledgers = months_at(&[("complaint", 2), ("task", 5), ("attendance", 1)]);
    ledgers.settlements.clear();
    let assessment = assessed(&ledgers, Period::Year(2026));
    assert_eq!(low(&assessment)[0], (8, 1, "-".to_owned()));
    assert!(!assessment.penalties_final);
}

#[test]
fn what_is_not_known_leaves_the_total_open_with_bounds_that_may_decide() {
    let mut ledgers = good();
    ledgers.coverage.remove(&Kind::Surveys);
    let year = assessed(&ledgers, Period::Year(2026)).year.unwrap();
    assert_eq!((year.total.score, year.total.at_most, year.total.at_least), (None, exact("100"), exact("94")));
    // Nothing below 90 is possible, so no deduction is open.
    assert!(assessed(&ledgers, Period::Year(2026)).breaches.iter().all(|breach| breach.open.is_empty()));
    // With the annual score at its best the months still pull it below 90: certain, though the total is not.
    let mut low_months = months_at(&[("complaint", 2), ("task", 4)]);
    low_months.coverage.remove(&Kind::Surveys);
    let assessment = assessed(&low_months, Period::Year(2026));
    assert_eq!(low(&assessment)[0].1, 1);
    // Unless it might be lower still.
    let mut either = months_at(&[("complaint", 2), ("task", 2)]);
    either.coverage.remove(&Kind::Surveys);
    let assessment = assessed(&either, Period::Year(2026));
    assert_eq!(low(&assessment)[0].1, 0);
    assert!(!assessment.breaches[7].open.is_empty());
}

#[test]
fn only_months_in_service_count() {
    let mut ledgers = good();
    ledgers.service_from = Some(day("2026-07-15"));
    let assessment = assessed(&ledgers, Period::Year(2026));
    let months: Vec<String> = assessment.months.iter().map(|score| score.month.to_string()).collect();
    assert_eq!(months, ["2026-07", "2026-08", "2026-09", "2026-10", "2026-11", "2026-12"]);
    let (calendar, days) = calendar();
    let refused = |period, as_of| assess(&rules(), (&calendar, &days), &ledgers, period, at(as_of), Vec::new()).unwrap_err();
    assert_eq!(refused(Period::Month("2026-06".parse().unwrap()), "2027-01-01T00:00:00"), Refusal::NotInService);
    assert_eq!(refused(Period::Year(2026), "2026-07-14T00:00:00"), Refusal::NotBegun);
    assert_eq!(refused(Period::Year(2027), "2028-01-01T00:00:00"), Refusal::Calendar { day: day("2027-01-01") });
}

#[test]
fn a_year_that_is_not_over_has_no_score() {
    let ledgers = good();
    let assessment = assessed_at(&ledgers, Period::Year(2026), "2026-11-24T12:00:00");
    let year = assessment.year.as_ref().unwrap();
    assert_eq!(year.total.score, None);
    let known = assessment.months.iter().filter(|month| month.total.score.is_some()).count();
    assert_eq!(known, 10);
    // Seconds to come are no availability yet.
    assert_eq!(assessment.availability.len(), 10 * 2);
    // Missing trainings and forms may still come.
    let mut none = ledgers;
    none.trainings.clear();
    let year = assessed_at(&none, Period::Year(2026), "2026-11-24T12:00:00").year.unwrap();
    assert_eq!(year.indicators[1].at_most, exact("20"));
}
