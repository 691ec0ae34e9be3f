//! How much load may be put on a target.

use super::super::problem::Code;
use super::super::table::{Table, wrong_type};
use super::super::words::both;
use touchstone_model::inventory::LoadPermit;

const EXAMPLE: &str = "{ max_rate = 1000, max_connections = 50 }";

/// `load`; absent: none is permitted. Both bounds must be said: whoever permits load knows how much.
pub(super) fn read(table: &Table<'_>) -> Option<LoadPermit> {
    let load = table.table_opt("load", both!("`load`", "`load`"), EXAMPLE)?;
    let max_rate = bound(&load, "max_rate", "1000", 1_000_000);
    let max_connections = bound(&load, "max_connections", "50", 10_000);
    load.finish();
    Some(LoadPermit { max_rate: max_rate?, max_connections: max_connections? })
}

fn bound(table: &Table<'_>, key: &'static str, example: &str, most: u32) -> Option<u32> {
    let value = table.required(key, example)?;
    let Some(number) = value.get_ref().as_integer() else {
        return wrong_type(table.sink, value.span(), key, value.get_ref(), ("整数", "an integer"), example);
    };
    let number = u32::from_str_radix(number.as_str(), number.radix()).ok().filter(|number| (1..=most).contains(number));
    if number.is_none() {
        let message = both!("`{key}`超出范围", "`{key}` is out of range");
        let help = both!("写1到{most}之间的整数", "write a whole number from 1 to {most}");
        table.sink.report(Code::BadValue, value.span(), message, help);
    }
    number
}
