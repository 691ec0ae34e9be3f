//! The suite's own rules, and ledgers that are complete and empty until a test adds to them.

use jiff::Timestamp;
use jiff::civil::Date;
use std::path::Path;
use touchstone_assess::assessment::{Assessment, Period, assess};
use touchstone_assess::calendar::{Calendar, WorkingDays};
use touchstone_assess::exact::Exact;
use touchstone_assess::ledger::*;
use touchstone_assess::month::MonthScore;
use touchstone_assess::rules::Rules;
use touchstone_assess::score::IndicatorScore;
use touchstone_model::text::Text;

pub fn suite_file(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../suites/gov-paas").join(name)).unwrap()
}

pub fn rules() -> Rules {
    toml::from_str(&suite_file("assessment.toml")).unwrap()
}

pub fn calendar() -> (Calendar, WorkingDays) {
    let calendar: Calendar = toml::from_str(&suite_file("calendar.toml")).unwrap();
    let days = calendar.days().unwrap();
    (calendar, days)
}

pub fn at(text: &str) -> Timestamp {
    format!("{text}+08:00").parse().unwrap()
}

pub fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub fn exact(text: &str) -> Exact {
    text.parse().unwrap()
}

pub fn place(id: &str) -> Place {
    Place { file: "ledger.csv".to_owned(), line: 2, id: id.to_owned() }
}

/// Every ledger is there for 2026 and says that nothing happened; two service items; 1,000 systems of class C.
pub fn quiet() -> Ledgers {
    let known = Coverage { from: day("2026-01-01"), until: day("2026-12-31") };
    let service = |id: &str| Service { id: id.to_owned(), title: Text::new(id, id) };
    let system = |n: usize| System {
        place: place("s"),
        id: format!("s{n}"),
        name: format!("s{n}"),
        class: Class::C,
        from: None,
        until: None,
    };
    Ledgers {
        operator: "operator".to_owned(),
        services: vec![service("middleware"), service("database")],
        coverage: Kind::ALL.map(|kind| (kind, known)).into(),
        systems: (1..=1000).map(system).collect(),
        attendance: (1..=12).map(|month| hours(month, "160", "160")).collect(),
        ..Ledgers::default()
    }
}

pub fn hours(month: i8, required: &str, actual: &str) -> Attendance {
    let month = touchstone_assess::time::Month::new(2026, month).unwrap();
    Attendance { place: place("p"), person: "p".to_owned(), month, required_hours: exact(required), actual_hours: exact(actual) }
}

/// A confirmed fault of the operator at 10:00 on 12 May that impairs one system of class C for `minutes`, reported at once.
pub fn incident(minutes: i64) -> Incident {
    let began = at("2026-05-12T10:00:00");
    Incident {
        place: place("i"),
        id: "i".to_owned(),
        service: "database".to_owned(),
        began,
        recovered: Some(began + jiff::SignedDuration::from_mins(minutes)),
        reported: Some(began),
        channel: Some(Channel::Phone),
        unusable: Systems::These(vec![]),
        affected: Systems::These(vec!["s1".to_owned()]),
        confirmed: Finding::Yes,
        responsible: Party::Operator,
        truthful: Finding::Yes,
        service_unusable: Finding::No,
        capacity_lost: None,
        data_lost: Finding::No,
    }
}

/// Assessed on 2027-01-10, after everything.
pub fn assessed(ledgers: &Ledgers, period: Period) -> Assessment {
    assessed_at(ledgers, period, "2027-01-10T00:00:00")
}

pub fn assessed_at(ledgers: &Ledgers, period: Period, as_of: &str) -> Assessment {
    let (calendar, days) = calendar();
    assess(&rules(), (&calendar, &days), ledgers, period, at(as_of), Vec::new()).unwrap()
}

pub fn may(ledgers: &Ledgers) -> MonthScore {
    assessed(ledgers, Period::Month("2026-05".parse().unwrap())).months.remove(0)
}

pub fn month_of<'s>(score: &'s MonthScore, id: &str) -> &'s IndicatorScore {
    score.indicators.iter().find(|indicator| indicator.id == id).unwrap()
}

/// Score of one indicator in May; `-` where it is not assessed.
pub fn score(ledgers: &Ledgers, id: &str) -> String {
    shown(month_of(&may(ledgers), id))
}

pub fn shown(score: &IndicatorScore) -> String {
    score.score.map_or_else(|| "-".to_owned(), |score| score.to_string())
}
