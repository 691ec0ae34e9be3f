//! `inventory.toml` into [`Inventory`].
//!
//! Whether a secret's file or variable exists is seen when it is needed, not here: an inventory is written once and used
//! on several machines.

mod address;
mod fleet;
mod http;
mod load;
mod odbc;
mod secret;
mod shell;
mod sql;

use super::catalogue::{KINDS, Unique, bad_id, kebab_form, word_of};
use super::document::{unreadable, walk};
use super::problem::{BadInput, Code, Problem};
use super::source::{self, Source};
use super::suite::folder_of;
use super::table::{Str, Table, as_string};
use super::words::{both, is_kebab, is_target_name, quote, split_check_id};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use touchstone_model::digest::Digest;
use touchstone_model::inventory::{Inventory, PERMITS, TargetSpec};
use touchstone_model::text::Text;

/// An inventory without mistakes, and where its lines are.
#[derive(Clone, Debug)]
pub struct LoadedInventory {
    /// The targets; paths in it are resolved against the inventory's folder.
    pub inventory: Inventory,
    /// SHA-256 of the file.
    pub sha256: Digest,
    /// Folder of the file.
    pub dir: PathBuf,
    source: Arc<Source>,
    places: Places,
}

#[derive(Clone, Debug, Default)]
struct Places {
    targets: HashMap<String, Range<usize>>,
    adapters: HashMap<String, Range<usize>>,
    params: HashMap<(String, String), Range<usize>>,
}

impl LoadedInventory {
    /// A problem at the name of a target.
    pub fn problem_at_target(&self, target: &str, code: Code, message: Text, help: Text) -> Problem {
        self.problem(self.places.targets.get(target), code, message, help)
    }

    /// A problem at the adapter of a target.
    pub fn problem_at_adapter(&self, target: &str, code: Code, message: Text, help: Text) -> Problem {
        self.problem(self.places.adapters.get(target).or_else(|| self.places.targets.get(target)), code, message, help)
    }

    /// A problem at a parameter (`plugin/check.param`) of a target.
    pub fn problem_at_param(&self, target: &str, param: &str, code: Code, message: Text, help: Text) -> Problem {
        let place = self.places.params.get(&(target.to_owned(), param.to_owned()));
        self.problem(place.or_else(|| self.places.targets.get(target)), code, message, help)
    }

    fn problem(&self, place: Option<&Range<usize>>, code: Code, message: Text, help: Text) -> Problem {
        Problem::new(code, self.source.clone(), place.cloned().unwrap_or_default(), message, help)
    }
}

/// Reads an inventory; the error holds everything wrong in it and shows no secret.
pub fn load_inventory(path: &Path) -> Result<LoadedInventory, BadInput> {
    let name = path.display().to_string();
    let file = source::read(path).map_err(|error| unreadable(&name, &error, true))?;
    let dir = folder_of(path);
    let mut places = Places::default();
    let walked = walk(&file.name, &file.text, true, |top| {
        top.schema();
        let members = fleet::members(top);
        let mut names = Unique::new(top.sink);
        let mut targets = Vec::new();
        let mut wrong = None;
        for member in members.iter() {
            // What is wrong in one is wrong in all that were made of the same lines.
            if wrong == Some(member.origin) {
                continue;
            }
            let before = top.sink.count();
            let table = Table::new(top.sink, &member.content, member.span.clone(), Text::new("[[target]]", "[[target]]"));
            let made = target(table, &dir, &mut names, &mut places);
            wrong = (top.sink.count() > before).then_some(member.origin);
            targets.extend(made.map(|mut made| {
                // By its name a group is chosen as a tag is.
                made.tags.extend(member.group.clone().filter(|group| !made.tags.contains(group)));
                made
            }));
        }
        top.finish();
        Some(Inventory { targets })
    });
    BadInput::unless_empty(walked.problems)?;
    let inventory = walked.value.unwrap_or_default();
    Ok(LoadedInventory { inventory, sha256: Digest::of(&file.bytes), dir, source: walked.source, places })
}

