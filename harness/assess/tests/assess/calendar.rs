use crate::support::*;
use jiff::civil::Date;

#[test]
fn decreed_days_are_known() {
    let (_, days) = calendar();
    for off in ["2026-01-01", "2026-02-20", "2026-02-23", "2026-05-05", "2026-10-07", "2026-05-10", "2025-10-08", "2024-02-16"] {
        assert_eq!(days.works(day(off)), Ok(false), "{off}");
    }
    for worked in ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10", "2026-05-06", "2024-02-09"]
    {
        assert_eq!(days.works(day(worked)), Ok(true), "{worked}");
    }
    // Days of the year less weekends and holidays, as decreed.
    let year = |year: i16| days.count(Date::constant(year, 1, 1), Date::constant(year, 12, 31)).unwrap();
    assert_eq!([year(2024), year(2025), year(2026)], [251, 248, 248]);
}

#[test]
fn periods_end_with_their_last_working_day() {
    let (_, days) = calendar();
    // The day itself does not count, the holidays do not, the Saturday worked does.
    assert_eq!(days.after(day("2026-04-30"), 5), Ok(day("2026-05-11")));
    assert_eq!(days.after(day("2026-05-01"), 1), Ok(day("2026-05-06")));
    assert_eq!(days.after(day("2026-05-08"), 1), Ok(day("2026-05-09")));
    assert_eq!(days.after(day("2026-09-24"), 15), Ok(day("2026-10-22")));
    assert_eq!(days.deadline(at("2026-04-30T23:59:59"), 5), Ok(at("2026-05-12T00:00:00")));
}

#[test]
fn beyond_what_is_decreed_there_is_an_error() {
    let (_, days) = calendar();
    assert_eq!(days.works(day("2023-12-31")).unwrap_err().day, day("2023-12-31"));
    assert_eq!(days.works(day("2027-01-01")).unwrap_err().last, Some(day("2026-12-31")));
    assert_eq!(days.after(day("2026-12-30"), 5).unwrap_err().day, day("2027-01-01"));
    assert!(days.count(day("2026-12-01"), day("2027-01-31")).is_err());
}

#[test]
fn a_calendar_with_mistakes_is_refused() {
    let wrong = |edit: &dyn Fn(String) -> String| {
        let calendar: touchstone_assess::calendar::Calendar = toml::from_str(&edit(suite_file("calendar.toml"))).unwrap();
        calendar.days().unwrap_err().into_iter().map(|(_, fault)| fault).collect::<Vec<_>>().join("; ")
    };
    assert!(wrong(&|text| text.replace("year = 2025", "year = 2027")).contains("2027 does not follow 2024"));
    assert!(wrong(&|text| text.replace("\"2026-02-14\"", "\"2026-02-13\"")).contains("2026-02-13 is worked anyway"));
    assert!(wrong(&|text| text.replace("\"2026-02-14\"", "\"2026-02-15\"")).contains("2026-02-15 is both off and worked"));
    assert!(
        wrong(&|text| text.replace("[\"2026-04-04\", \"2026-04-06\"]", "[\"2026-04-06\", \"2026-04-04\"]"))
            .contains("ends before")
    );
    assert!(wrong(&|text| text.replace("\"2026-10-10\"", "\"2026-10-32\"")).contains("no day of 2026"));
}
