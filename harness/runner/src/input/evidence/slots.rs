//! `evidence.toml` of a suite: one slot for every aspect that is inspected.

use super::super::catalogue::{Unique, kebab};
use super::super::document::{Sink, unreadable, walk};
use super::super::problem::{BadInput, Code};
use super::super::source;
use super::super::suite::LoadedSuite;
use super::super::table::{Str, Table};
use super::super::words::{both, quote, suggest_one};
use touchstone_model::catalogue::{Catalogue, Method};
use touchstone_model::evidence::Slot;
use touchstone_model::suite::AspectRef;
use touchstone_model::text::Text;

/// Reads the slots; none where the suite names no such file. Every aspect that is inspected must have one.
pub fn load_slots(suite: &LoadedSuite) -> Result<Vec<Slot>, BadInput> {
    let Some(path) = &suite.evidence else { return Ok(Vec::new()) };
    let name = path.display().to_string();
    let file = source::read(path).map_err(|error| unreadable(&name, &error, false))?;
    let walked = walk(&file.name, &file.text, false, |top| {
        top.schema();
        let mut unique = Unique::new(top.sink);
        let tables = top.tables("slot", &Text::new("[[slot]]", "[[slot]]"));
        let slots: Vec<Slot> = tables.into_iter().filter_map(|table| slot(table, &suite.catalogue, &mut unique)).collect();
        top.finish();
        for aspect in
            inspected(&suite.catalogue).filter(|aspect| !top.sink.broken && !slots.iter().any(|slot| slot.aspect == *aspect))
        {
            let message = both!("{aspect}没有证据位", "{aspect} has no slot");
            let help = both!("加上[[slot]]，aspect = \"{aspect}\"", "add a [[slot]] with aspect = \"{aspect}\"");
            top.sink.report(Code::MissingKey, 0..0, message, help);
        }
        Some(slots)
    });
    BadInput::unless_empty(walked.problems)?;
    Ok(walked.value.unwrap_or_default())
}

fn inspected(catalogue: &Catalogue) -> impl Iterator<Item = AspectRef> {
    let of = |clause: &touchstone_model::catalogue::Clause| {
        let aspects = clause.aspects.iter().filter(|aspect| aspect.method == Method::Inspection);
        aspects.map(|aspect| AspectRef { clause: clause.id.clone(), aspect: aspect.id.clone() }).collect::<Vec<_>>()
    };
    catalogue.clauses.iter().flat_map(of)
}

fn slot<'a>(table: Table<'a>, catalogue: &Catalogue, unique: &mut Unique<'a>) -> Option<Slot> {
    let word = table.string("aspect", "\"MW-07/copyright\"");
    let aspect = word
        .as_ref()
        .filter(|word| unique.note(word, ("证据位", "slot")))
        .and_then(|word| slot_named(table.sink, word, inspected(catalogue).collect::<Vec<_>>().iter()));
    let (document, issuer, holder) = (table.text("document"), table.text("issuer"), kebab(&table, "holder", "\"operator\""));
    table.finish();
    Some(Slot { aspect: aspect?, document: document?, issuer: issuer?, holder: holder?.value.to_owned() })
}

/// The slot of that name, among those there are.
pub(super) fn slot_named<'s>(
    sink: &Sink,
    word: &Str<'_>,
    known: impl Iterator<Item = &'s AspectRef> + Clone,
) -> Option<AspectRef> {
    let found = known.clone().find(|aspect| aspect.to_string() == word.value).cloned();
    if found.is_none() {
        let names: Vec<String> = known.map(ToString::to_string).collect();
        let shown = quote(word.value);
        let message = both!("没有证据位{shown}", "there is no slot {shown}");
        let list = Text::new("证据位见touchstone evidence list", "touchstone evidence list shows them");
        sink.report(
            Code::UnknownSlot,
            word.span.clone(),
            message,
            suggest_one(word.value, names.iter().map(String::as_str), list),
        );
    }
    found
}
