//! Months, days and spans of time, all as read in China.

use jiff::civil::{Date, DateTime};
use jiff::tz::{self, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Name of the zone in which months begin and end.
pub const ZONE_NAME: &str = "Asia/Shanghai";

/// Asia/Shanghai: UTC+8 all year, without summer time since 1991. Stated here so that no zone database has to be there.
pub fn zone() -> TimeZone {
    TimeZone::fixed(tz::offset(8))
}

/// A local time in China as a moment. A fixed offset has no gaps and no repetitions, so there is always exactly one.
pub fn moment(at: DateTime) -> Timestamp {
    zone().to_ambiguous_timestamp(at).compatible().unwrap_or(Timestamp::MAX)
}

/// The day in China that a moment belongs to.
pub fn day_of(at: Timestamp) -> Date {
    at.to_zoned_datetime(zone()).date()
}

/// First moment of a day in China.
pub fn start_of(day: Date) -> Timestamp {
    moment(day.to_datetime(jiff::civil::Time::midnight()))
}

/// First moment after a day in China.
pub fn end_of(day: Date) -> Timestamp {
    start_of(day.saturating_add(1.day()))
}

/// How people read it: `2026-05-03 10:00:00+08:00`.
pub fn show(at: Timestamp) -> String {
    at.to_zoned_datetime(zone()).strftime("%Y-%m-%d %H:%M:%S%:z").to_string()
}

/// How long, for people: `1 d 02:03:04`, without the days where there are none.
pub fn show_duration(length: SignedDuration) -> String {
    let seconds = length.as_secs();
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let clock = format!("{:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60);
    if days == 0 { clock } else { format!("{days} d {clock}") }
}

/// A month of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    first: Date,
}

impl Month {
    /// Nothing for a month that no year has.
    pub fn new(year: i16, month: i8) -> Option<Month> {
        Date::new(year, month, 1).ok().map(|first| Month { first })
    }

    /// The month a day belongs to.
    pub fn of(day: Date) -> Month {
        Month { first: day.first_of_month() }
    }

    /// Its year.
    pub fn year(self) -> i16 {
        self.first.year()
    }

    /// First day.
    pub fn first(self) -> Date {
        self.first
    }

    /// Last day.
    pub fn last(self) -> Date {
        self.first.last_of_month()
    }

    /// Days it has.
    pub fn days(self) -> i128 {
        i128::from(self.first.days_in_month())
    }

    /// First moment in it and first moment after it.
    pub fn span(self) -> Span {
        Span { from: start_of(self.first), until: end_of(self.last()) }
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}", self.first.year(), self.first.month())
    }
}

impl std::str::FromStr for Month {
    type Err = ();

    /// `2026-05`.
    fn from_str(text: &str) -> Result<Month, ()> {
        let (year, month) = text.split_once('-').ok_or(())?;
        let plain = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
        if !plain(year, 4) || !plain(month, 2) {
            return Err(());
        }
        Month::new(year.parse().map_err(|_| ())?, month.parse().map_err(|_| ())?).ok_or(())
    }
}

impl Serialize for Month {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Month, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(|()| serde::de::Error::custom("not a month: write it like 2026-05"))
    }
}

impl JsonSchema for Month {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Month".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$" })
    }
}

/// From a moment up to, not including, another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Its first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
}

impl Span {
    /// Whether `at` lies in it.
    pub fn holds(self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }

    /// What both have.
    pub fn cut(self, to: Span) -> Option<Span> {
        let span = Span { from: self.from.max(to.from), until: self.until.min(to.until) };
        (span.from < span.until).then_some(span)
    }

    /// How long.
    pub fn length(self) -> SignedDuration {
        self.until.duration_since(self.from)
    }
}

/// The spans as disjoint ones in order: what overlaps or touches is one. Independent of the order given.
pub fn union(spans: impl IntoIterator<Item = Span>) -> Vec<Span> {
    let mut spans: Vec<Span> = spans.into_iter().filter(|span| span.from < span.until).collect();
    spans.sort();
    let mut joined: Vec<Span> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.from <= last.until => last.until = last.until.max(span.until),
            _ => joined.push(span),
        }
    }
    joined
}
