//! `ledgers.toml`: whose ledgers these are, for which contract, and which days each of them covers.

use super::super::catalogue::{Unique, kebab, word_of};
use super::super::days::{day, in_order, required_day};
use super::super::document::walk;
use super::super::problem::{Code, Problem};
use super::super::source::FileText;
use super::super::table::{Str, Table};
use super::row::number;
use jiff::civil::Date;
use toml::de::DeValue;
use touchstone_assess::exact::Exact;
use touchstone_assess::ledger::{Kind, Ledgers, Service};
use touchstone_assess::time;
use touchstone_model::text::Text;

/// A ledger as the index lists it.
pub(super) struct Listed {
    pub kind: Kind,
    /// As written: relative to the folder.
    pub file: String,
    pub from: Date,
    pub until: Date,
}

/// The index as read.
pub(super) struct Index {
    pub ledgers: Ledgers,
    pub files: Vec<Listed>,
    pub zone_declared: bool,
    pub problems: Vec<Problem>,
}

pub(super) fn read(file: &FileText) -> Index {
    let mut zone_declared = false;
    let mut files = Vec::new();
    let walked = walk(&file.name, &file.text, false, |top| {
        top.schema();
        let operator = top.string("operator", "\"...\"");
        zone_declared = zone(top);
        let period =
            top.table_opt("service_period", Text::new("[service_period]", "[service_period]"), "{ from = \"2026-01-01\" }");
        let (service_from, service_until) = period.map_or((None, None), |table| {
            let (from, until) = (day(&table, "from"), day(&table, "until"));
            in_order(&table, from, until);
            table.finish();
            (from, until)
        });
        let services = services(top);
        let settlements = settlements(top);
        files = ledgers(top);
        top.finish();
        Some(Ledgers {
            operator: operator.map(|operator| operator.value.to_owned()).unwrap_or_default(),
            service_from,
            service_until,
            services,
            settlements: settlements.into_iter().collect(),
            ..Ledgers::default()
        })
    });
    Index { ledgers: walked.value.unwrap_or_default(), files, zone_declared, problems: walked.problems }
}

fn zone(top: &Table<'_>) -> bool {
    let Some(zone) = top.string_opt("time_zone", "\"Asia/Shanghai\"") else { return false };
    word_of(top.sink, &zone, &[time::ZONE_NAME], ("时区", "time zone of these rules"))
}

fn services(top: &Table<'_>) -> Vec<Service> {
    let tables = top.tables("service", &Text::new("[[service]]", "[[service]]"));
    if tables.is_empty() {
        top.missing_tables("service");
    }
    let mut ids = Unique::new(top.sink);
    let mut services = Vec::new();
    for table in tables {
        if let Some((id, title)) = service(table)
            && ids.note(&id, ("服务项", "service item"))
        {
            services.push(Service { id: id.value.to_owned(), title });
        }
    }
    services
}

fn service<'a>(table: Table<'a>) -> Option<(Str<'a>, Text)> {
    let id = kebab(&table, "id", "\"database\"");
    let title = table.text("title");
    table.finish();
    Some((id?, title?))
}

fn settlements(top: &Table<'_>) -> Vec<(i16, Exact)> {
    let read = |table: Table<'_>| {
        let year = table.required("year", "2026").and_then(|value| {
            let year = value
                .get_ref()
                .as_integer()
                .and_then(|n| n.as_str().parse::<i16>().ok())
                .filter(|year| (2000..2100).contains(year));
            if year.is_none() {
                table.sink.report(
                    Code::BadValue,
                    value.span(),
                    Text::new("不是年份", "not a year"),
                    Text::new("写成 year = 2026", "write year = 2026"),
                );
            }
            year
        });
        let amount = table.required("amount", "\"12000000.00\"").and_then(|value| {
            let text = match value.get_ref() {
                DeValue::String(text) => text.to_string(),
                DeValue::Integer(n) if n.radix() == 10 => n.as_str().to_owned(),
                DeValue::Float(n) => n.as_str().to_owned(),
                _ => String::new(),
            };
            number(table.sink, "amount", &Str { value: &text, span: value.span() })
        });
        table.finish();
        Some((year?, amount?))
    };
    top.tables("settlement", &Text::new("[[settlement]]", "[[settlement]]")).into_iter().filter_map(read).collect()
}

fn ledgers(top: &Table<'_>) -> Vec<Listed> {
    let tables = top.tables("ledger", &Text::new("[[ledger]]", "[[ledger]]"));
    if tables.is_empty() {
        top.missing_tables("ledger");
    }
    let mut kinds = Unique::new(top.sink);
    let names = Kind::ALL.map(Kind::name);
    let mut listed = Vec::new();
    for table in tables {
        let kind = table.string("kind", "\"incidents\"");
        let new = kind
            .as_ref()
            .is_some_and(|kind| word_of(table.sink, kind, &names, ("台账", "ledger")) && kinds.note(kind, ("台账", "ledger")));
        let file = table.string("file", "\"incidents.csv\"");
        let (from, until) = (required_day(&table, "from"), required_day(&table, "until"));
        in_order(&table, from, until);
        table.finish();
        let kind = kind.filter(|_| new).and_then(|word| Kind::ALL.into_iter().find(|kind| kind.name() == word.value));
        if let (Some(kind), Some(file), Some(from), Some(until)) = (kind, file, from, until) {
            listed.push(Listed { kind, file: file.value.to_owned(), from, until });
        }
    }
    listed
}
