//! `catalogue.toml` into [`Catalogue`].

use super::document::{Draft, Sink, unreadable, walk};
use super::problem::{BadInput, Code, Problem};
use super::source::{self, FileText};
use super::table::{Str, Table};
use super::words::{both, is_area_id, is_clause_id, is_kebab, quote, suggest};
use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use touchstone_model::catalogue::{Area, Aspect, Catalogue, Clause, Method};
use touchstone_model::text::Text;

/// Kinds of targets, in clauses and inventories alike.
pub(super) const KINDS: [&str; 5] = ["host", "database", "middleware", "platform", "service"];

/// A catalogue read, or as much of it as suites may refer to.
pub(super) struct ReadCatalogue {
    pub catalogue: Catalogue,
    pub problems: Vec<Problem>,
    /// No clause and no aspect was lost on the way.
    pub complete: bool,
}

/// Reads a catalogue alone.
pub fn load_catalogue(path: &Path) -> Result<Catalogue, BadInput> {
    let name = path.display().to_string();
    let file = source::read(path).map_err(|error| unreadable(&name, &error, false))?;
    let read = read_catalogue(&file);
    BadInput::unless_empty(read.problems)?;
    Ok(read.catalogue)
}

pub(super) fn read_catalogue(file: &FileText) -> ReadCatalogue {
    let mut complete = false;
    let walked = walk(&file.name, &file.text, false, |top| {
        let mut reader = Reader { sink: top.sink, lost: top.sink.broken };
        let catalogue = reader.top(top);
        complete = !reader.lost;
        Some(catalogue)
    });
    ReadCatalogue { catalogue: walked.value.unwrap_or_default(), problems: walked.problems, complete }
}

/// Remembers where each id stood and reports the second of two.
pub(super) struct Unique<'a> {
    sink: &'a Sink,
    seen: HashMap<String, Range<usize>>,
}

impl<'a> Unique<'a> {
    pub fn new(sink: &'a Sink) -> Self {
        Self { sink, seen: HashMap::new() }
    }

    /// `what` names the kind of thing. False for a repetition.
    pub fn note(&mut self, id: &Str<'_>, what: (&str, &str)) -> bool {
        let Some(first) = self.seen.get(id.value) else {
            self.seen.insert(id.value.to_owned(), id.span.clone());
            return true;
        };
        let (shown, (zh, en)) = (quote(id.value), what);
        self.sink.draft(Draft {
            code: Code::Duplicate,
            message: both!("{zh}{shown}出现了两次", "{en} {shown} is there twice"),
            label: Text::new("又一次", "again here"),
            help: Text::new("改名或删去一个", "rename or remove one of them"),
            span: id.span.clone(),
            also: Some((first.clone(), Text::new("第一次", "first here"))),
        });
        false
    }
}

struct Reader<'a> {
    sink: &'a Sink,
    lost: bool,
}

impl<'a> Reader<'a> {
    fn top(&mut self, top: &Table<'a>) -> Catalogue {
        top.schema();
        let id = kebab(top, "id", "\"my-tender\"");
        let title = top.text("title");
        let area_tables = top.tables("area", &Text::new("[[area]]", "[[area]]"));
        let mut area_ids = Unique::new(self.sink);
        let areas: Vec<Area> = area_tables.into_iter().filter_map(|table| area(table, &mut area_ids)).collect();
        let mut clause_ids = Unique::new(self.sink);
        let clauses = top.tables("clause", &Text::new("[[clause]]", "[[clause]]"));
        if clauses.is_empty() {
            top.missing_tables("clause");
        }
        let clauses = clauses.into_iter().filter_map(|table| self.clause(table, &areas, &mut clause_ids)).collect();
        top.finish();
        Catalogue { id: id.map(|id| id.value.to_owned()).unwrap_or_default(), title: title.unwrap_or_default(), areas, clauses }
    }

