//! `[conclusion]` and `[report]` of a suite: the rules of the conclusion, and what reports say about themselves.

use super::document::Sink;
use super::problem::Code;
use super::table::{Str, Table, as_string};
use super::words::{both, quote, suggest, suggest_one};
use touchstone_model::acceptance::{Rules, Severity};
use touchstone_model::catalogue::Catalogue;
use touchstone_model::particulars::Particulars;
use touchstone_model::text::Text;

/// No acceptance tolerates more defects than this.
const MOST: u32 = 10_000;
const NAMES: [&str; 4] = ["fatal", "serious", "general", "hint"];

/// Reads both tables; what is absent is as it is everywhere.
pub(super) fn read(top: &Table<'_>, catalogue: Option<&Catalogue>) -> (Rules, Particulars) {
    (rules(top, catalogue).unwrap_or_default(), particulars(top).unwrap_or_default())
}

fn rules(top: &Table<'_>, catalogue: Option<&Catalogue>) -> Option<Rules> {
    let table = top.table_opt("conclusion", Text::new("[conclusion]", "[conclusion]"), "{ tolerated = { fatal = 0 } }")?;
    let mut rules = Rules::default();
    let grade = |key| table.string_opt(key, "\"serious\"").and_then(|word| severity(table.sink, &word));
    let fields = [
        (grade("mandatory_nonconforming"), &mut rules.mandatory_nonconforming),
        (grade("mandatory_partly"), &mut rules.mandatory_partly),
        (grade("preferred_nonconforming"), &mut rules.preferred_nonconforming),
        (grade("preferred_partly"), &mut rules.preferred_partly),
    ];
    for (given, field) in fields {
        *field = given.unwrap_or(*field);
    }
    if let Some(tolerated) = table.table_opt("tolerated", both!("`tolerated`", "`tolerated`"), "{ fatal = 0, serious = 0 }") {
        rules.tolerated = std::iter::zip(Severity::ALL, NAMES)
            .filter_map(|(severity, name)| Some((severity, tolerated.count_opt(name, MOST)?)))
            .collect();
        tolerated.finish();
    }
    if let Some(graded) = table.table_opt("graded", both!("`graded`", "`graded`"), r#"{ "DB-08" = "fatal" }"#) {
        for (clause, value) in graded.entries() {
            if let Some(catalogue) = catalogue.filter(|catalogue| catalogue.clause(clause.value).is_none()) {
                let shown = quote(clause.value);
                let message = both!("目录里没有条款{shown}", "the catalogue has no clause {shown}");
                let look = Text::new("条款编号见目录的[[clause]]", "the ids are those of [[clause]] in the catalogue");
                let help = suggest_one(clause.value, catalogue.clauses.iter().map(|clause| clause.id.as_str()), look);
                table.sink.report(Code::UnknownClause, clause.span.clone(), message, help);
            }
            let word = as_string(table.sink, value, clause.value, "\"fatal\"");
            if let Some(severity) = word.and_then(|word| severity(table.sink, &word)) {
                rules.graded.insert(clause.value.to_owned(), severity);
            }
        }
    }
    table.finish();
    Some(rules)
}

fn severity(sink: &Sink, word: &Str<'_>) -> Option<Severity> {
    let found = Severity::ALL.into_iter().find(|severity| severity.name() == word.value);
    if found.is_none() {
        let shown = quote(word.value);
        let message = both!("没有{shown}这一缺陷等级", "{shown} is no severity of a defect");
        sink.report(Code::BadValue, word.span.clone(), message, suggest(word.value, &NAMES));
    }
    found
}

fn particulars(top: &Table<'_>) -> Option<Particulars> {
    let table = top.table_opt("report", Text::new("[report]", "[report]"), "{ purchaser = \"...\" }")?;
    let mut particulars = Particulars::default();
    for name in Particulars::FIELDS {
        let said = table.string_opt(name, "\"...\"").map(|said| said.value.to_owned());
        if let Some(field) = particulars.field_mut(name) {
            *field = said;
        }
    }
    table.finish();
    Some(particulars)
}
