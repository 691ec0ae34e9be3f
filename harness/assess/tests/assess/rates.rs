//! Indicators in steps: B1, H1, I1 (D1 is with the incidents).

use crate::support::*;
use touchstone_assess::assessment::Period;
use touchstone_assess::ledger::*;

#[test]
fn attendance_loses_half_a_point_a_percent() {
    let rate = |required: &str, actual: &str| {
        let mut ledgers = quiet();
        ledgers.attendance = vec![hours(5, required, actual)];
        score(&ledgers, "B1")
    };
    assert_eq!(rate("1000", "1000"), "10");
    assert_eq!(rate("1000", "900"), "10"); // exactly 90 %
    assert_eq!(rate("1000", "899.9"), "9.5"); // a step begun
    assert_eq!(rate("1000", "890"), "9.5"); // exactly 89 %
    assert_eq!(rate("1000", "889.9"), "9");
    assert_eq!(rate("1000", "700"), "0");
    assert_eq!(rate("1000", "0"), "0");
    assert_eq!(rate("0", "0"), "-");
}

#[test]
fn attendance_is_taken_over_all_people_and_its_own_month() {
    let mut ledgers = quiet();
    ledgers.attendance = vec![hours(5, "160", "160"), hours(5, "160", "120"), hours(4, "160", "0")];
    assert_eq!(score(&ledgers, "B1"), "8.5"); // 280 of 320: 87.5 %
    ledgers.attendance = vec![hours(4, "160", "160")];
    assert_eq!(score(&ledgers, "B1"), "-");
}

fn year_score(ledgers: &Ledgers, id: &str) -> String {
    let year = assessed(ledgers, Period::Year(2026)).year.unwrap();
    shown(year.indicators.iter().find(|indicator| indicator.id == id).unwrap())
}

fn form(points: u8) -> Survey {
    let mut answers = vec![points; 9];
    answers.push(points * 2);
    Survey { place: place("f"), id: "f".to_owned(), date: day("2026-11-01"), answers }
}

#[test]
fn satisfaction_is_the_mean_of_the_forms() {
    let forms = |forms: Vec<Survey>| year_score(&Ledgers { surveys: forms, ..quiet() }, "H1");
    assert_eq!(forms(vec![form(4)]), "30");
    // 3 of 4 everywhere is 75 %: 15 steps of 0.6.
    assert_eq!(forms(vec![form(3)]), "21");
    // Nine of 4 and one of 3: 97.5 % of 44, above 90.
    assert_eq!(forms([vec![form(4); 9], vec![form(3)]].concat()), "30");
    // Exactly 90 %: six of 100 % and four of 75 %.
    assert_eq!(forms([vec![form(4); 6], vec![form(3); 4]].concat()), "30");
    // A point less on one form of ten: 89.77 %, one step begun.
    let mut less = form(3);
    less.answers[0] = 2;
    assert_eq!(forms([vec![form(4); 6], vec![form(3); 3], vec![less]].concat()), "29.4");
    assert_eq!(forms(vec![form(0)]), "0");
    assert_eq!(forms(vec![]), "-");
}

fn training(attendees: u32, material: Finding, notice: Finding, record: Finding) -> Training {
    Training { place: place("t"), id: "t".to_owned(), date: day("2026-03-01"), attendees, material, notice, record }
}

#[test]
fn twenty_trainings_that_count() {
    use Finding::{No, Pending, Yes};
    let held = |trainings: Vec<Training>| year_score(&Ledgers { trainings, ..quiet() }, "I1");
    let good = training(4, Yes, Yes, Yes);
    assert_eq!(held(vec![good.clone(); 20]), "20");
    assert_eq!(held(vec![good.clone(); 19]), "19");
    assert_eq!(held(vec![]), "0");
    assert_eq!(held(vec![good.clone(); 25]), "20");
    for bad in [training(3, Yes, Yes, Yes), training(4, No, Yes, Yes), training(4, Yes, No, Yes), training(4, Yes, Yes, No)] {
        assert_eq!(held([vec![good.clone(); 19], vec![bad]].concat()), "19");
    }
    assert_eq!(held([vec![good.clone(); 19], vec![training(4, Yes, Yes, Pending)]].concat()), "-");
}

#[test]
fn risks_and_security_incidents() {
    let finding = |fixed: Option<&str>, responsible| SecurityFinding {
        place: place("r"),
        id: "r".to_owned(),
        found: day("2026-05-01"),
        due: day("2026-05-20"),
        fixed: fixed.map(day),
        responsible,
        harmed_business: Finding::No,
    };
    let risks = |rows: Vec<SecurityFinding>| year_score(&Ledgers { security_findings: rows, ..quiet() }, "J1");
    assert_eq!(risks(vec![finding(Some("2026-05-20"), Party::Operator)]), "20");
    assert_eq!(risks(vec![finding(Some("2026-05-21"), Party::Operator)]), "15");
    assert_eq!(risks(vec![finding(None, Party::Operator); 5]), "0");
    assert_eq!(risks(vec![finding(None, Party::Other)]), "20");
    assert_eq!(risks(vec![finding(None, Party::Pending)]), "-");

    let incident = |grade: u8| SecurityIncident {
        place: place("s"),
        id: "s".to_owned(),
        date: day("2026-05-01"),
        grade,
        confirmed: Finding::Yes,
        responsible: Party::Operator,
        data_leaked: Finding::No,
    };
    let incidents = |grades: &[u8]| {
        let rows = grades.iter().map(|grade| incident(*grade)).collect();
        year_score(&Ledgers { security_incidents: rows, ..quiet() }, "J2")
    };
    for (grade, left) in [(1, "20"), (2, "22"), (3, "24"), (4, "26"), (5, "28")] {
        assert_eq!(incidents(&[grade]), left);
    }
    assert_eq!(incidents(&[1, 1, 1]), "0");
    assert_eq!(incidents(&[1, 1, 1, 5]), "0");
}
