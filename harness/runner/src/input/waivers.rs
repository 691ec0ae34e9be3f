//! `waivers.toml` into [`Waiver`]s.

use super::catalogue::{Unique, bad_id};
use super::document::{Sink, unreadable, walk};
use super::problem::{BadInput, Code};
use super::source;
use super::table::{Str, Table, wrong_type};
use super::words::{both, is_target_name, quote, suggest, suggest_one};
use jiff::Timestamp;
use std::path::Path;
use toml::de::DeValue;
use touchstone_model::catalogue::Catalogue;
use touchstone_model::digest::Digest;
use touchstone_model::text::Text;
use touchstone_model::waiver::{Scope, Waiver};

/// File name beside the suite's.
pub const WAIVERS: &str = "waivers.toml";

/// Waivers without mistakes.
#[derive(Clone, Debug)]
pub struct LoadedWaivers {
    /// In the order of the file.
    pub waivers: Vec<Waiver>,
    /// The file itself.
    pub bytes: Vec<u8>,
    /// Of the file.
    pub sha256: Digest,
}

const EXAMPLE: &str = "2026-11-01T00:00:00+08:00";

/// Reads waivers; what they name must be in the catalogue.
pub fn load_waivers(path: &Path, catalogue: &Catalogue) -> Result<LoadedWaivers, BadInput> {
    let name = path.display().to_string();
    let file = source::read(path).map_err(|error| unreadable(&name, &error, false))?;
    let walked = walk(&file.name, &file.text, false, |top| Some(Reader { sink: top.sink, catalogue }.top(top)));
    BadInput::unless_empty(walked.problems)?;
    let sha256 = Digest::of(&file.bytes);
    Ok(LoadedWaivers { waivers: walked.value.unwrap_or_default(), bytes: file.bytes, sha256 })
}

struct Reader<'s, 'a> {
    sink: &'a Sink,
    catalogue: &'s Catalogue,
}

impl<'a> Reader<'_, 'a> {
    fn top(&self, top: &Table<'a>) -> Vec<Waiver> {
        top.schema();
        let mut ids = Unique::new(self.sink);
        let tables = top.tables("waiver", &Text::new("[[waiver]]", "[[waiver]]"));
        let waivers = tables.into_iter().filter_map(|table| self.waiver(&table, &mut ids)).collect();
        top.finish();
        waivers
    }

    fn waiver(&self, table: &Table<'a>, ids: &mut Unique<'a>) -> Option<Waiver> {
        let id = table.string("id", "\"W-2026-01\"");
        id.iter().for_each(|id| {
            ids.note(id, ("豁免", "waiver"));
        });
        let covers = table.string("covers", "\"DB-08\"").and_then(|word| self.covers(&word));
        let target = table.string_opt("target", "\"db-1\"");
        if let Some(target) = &target
            && !is_target_name(target.value)
        {
            let form = Text::new("写清单中目标的名称", "write a target's name as in the inventory");
            bad_id(self.sink, target, form);
        }
        let approver = table.string("approver", "\"...\"");
        let reason = table.text("reason");
        let (from, until) = (self.moment(table, "from"), self.moment(table, "until"));
        if let (Some(from), Some(until)) = (&from, &until)
            && until.0 <= from.0
        {
            let message = Text::new("`until`不晚于`from`", "`until` is not later than `from`");
            let help = Text::new("写上较晚的时刻", "write a later moment");
            self.sink.report(Code::BadValue, until.1.span.clone(), message, help);
        }
        table.finish();
        let (clause, aspect) = covers?;
        Some(Waiver {
            id: id?.value.to_owned(),
            scope: Scope { clause, aspect, target: target.map(|target| target.value.to_owned()) },
            approver: approver?.value.to_owned(),
            reason: reason?,
            from: from?.2,
            until: until?.2,
        })
    }

    /// A clause, or clause/aspect.
    fn covers(&self, word: &Str<'a>) -> Option<(String, Option<String>)> {
        let (clause, aspect) = match word.value.split_once('/') {
            Some((clause, aspect)) => (clause, Some(aspect)),
            None => (word.value, None),
        };
        let shown_clause = quote(clause);
        let Some(known) = self.catalogue.clause(clause) else {
            let message = both!("目录里没有条款{shown_clause}", "the catalogue has no clause {shown_clause}");
            let look = Text::new(
                "写条款编号，或 条款/方面，例如DB-08/else-branch",
                "write a clause's id, or clause/aspect: DB-08/else-branch",
            );
            let ids = self.catalogue.clauses.iter().map(|clause| clause.id.as_str());
            self.sink.report(Code::UnknownClause, word.span.clone(), message, suggest_one(clause, ids, look));
            return None;
        };
        if let Some(aspect) = aspect
            && !known.aspects.iter().any(|known| known.id == aspect)
        {
            let shown = quote(aspect);
            let message = both!("条款{shown_clause}没有方面{shown}", "clause {shown_clause} has no aspect {shown}");
            let known: Vec<&str> = known.aspects.iter().map(|aspect| aspect.id.as_str()).collect();
            self.sink.report(Code::UnknownAspect, word.span.clone(), message, suggest(aspect, &known));
            return None;
        }
        Some((clause.to_owned(), aspect.map(str::to_owned)))
    }

    /// A moment that is the same one everywhere, where it stands, and as it was written.
    fn moment(&self, table: &Table<'a>, key: &'static str) -> Option<(Timestamp, Str<'static>, String)> {
        let value = table.required(key, EXAMPLE)?;
        let DeValue::Datetime(written) = value.get_ref() else {
            return wrong_type(self.sink, value.span(), key, value.get_ref(), ("日期时间", "a date-time"), EXAMPLE);
        };
        let text = written.to_string();
        if written.offset.is_none() || written.date.is_none() || written.time.is_none() {
            let message = both!("`{key}`没有写全日期、时刻和时区", "`{key}` lacks its date, its time of day or its time zone");
            let help = both!("写成 {key} = {EXAMPLE}，不加引号", "write {key} = {EXAMPLE}, without quotes");
            self.sink.report(Code::BadMoment, value.span(), message, help);
            return None;
        }
        match text.parse::<Timestamp>() {
            Ok(moment) => Some((moment, Str { value: "", span: value.span() }, text)),
            Err(error) => {
                let message = both!("`{key}`不是可用的时刻：{error}", "`{key}` is no moment that can be used: {error}");
                let help = both!("写成 {key} = {EXAMPLE}", "write {key} = {EXAMPLE}");
                self.sink.report(Code::BadMoment, value.span(), message, help);
                None
            }
        }
    }
}
