//! One row of a ledger, asked for its cells by key; what is wrong goes to the sink and the answer is nothing.

use super::super::document::{Draft, Sink};
use super::super::moment::{self, BadMoment};
use super::super::problem::Code;
use super::super::table::Str;
use super::super::words::{both, quote, suggest, suggest_one};
use super::columns::{FINDINGS, PARTIES, Words};
use jiff::Timestamp;
use jiff::civil::Date;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use touchstone_assess::exact::{Exact, NotExact};
use touchstone_assess::ledger::{Finding, Party, Place};
use touchstone_assess::time::Month;
use touchstone_model::text::Text;

/// A value and where it stands.
pub(super) struct Cell<'a> {
    pub value: Cow<'a, str>,
    pub span: Range<usize>,
}

/// A row, whatever form its file has.
pub(super) struct Row<'a> {
    /// By the column's English name; those that are empty are left out.
    pub cells: HashMap<&'static str, Cell<'a>>,
    /// Where a missing cell is told of.
    pub span: Range<usize>,
    /// Line, from 1.
    pub line: usize,
}

/// What rows are checked against.
pub(super) struct Known<'k> {
    /// Times without a zone are in China's.
    pub zone_declared: bool,
    /// Nothing can have happened after it.
    pub as_of: Timestamp,
    /// Service items.
    pub services: BTreeSet<&'k str>,
    /// Clauses of the catalogue.
    pub clauses: BTreeSet<&'k str>,
    /// Whether the systems that incidents name are known.
    pub systems: bool,
}

/// A row being read.
pub(super) struct Reader<'r, 'a> {
    pub sink: &'r Sink,
    pub known: &'r Known<'r>,
    pub file: &'r str,
    pub row: &'r Row<'a>,
    /// Columns that the file lacks altogether: told once, not in every row.
    pub lacking: &'r [&'static str],
}

