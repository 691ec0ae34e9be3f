//! Working days. Which days those are is decreed year by year, so it is data with its source, and an error elsewhere.

use crate::time;
use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan as _};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Years of a country's working days.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// Version of the format: 1.
    pub schema: u32,
    /// The years known, in order and without a gap.
    #[serde(rename = "year")]
    pub years: Vec<CalendarYear>,
}

/// One year: Monday to Friday, but for these days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarYear {
    /// The year.
    pub year: i16,
    /// The decree that says so.
    pub source: String,
    /// Holidays, first and last day, by name.
    pub off: BTreeMap<String, [String; 2]>,
    /// Saturdays and Sundays that are worked.
    pub worked: Vec<String>,
}

/// A day that the calendar does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutsideCalendar {
    /// The day asked for.
    pub day: Date,
    /// Last day known; nothing for a calendar without years.
    pub last: Option<Date>,
}

/// What is wrong with a calendar's data, and in which year.
pub type CalendarFault = (i16, String);

/// The calendar with its days read.
#[derive(Clone, Debug, Default)]
pub struct WorkingDays {
    first: Option<Date>,
    last: Option<Date>,
    off: Vec<(Date, Date)>,
    worked: Vec<Date>,
}

impl Calendar {
    /// Reads the days, or says everything that is wrong.
    pub fn days(&self) -> Result<WorkingDays, Vec<CalendarFault>> {
        let mut faults = Vec::new();
        let mut days = WorkingDays::default();
        for pair in self.years.windows(2) {
            if pair[1].year != pair[0].year + 1 {
                faults.push((pair[1].year, format!("{} does not follow {}", pair[1].year, pair[0].year)));
            }
        }
        for year in &self.years {
            let mut read = |text: &str| match text.parse::<Date>() {
                Ok(day) if day.year() == year.year => Some(day),
                _ => {
                    faults.push((year.year, format!("{text:?} is no day of {}", year.year)));
                    None
                }
            };
            for [first, last] in year.off.values() {
                if let (Some(first), Some(last)) = (read(first), read(last)) {
                    days.off.push((first, last));
                }
            }
            days.worked.extend(year.worked.iter().filter_map(|day| read(day)));
        }
        for (first, last) in &days.off {
            if last < first {
                faults.push((first.year(), format!("the holiday from {first} ends before it begins")));
            }
        }
        for day in &days.worked {
            if !is_weekend(*day) {
                faults.push((day.year(), format!("{day} is worked anyway")));
            }
            if days.off.iter().any(|(first, last)| first <= day && day <= last) {
                faults.push((day.year(), format!("{day} is both off and worked")));
            }
        }
        days.first = self.years.first().and_then(|year| Date::new(year.year, 1, 1).ok());
        days.last = self.years.last().and_then(|year| Date::new(year.year, 12, 31).ok());
        if faults.is_empty() { Ok(days) } else { Err(faults) }
    }

    /// Decrees that cover the days from `first` to `last`.
    pub fn sources(&self, first: Date, last: Date) -> Vec<String> {
        let years = self.years.iter().filter(|year| (first.year()..=last.year()).contains(&year.year));
        years.map(|year| format!("{}: {}", year.year, year.source)).collect()
    }
}

impl WorkingDays {
    /// Whether people work on that day.
    pub fn works(&self, day: Date) -> Result<bool, OutsideCalendar> {
        let known = self.first.is_some_and(|first| first <= day) && self.last.is_some_and(|last| day <= last);
        if !known {
            return Err(OutsideCalendar { day, last: self.last });
        }
        let off = self.off.iter().any(|(first, last)| *first <= day && day <= *last);
        Ok(self.worked.contains(&day) || !(off || is_weekend(day)))
    }

    /// The `n`-th working day after the day of `from`; that day itself does not count.
    pub fn after(&self, from: Date, n: u32) -> Result<Date, OutsideCalendar> {
        self.works(from)?;
        let (mut day, mut left) = (from, n);
        while left > 0 {
            day = day.saturating_add(1.day());
            if self.works(day)? {
                left -= 1;
            }
        }
        Ok(day)
    }

    /// Until when something has time that was asked for at `from` and may take `n` working days: the end of the `n`-th.
    pub fn deadline(&self, from: Timestamp, n: u32) -> Result<Timestamp, OutsideCalendar> {
        self.after(time::day_of(from), n).map(time::end_of)
    }

    /// How many working days the days from `first` to `last` have.
    pub fn count(&self, first: Date, last: Date) -> Result<i128, OutsideCalendar> {
        let (mut day, mut count) = (first, 0);
        while day <= last {
            count += i128::from(self.works(day)?);
            day = day.saturating_add(1.day());
        }
        Ok(count)
    }
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}