    /// With as many fields as could be read: a suite may refer to it although another field is wrong.
    fn clause(&mut self, table: Table<'a>, areas: &[Area], ids: &mut Unique<'a>) -> Option<Clause> {
        let id = table.string("id", "\"OS-01\"");
        if let Some(id) = &id
            && !is_clause_id(id.value)
        {
            bad_id(
                self.sink,
                id,
                Text::new("大写的领域名、连字符和数字，例如OS-01", "an area in capitals, a hyphen and digits: OS-01"),
            );
        }
        let new = id.as_ref().is_some_and(|id| ids.note(id, ("条款", "clause")));
        let area = table.string("area", "\"OS\"");
        if let Some(area) = &area
            && !areas.iter().any(|known| known.id == area.value)
        {
            let shown = quote(area.value);
            let message = both!("目录里没有领域{shown}", "the catalogue has no area {shown}");
            let known: Vec<&str> = areas.iter().map(|area| area.id.as_str()).collect();
            if !self.sink.broken {
                self.sink.report(Code::UnknownArea, area.span.clone(), message, suggest(area.value, &known));
            }
        }
        let (title, text, decided_by) = (table.text("title"), table.text("text"), table.text("decided_by"));
        let source = table.string("source", "\"1.1\"");
        let mandatory = match table.required("mandatory", "true") {
            Some(_) => table.boolean("mandatory"),
            None => None,
        };
        let methods = table.strings("method", r#"["test"]"#);
        let method = methods.iter().filter_map(|word| method(self.sink, word)).collect();
        let target = table.string("target", "\"host\"");
        if let Some(target) = &target {
            word_of(self.sink, target, &KINDS, ("目标类型", "kind of target"));
        }
        let mut aspect_ids = Unique::new(self.sink);
        let aspect_tables = table.tables("aspect", &Text::new("[[clause.aspect]]", "[[clause.aspect]]"));
        if aspect_tables.is_empty() {
            table.missing_tables("clause.aspect");
        }
        let aspects = aspect_tables.into_iter().filter_map(|table| self.aspect(table, &mut aspect_ids)).collect();
        table.finish();
        self.lost |= id.is_none();
        Some(Clause {
            id: id.filter(|_| new)?.value.to_owned(),
            area: area.map(|area| area.value.to_owned()).unwrap_or_default(),
            title: title.unwrap_or_default(),
            text: text.unwrap_or_default(),
            decided_by: decided_by.unwrap_or_default(),
            source: source.map(|source| source.value.to_owned()).unwrap_or_default(),
            mandatory: mandatory.unwrap_or_default(),
            method,
            target: target.map(|target| target.value.to_owned()).unwrap_or_default(),
            aspects,
        })
    }

    fn aspect(&mut self, table: Table<'a>, ids: &mut Unique<'a>) -> Option<Aspect> {
        let id = kebab(&table, "id", "\"row-insert\"");
        let new = id.as_ref().is_some_and(|id| ids.note(id, ("方面", "aspect")));
        let title = table.text("title");
        let method = table.string("method", "\"test\"").and_then(|word| method(self.sink, &word));
        table.finish();
        self.lost |= id.is_none();
        Some(Aspect {
            id: id.filter(|_| new)?.value.to_owned(),
            title: title.unwrap_or_default(),
            method: method.unwrap_or(Method::Inspection),
        })
    }
}

fn area<'a>(table: Table<'a>, ids: &mut Unique<'a>) -> Option<Area> {
    let id = table.string("id", "\"OS\"");
    if let Some(id) = &id {
        if !is_area_id(id.value) {
            bad_id(table.sink, id, Text::new("2到8个大写字母，例如OS", "two to eight capitals: OS"));
        }
        ids.note(id, ("领域", "area"));
    }
    let title = table.text("title");
    table.finish();
    Some(Area { id: id?.value.to_owned(), title: title.unwrap_or_default() })
}

/// A kebab-case id.
pub(super) fn kebab<'a>(table: &Table<'a>, key: &'static str, example: &str) -> Option<Str<'a>> {
    let id = table.string(key, example)?;
    if !is_kebab(id.value) {
        bad_id(table.sink, &id, kebab_form());
    }
    Some(id)
}

/// What a kebab-case id looks like.
pub(super) fn kebab_form() -> Text {
    Text::new(
        "小写字母、数字和中间的单个连字符，例如row-insert",
        "lower-case letters, digits and single inner hyphens: row-insert",
    )
}

/// Reports an id of another form than `form`.
pub(super) fn bad_id(sink: &Sink, id: &Str<'_>, form: Text) {
    let shown = quote(id.value);
    sink.report(Code::BadId, id.span.clone(), both!("{shown}的形式不对", "{shown} has the wrong form"), form);
}

/// Reports a word that is not in the list. True if it is.
pub(super) fn word_of(sink: &Sink, word: &Str<'_>, allowed: &[&str], what: (&str, &str)) -> bool {
    let fine = allowed.contains(&word.value);
    if !fine {
        let (shown, (zh, en)) = (quote(word.value), what);
        let message = both!("没有{shown}这种{zh}", "{shown} is no {en}");
        sink.report(Code::UnknownWord, word.span.clone(), message, suggest(word.value, allowed));
    }
    fine
}

fn method(sink: &Sink, word: &Str<'_>) -> Option<Method> {
    const METHODS: [(&str, Method); 4] = [
        ("test", Method::Test),
        ("analysis", Method::Analysis),
        ("demonstration", Method::Demonstration),
        ("inspection", Method::Inspection),
    ];
    word_of(sink, word, &METHODS.map(|(name, _)| name), ("验证方法", "method of verification"));
    METHODS.iter().find(|(name, _)| *name == word.value).map(|(_, method)| *method)
}