impl<'r> Reader<'r, '_> {
    /// The row as others will name it.
    pub fn place(&self, id: &str) -> Place {
        Place { file: self.file.to_owned(), line: self.row.line, id: id.to_owned() }
    }

    fn cell(&self, key: &'static str) -> Option<Str<'r>> {
        self.row.cells.get(key).map(|cell| Str { value: cell.value.as_ref(), span: cell.span.clone() })
    }

    /// A cell that must not be empty.
    pub fn text(&self, key: &'static str) -> Option<Str<'r>> {
        let cell = self.cell(key);
        if cell.is_none() && !self.lacking.contains(&key) {
            let message = both!("这一行没有填`{key}`", "the row has no `{key}`");
            self.report(Code::MissingKey, self.row.span.clone(), message, Text::new("填写该项", "fill it in"));
        }
        cell
    }

    /// A cell that may be empty.
    pub fn text_opt(&self, key: &'static str) -> Option<Str<'r>> {
        self.cell(key)
    }

    pub fn report(&self, code: Code, span: Range<usize>, message: Text, help: Text) {
        self.sink.report(code, span, message, help);
    }

    /// A service item of the contract.
    pub fn service(&self) -> Option<String> {
        let cell = self.text("service")?;
        if !self.known.services.contains(cell.value) {
            let shown = quote(cell.value);
            let message = both!("没有服务项{shown}", "there is no service item {shown}");
            let list = Text::new("服务项见ledgers.toml的[[service]]", "service items are those of [[service]] in ledgers.toml");
            self.report(
                Code::UnknownService,
                cell.span.clone(),
                message,
                suggest_one(cell.value, self.known.services.iter().copied(), list),
            );
            return None;
        }
        Some(cell.value.to_owned())
    }

    /// One word out of a list, in either language.
    pub fn word<T: Copy>(&self, key: &'static str, words: Words<T>) -> Option<T> {
        self.word_of(&self.text(key)?, words)
    }

    /// The same, where it may be empty.
    pub fn word_opt<T: Copy>(&self, key: &'static str, words: Words<T>) -> Option<Option<T>> {
        self.cell(key).map_or(Some(None), |cell| self.word_of(&cell, words).map(Some))
    }

    fn word_of<T: Copy>(&self, cell: &Str<'_>, words: Words<T>) -> Option<T> {
        let found = words.iter().find(|(en, zh, _)| en.eq_ignore_ascii_case(cell.value) || *zh == cell.value);
        if found.is_none() {
            let shown = quote(cell.value);
            let allowed: Vec<&str> = words.iter().flat_map(|(en, zh, _)| [*en, *zh]).collect();
            let message = both!("不认识{shown}", "{shown} is not known here");
            self.report(Code::UnknownWord, cell.span.clone(), message, suggest(cell.value, &allowed));
        }
        found.map(|(_, _, value)| *value)
    }

    /// Yes, no, or pending; an empty cell is pending.
    pub fn finding(&self, key: &'static str) -> Option<Finding> {
        self.word_opt(key, FINDINGS).map(|word| word.unwrap_or(Finding::Pending))
    }

    /// Who is responsible; an empty cell is pending.
    pub fn party(&self) -> Option<Party> {
        self.word_opt("responsible", PARTIES).map(|word| word.unwrap_or(Party::Pending))
    }

    /// A day.
    pub fn date(&self, key: &'static str) -> Option<Date> {
        self.date_of(key, &self.text(key)?)
    }

    /// A day that lies in the past.
    pub fn past(&self, key: &'static str) -> Option<Date> {
        self.past_of(self.date(key)?, &self.cell(key)?)
    }

    /// The same, where it may be empty.
    pub fn past_opt(&self, key: &'static str) -> Option<Option<Date>> {
        let Some(cell) = self.cell(key) else { return Some(None) };
        self.past_of(self.date_of(key, &cell)?, &cell).map(Some)
    }

    /// A day that may be empty and lie anywhere.
    pub fn date_opt(&self, key: &'static str) -> Option<Option<Date>> {
        self.cell(key).map_or(Some(None), |cell| self.date_of(key, &cell).map(Some))
    }

    fn past_of(&self, day: Date, cell: &Str<'_>) -> Option<Date> {
        self.not_later(touchstone_assess::time::start_of(day), cell).map(|_| day)
    }

    fn date_of(&self, key: &'static str, cell: &Str<'_>) -> Option<Date> {
        moment::date(cell.value).map_err(|_| self.no_day(key, cell)).ok()
    }

    fn no_day(&self, key: &'static str, cell: &Str<'_>) {
        let shown = quote(cell.value);
        let message = both!("{shown}不是日期（`{key}`）", "{shown} is no day (`{key}`)");
        self.report(
            Code::BadTime,
            cell.span.clone(),
            message,
            Text::new("写成2026-05-03或2026/5/3", "write 2026-05-03 or 2026/5/3"),
        );
    }

    /// A moment that must be there.
    pub fn moment(&self, key: &'static str) -> Option<Timestamp> {
        self.moment_of(key, &self.text(key)?)
    }

    /// A moment that may not have come yet.
    pub fn moment_opt(&self, key: &'static str) -> Option<Option<Timestamp>> {
        self.cell(key).map_or(Some(None), |cell| self.moment_of(key, &cell).map(Some))
    }

    fn moment_of(&self, key: &'static str, cell: &Str<'_>) -> Option<Timestamp> {
        let shown = quote(cell.value);
        let form = Text::new("写成2026-05-03 10:00:00+08:00", "write 2026-05-03 10:00:00+08:00");
        let (code, message, help) = match moment::moment(cell.value, self.known.zone_declared) {
            Ok(at) => return self.not_later(at, cell),
            Err(BadMoment::NotADay) => {
                self.no_day(key, cell);
                return None;
            }
            Err(BadMoment::NoTime) => {
                (Code::BadTime, both!("{shown}只有日期，没有时刻", "{shown} is a day without a time"), form)
            }
            Err(BadMoment::NotATime) => (
                Code::BadTime,
                both!("{shown}不是时刻（`{key}`）", "{shown} is no time (`{key}`)"),
                Text::new(
                    "一天从00:00到23:59；写成2026-05-03 10:00:00+08:00",
                    "a day runs from 00:00 to 23:59; write 2026-05-03 10:00:00+08:00",
                ),
            ),
            Err(BadMoment::NoZone) => (
                Code::NoZone,
                both!("{shown}没有时区", "{shown} says no time zone"),
                Text::new(
                    "在时刻后写+08:00，或在ledgers.toml中写time_zone = \"Asia/Shanghai\"声明未写时区的均为北京时间",
                    "put +08:00 behind it, or declare in ledgers.toml that times without one are China's: time_zone = \"Asia/Shanghai\"",
                ),
            ),
        };
        self.report(code, cell.span.clone(), message, help);
        None
    }

    fn not_later(&self, at: Timestamp, cell: &Str<'_>) -> Option<Timestamp> {
        if at <= self.known.as_of {
            return Some(at);
        }
        let (shown, as_of) = (quote(cell.value), touchstone_assess::time::show(self.known.as_of));
        let message = both!("{shown}晚于考核时刻{as_of}", "{shown} lies after the moment of the assessment, {as_of}");
        let help = Text::new("检查年份；尚未发生的不写入台账", "check the year; what has not happened yet does not belong here");
        self.report(Code::BadTime, cell.span.clone(), message, help);
        None
    }

    /// Says that `later` comes before `earlier`, if it does.
    pub fn ordered<T: PartialOrd>(&self, earlier: (&'static str, Option<T>), later: (&'static str, Option<T>)) -> bool {
        let ((first_key, Some(first)), (second_key, Some(second))) = (earlier, later) else { return true };
        if first <= second {
            return true;
        }
        let (a, b) = (self.cell(first_key), self.cell(second_key));
        self.sink.draft(Draft {
            code: Code::BadOrder,
            message: both!("`{second_key}`早于`{first_key}`", "`{second_key}` comes before `{first_key}`"),
            label: Text::new("更早", "earlier"),
            help: Text::new("检查两个时间；时长不能为负", "check both times; nothing lasts less than no time"),
            span: b.map_or_else(|| self.row.span.clone(), |cell| cell.span),
            also: a.map(|cell| (cell.span, Text::new("更晚", "later"))),
        });
        false
    }

    /// A month.
    pub fn month(&self, key: &'static str) -> Option<Month> {
        let cell = self.text(key)?;
        let month = cell.value.parse().ok();
        if month.is_none() {
            let shown = quote(cell.value);
            let message = both!("{shown}不是月份", "{shown} is no month");
            self.report(Code::BadTime, cell.span.clone(), message, Text::new("写成2026-05", "write 2026-05"));
        }
        month
    }

    /// An exact number that is not negative.
    pub fn number(&self, key: &'static str) -> Option<Exact> {
        self.number_of(key, &self.text(key)?)
    }

    /// The same, where it may be empty.
    pub fn number_opt(&self, key: &'static str) -> Option<Option<Exact>> {
        self.cell(key).map_or(Some(None), |cell| self.number_of(key, &cell).map(Some))
    }

    fn number_of(&self, key: &'static str, cell: &Str<'_>) -> Option<Exact> {
        number(self.sink, key, cell)
    }

    /// A whole number within bounds.
    pub fn whole(&self, key: &'static str, allowed: impl Fn(u32) -> bool, form: Text) -> Option<u32> {
        let cell = self.text(key)?;
        let plain = cell.value.bytes().all(|b| b.is_ascii_digit());
        let value = cell.value.parse().ok().filter(|n| plain && allowed(*n));
        if value.is_none() {
            let shown = quote(cell.value);
            let message = both!("`{key}`不能是{shown}", "`{key}` cannot be {shown}");
            self.report(Code::BadNumber, cell.span.clone(), message, form);
        }
        value
    }
}

/// An exact number that is not negative, or what is wrong with it.
pub(super) fn number(sink: &Sink, key: &str, cell: &Str<'_>) -> Option<Exact> {
    let shown = quote(cell.value);
    let (message, help) = match cell.value.parse::<Exact>() {
        Ok(value) if !value.is_negative() => return Some(value),
        Ok(_) => (
            both!("`{key}`是负数{shown}", "`{key}` is negative: {shown}"),
            Text::new("写不小于零的数", "write a number that is not below zero"),
        ),
        Err(NotExact::Comma) => (
            both!("{shown}中有逗号", "{shown} has a comma"),
            Text::new("小数点写成“.”，不写千位分隔符", "write the decimal point as “.”, and no separators of thousands"),
        ),
        Err(NotExact::TooLong) => {
            (both!("{shown}超过15位", "{shown} has more than 15 digits"), Text::new("检查该数", "check the number"))
        }
        Err(NotExact::Malformed) => (
            both!("{shown}不是数（`{key}`）", "{shown} is no number (`{key}`)"),
            Text::new("只写数字和小数点，不写单位", "digits and a decimal point only, no unit"),
        ),
    };
    sink.report(Code::BadNumber, cell.span.clone(), message, help);
    None
}
