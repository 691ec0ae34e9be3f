//! Days in a TOML document.

use super::moment;
use super::problem::Code;
use super::table::Table;
use super::words::{both, quote};
use jiff::civil::Date;
use toml::de::DeValue;
use touchstone_model::text::Text;

/// A day as a string or as TOML's own date, if it is there.
pub(super) fn day(table: &Table<'_>, key: &'static str) -> Option<Date> {
    let value = table.value(key)?;
    let text = match value.get_ref() {
        DeValue::String(text) => text.to_string(),
        DeValue::Datetime(day) => day.to_string(),
        _ => String::new(),
    };
    let day = moment::date(&text).ok();
    if day.is_none() {
        let shown = quote(&text);
        let message = both!("{shown}不是日期（`{key}`）", "{shown} is no day (`{key}`)");
        table.sink.report(Code::BadTime, value.span(), message, Text::new("写成\"2026-05-03\"", "write \"2026-05-03\""));
    }
    day
}

/// A day that must be there.
pub(super) fn required_day(table: &Table<'_>, key: &'static str) -> Option<Date> {
    table.required(key, "\"2026-01-01\"")?;
    day(table, key)
}

/// Reports a span of days that ends before it begins.
pub(super) fn in_order(table: &Table<'_>, from: Option<Date>, until: Option<Date>) {
    if let (Some(from), Some(until)) = (from, until)
        && until < from
    {
        let message = both!("until（{until}）早于from（{from}）", "until ({until}) comes before from ({from})");
        let span = table.value("until").map_or_else(|| table.span.clone(), |value| value.span());
        table.sink.report(Code::BadOrder, span, message, Text::new("检查两个日期", "check both days"));
    }
}
