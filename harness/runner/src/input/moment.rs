//! Days and times as people and spreadsheets write them.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use touchstone_assess::time;

/// Why a text is no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadMoment {
    /// No day of the calendar, or not written as one.
    NotADay,
    /// A day without a time of day.
    NoTime,
    /// Not a time of day.
    NotATime,
    /// It does not say in which zone.
    NoZone,
}

/// `2026-05-03` or `2026/5/3`.
pub(super) fn date(text: &str) -> Result<Date, BadMoment> {
    let separator = if text.contains('/') { '/' } else { '-' };
    let parts: Vec<&str> = text.split(separator).collect();
    let number = |s: &str, least: usize, most: usize| {
        let fine = (least..=most).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
        fine.then(|| s.parse::<i16>().ok()).flatten().ok_or(BadMoment::NotADay)
    };
    let [year, month, day] = parts.as_slice() else { return Err(BadMoment::NotADay) };
    // A hyphen belongs to ISO 8601, which has two digits; a slash to spreadsheets, which drop the zero.
    let least = if separator == '-' { 2 } else { 1 };
    let (month, day) = (number(month, least, 2)?, number(day, least, 2)?);
    Date::new(number(year, 4, 4)?, month as i8, day as i8).map_err(|_| BadMoment::NotADay)
}

/// A day and a time of day, with `Z` or `+08:00`; without one only where a zone was declared for such times.
pub(super) fn moment(text: &str, zone_declared: bool) -> Result<Timestamp, BadMoment> {
    let Some((day, rest)) = text.split_once(['T', ' ']) else {
        return Err(date(text).map_or_else(|bad| bad, |_| BadMoment::NoTime));
    };
    let day = date(day)?;
    let rest = rest.trim_start();
    let zone_at = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at(zone_at);
    let clock = time_of_day(clock.trim_end())?;
    if zone.is_empty() {
        return if zone_declared { Ok(time::moment(day.to_datetime(clock))) } else { Err(BadMoment::NoZone) };
    }
    format!("{day}T{clock}{zone}").parse().map_err(|_| BadMoment::NoZone)
}

fn time_of_day(text: &str) -> Result<Time, BadMoment> {
    let shape = |s: &str| s.split(':').next().is_some_and(|hour| (1..=2).contains(&hour.len())) && s.contains(':');
    if !shape(text) {
        return Err(BadMoment::NotATime);
    }
    let padded = if text.find(':') == Some(1) { format!("0{text}") } else { text.to_owned() };
    padded.parse().map_err(|_| BadMoment::NotATime)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days() {
        for text in ["2026-05-03", "2026/5/3", "2026/05/03"] {
            assert_eq!(date(text), Ok(Date::constant(2026, 5, 3)), "{text}");
        }
        for text in [
            "2026-5-3",
            "2026-02-29",
            "2026-00-10",
            "2026-05",
            "3.5.2026",
            "05/03/2026",
            "26/5/3",
            "2026-05-00",
            "",
            "２０２６-05-03",
        ] {
            assert_eq!(date(text), Err(BadMoment::NotADay), "{text}");
        }
    }

    #[test]
    fn moments() {
        let ten: Timestamp = "2026-05-03T02:00:00Z".parse().unwrap();
        for text in [
            "2026-05-03T10:00:00+08:00",
            "2026-05-03 10:00:00+08:00",
            "2026-05-03 10:00+08:00",
            "2026-05-03T02:00:00Z",
            "2026/5/3 10:00 +08:00",
        ] {
            assert_eq!(moment(text, false), Ok(ten), "{text}");
        }
        for text in ["2026-05-03 10:00", "2026/5/3 10:00:00", "2026-05-03T10:00"] {
            assert_eq!(moment(text, false), Err(BadMoment::NoZone), "{text}");
            assert_eq!(moment(text, true), Ok(ten), "{text}");
        }
        assert_eq!(moment("2026/5/3 9:05", true), Ok("2026-05-03T01:05:00Z".parse().unwrap()));
        assert_eq!(moment("2026-05-03", true), Err(BadMoment::NoTime));
        for text in ["2026-05-03 24:00", "2026-05-03 10", "2026-05-03 10:60", "2026-05-03 noon"] {
            assert_eq!(moment(text, true), Err(BadMoment::NotATime), "{text}");
        }
        assert_eq!(moment("2026-05-03 10:00 CST", true), Err(BadMoment::NotATime));
    }
}
