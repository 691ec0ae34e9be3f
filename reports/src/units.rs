//! Figures with their units, for people.

use jiff::Timestamp;
use touchstone_model::event::CleanupAct;

/// Milliseconds as `12 ms`, `1.23 s`, `4 min 05 s`.
pub(crate) fn milliseconds(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{:02} s", ms / 1_000, ms % 1_000 / 10),
        _ => format!("{} min {:02} s", ms / 60_000, ms % 60_000 / 1_000),
    }
}

/// Microseconds; below one millisecond with three decimals.
pub(crate) fn microseconds(us: u64) -> String {
    if us < 10_000 { format!("{}.{:03} ms", us / 1_000, us % 1_000) } else { milliseconds(us / 1_000) }
}

/// Bytes in binary multiples, one decimal cut off.
pub(crate) fn bytes(n: u64) -> String {
    const KIB: u64 = 1 << 10;
    const MIB: u64 = 1 << 20;
    match n {
        0..KIB => format!("{n} B"),
        KIB..MIB => format!("{}.{} KiB", n / KIB, n % KIB * 10 / KIB),
        _ => format!("{}.{} MiB", n / MIB, n % MIB * 10 / MIB),
    }
}

/// `2026-11-24 01:02:03 UTC`; what is no time stays as it is.
pub(crate) fn moment(at: &str) -> String {
    match at.parse::<Timestamp>() {
        Ok(t) => t.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Err(_) => at.to_owned(),
    }
}

/// The day in China (UTC+8); what is no time stays as it is.
pub(crate) fn day(at: &str) -> String {
    match at.parse::<Timestamp>() {
        Ok(t) => touchstone_assess::time::day_of(t).to_string(),
        Err(_) => at.to_owned(),
    }
}

/// The time of day with milliseconds, UTC.
pub(crate) fn clock(at: &str) -> String {
    match at.parse::<Timestamp>() {
        Ok(t) => t.strftime("%H:%M:%S%.3f").to_string(),
        Err(_) => at.to_owned(),
    }
}

/// Milliseconds from one moment to another, where both are times in that order.
pub(crate) fn between(from: &str, to: &str) -> Option<u64> {
    let (from, to) = (from.parse::<Timestamp>().ok()?, to.parse::<Timestamp>().ok()?);
    u64::try_from(to.as_millisecond() - from.as_millisecond()).ok()
}

/// What would undo an act, as a person would write it.
pub(crate) fn undo(act: &CleanupAct) -> String {
    match act {
        CleanupAct::Command { node, argv, elevated } => {
            format!("{node}{} {}", if *elevated { " #" } else { " $" }, argv.join(" "))
        }
        CleanupAct::Processes { node, marker } => format!("{node} $ pkill TOUCHSTONE_CHECK={marker}"),
        CleanupAct::Sessions { role, marker } => format!("{role}> end sessions of {marker}"),
        CleanupAct::ScratchFolder { node, path } => format!("{node} $ rm -r {path}"),
        CleanupAct::Request { method, url, .. } => format!("{method} {url}"),
        CleanupAct::Statement { role, statement } => format!("{role}> {statement}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!(milliseconds(999), "999 ms");
        assert_eq!(milliseconds(1_239), "1.23 s");
        assert_eq!(milliseconds(245_000), "4 min 05 s");
        assert_eq!(microseconds(1_234), "1.234 ms");
        assert_eq!(bytes(1_536), "1.5 KiB");
        assert_eq!(moment("2026-11-24T01:02:03.456Z"), "2026-11-24 01:02:03 UTC");
        assert_eq!(clock("2026-11-24T01:02:03.456Z"), "01:02:03.456");
        assert_eq!(clock("never"), "never");
        assert_eq!(day("2026-11-24T16:00:00Z"), "2026-11-25");
        assert_eq!(between("2026-11-24T01:02:03Z", "2026-11-24T01:02:04.5Z"), Some(1_500));
    }
}