fn target<'a>(table: Table<'a>, dir: &Path, names: &mut Unique<'a>, places: &mut Places) -> Option<TargetSpec> {
    let name = table.string("name", "\"db-1\"");
    if let Some(name) = &name {
        if !is_target_name(name.value) {
            bad_id(table.sink, name, name_form());
        }
        names.note(name, ("目标", "target"));
        places.targets.entry(name.value.to_owned()).or_insert_with(|| name.span.clone());
    }
    let kind = table.string("kind", "\"host\"");
    if let Some(kind) = &kind {
        word_of(table.sink, kind, &KINDS, ("目标类型", "kind of target"));
    }
    let tags = table.strings_opt("tags", r#"["prod"]"#).into_iter().map(|tag| tag.value.to_owned()).collect();
    let adapter = table.string_opt("adapter", "\"tomcat\"");
    if let Some(adapter) = &adapter {
        if !is_kebab(adapter.value) {
            bad_id(table.sink, adapter, kebab_form());
        }
        if let Some(name) = &name {
            places.adapters.insert(name.value.to_owned(), adapter.span.clone());
        }
    }
    let params = params(&table, name.as_ref(), places);
    let settings = settings(&table);
    let permits = permits(&table);
    let addresses = address::list(&table);
    let load = load::read(&table);
    let shells = shell::shells(&table, name.as_ref().map_or("", |name| name.value), dir);
    let sql = table
        .table_opt("sql", Text::new("[target.sql]", "[target.sql]"), r#"{ protocol = "postgresql", ... }"#)
        .and_then(|table| sql::read(table, dir));
    let http = table
        .table_opt("http", Text::new("[target.http]", "[target.http]"), r#"{ endpoints = { application = "http://..." } }"#)
        .map(|table| http::read(table, dir));
    table.finish();
    Some(TargetSpec {
        name: name?.value.to_owned(),
        kind: kind?.value.to_owned(),
        tags,
        adapter: adapter.map(|adapter| adapter.value.to_owned()),
        params,
        settings,
        permits,
        shells,
        sql,
        http,
        addresses,
        load,
    })
}

fn name_form() -> Text {
    Text::new(
        "小写字母、数字、点、下划线和连字符，以字母或数字开头，最多64个字符，例如db-1",
        "lower-case letters, digits, dots, underscores and hyphens, beginning with a letter or digit, at most 64: db-1",
    )
}

/// `"plugin/check.param" = "value"`.
fn params(table: &Table<'_>, target: Option<&Str<'_>>, places: &mut Places) -> BTreeMap<String, String> {
    let example = r#"{ "os/large-file.directory" = "/data" }"#;
    let Some(params) = table.table_opt("params", both!("`params`", "`params`"), example) else { return BTreeMap::new() };
    let mut values = BTreeMap::new();
    for (key, value) in params.entries() {
        let named = key.value.split_once('.').is_some_and(|(check, param)| split_check_id(check).is_some() && !param.is_empty());
        if !named {
            let shown = quote(key.value);
            let message = both!("参数名{shown}的形式不对", "{shown} is no name of a parameter");
            let help = Text::new(
                "整个键写在一对引号里：\"插件/检查.参数\" = \"值\"",
                "put the whole key into one pair of quotes: \"plugin/check.param\" = \"value\"",
            );
            params.sink.report(Code::BadId, key.span, message, help);
            continue;
        }
        if let Some(target) = target {
            places.params.insert((target.value.to_owned(), key.value.to_owned()), key.span.clone());
        }
        if let Some(text) = as_string(params.sink, value, key.value, "\"...\"") {
            values.insert(key.value.to_owned(), text.value.to_owned());
        }
    }
    values
}

/// `name = "value"`, for the target's adapter.
fn settings(table: &Table<'_>) -> BTreeMap<String, String> {
    let what = Text::new("[target.settings]", "[target.settings]");
    let Some(settings) = table.table_opt("settings", what, r#"{ home = "/opt/server" }"#) else { return BTreeMap::new() };
    let value = |(name, value): (Str<'_>, &super::table::Value<'_>)| {
        let text = as_string(settings.sink, value, name.value, "\"...\"")?;
        settings.sink.reveal(text.span.clone());
        Some((name.value.to_owned(), text.value.to_owned()))
    };
    named(&settings).into_iter().filter_map(value).collect()
}

/// What the owner permits beyond ordinary use.
fn permits(table: &Table<'_>) -> Vec<String> {
    let permits = table.strings_opt("permits", r#"["denial-of-service"]"#);
    for word in &permits {
        word_of(table.sink, word, &PERMITS, ("许可", "permission"));
    }
    permits.into_iter().map(|word| word.value.to_owned()).collect()
}

/// A path of the inventory: `~/` is the user's home, a relative one starts at the inventory's folder.
fn resolve(dir: &Path, path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => dir.join(path),
    }
}

/// A file named by `key`, if it is named.
fn file(table: &Table<'_>, key: &'static str, dir: &Path) -> Option<PathBuf> {
    table.string_opt(key, "\"path\"").map(|path| resolve(dir, path.value))
}

/// Entries of a table of named things (`roles`, `credentials`, `nodes`, `endpoints`), with the form of their names checked.
fn named<'a>(table: &Table<'a>) -> Vec<(Str<'a>, &'a super::table::Value<'a>)> {
    let entries = table.entries();
    for (name, _) in &entries {
        if !is_target_name(name.value) {
            bad_id(table.sink, name, name_form());
        }
    }
    entries
}
