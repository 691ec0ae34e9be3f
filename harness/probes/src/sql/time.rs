//! PostgreSQL's binary dates and times, written as ISO 8601 the way the server does.

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// Days from 1970-01-01 to 2000-01-01, where PostgreSQL begins to count.
const EPOCH: i64 = 10_957;

pub(super) fn date(days: i32) -> String {
    match days {
        i32::MAX => "infinity".to_owned(),
        i32::MIN => "-infinity".to_owned(),
        days => {
            let (text, before_christ) = civil(i64::from(days));
            format!("{text}{}", era(before_christ))
        }
    }
}

/// Microseconds since midnight.
pub(super) fn time(micros: i64) -> String {
    let seconds = micros / SECOND;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}{}", fraction(micros % SECOND))
}

/// `offset`: seconds west of Greenwich.
pub(super) fn time_with_zone(micros: i64, offset: i32) -> String {
    let sign = if offset > 0 { '-' } else { '+' };
    let away = offset.unsigned_abs();
    let mut text = format!("{}{sign}{:02}", time(micros), away / 3600);
    if !away.is_multiple_of(3600) {
        text.push_str(&format!(":{:02}", away / 60 % 60));
    }
    if !away.is_multiple_of(60) {
        text.push_str(&format!(":{:02}", away % 60));
    }
    text
}

/// `zone`: appended where the type has one; the binary form is always UTC.
pub(super) fn timestamp(micros: i64, zone: &str) -> String {
    match micros {
        i64::MAX => "infinity".to_owned(),
        i64::MIN => "-infinity".to_owned(),
        micros => {
            let (text, before_christ) = civil(micros.div_euclid(DAY));
            format!("{text} {}{zone}{}", time(micros.rem_euclid(DAY)), era(before_christ))
        }
    }
}

/// In the server's default style: `1 year 2 mons 3 days 04:05:06.789`.
pub(super) fn interval(micros: i64, days: i32, months: i32) -> String {
    let mut parts = Vec::new();
    let mut negative_before = false;
    let units = [(months / 12, "year"), (months % 12, "mon"), (days, "day")];
    for (amount, unit) in units.into_iter().filter(|(amount, _)| *amount != 0) {
        let plus = if negative_before && amount > 0 { "+" } else { "" };
        parts.push(format!("{plus}{amount} {unit}{}", if amount == 1 { "" } else { "s" }));
        negative_before = amount < 0;
    }
    if micros != 0 || parts.is_empty() {
        let sign = if micros < 0 {
            "-"
        } else if negative_before {
            "+"
        } else {
            ""
        };
        let size = i64::try_from(micros.unsigned_abs()).unwrap_or(i64::MAX);
        parts.push(format!("{sign}{}", time(size)));
    }
    parts.join(" ")
}

/// Date and time of day of a moment in seconds since 1970.
pub(crate) fn utc(seconds: i64) -> (String, String) {
    let (date, _) = civil(seconds.div_euclid(86_400) - EPOCH);
    (date, time(seconds.rem_euclid(86_400) * SECOND))
}

fn fraction(micros: i64) -> String {
    if micros == 0 { String::new() } else { format!(".{micros:06}").trim_end_matches('0').to_owned() }
}

fn era(before_christ: bool) -> &'static str {
    if before_christ { " BC" } else { "" }
}

/// Days since 2000-01-01 in the Gregorian calendar (Howard Hinnant's algorithm), and whether that lies before Christ.
fn civil(days: i64) -> (String, bool) {
    let shifted = days + EPOCH + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let shown = if year > 0 { year } else { 1 - year };
    (format!("{shown:04}-{month:02}-{day:02}"), year <= 0)
}
