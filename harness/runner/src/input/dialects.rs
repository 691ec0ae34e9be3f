//! A folder of dialect files into [`Dialects`]. `standard.toml` is read first: it knows every case.

use super::catalogue::{bad_id, kebab_form, word_of};
use super::document::{Sink, unreadable, walk};
use super::problem::{BadInput, Code, Problem};
use super::source;
use super::table::{Str, Table, Value, as_strings, wrong_type};
use super::words::{both, is_kebab, quote, split_check_id, suggest_one};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use toml::de::DeValue;
use touchstone_model::dialect::{DialectFile, Dialects, Level, STANDARD, Way};
use touchstone_model::text::Text;

const LEVELS: [&str; 3] = ["product", "family", "standard"];
const EXAMPLE: &str = r#"["CREATE ...", "INSERT ..."]"#;

/// The files of a folder, and their bytes for the suite's fingerprint.
#[derive(Debug, Default)]
pub(super) struct ReadDialects {
    pub dialects: Dialects,
    pub bytes: Vec<u8>,
    /// By name.
    pub files: Vec<(String, Vec<u8>)>,
    pub problems: Vec<Problem>,
}

/// Reads every `*.toml` of a folder.
pub(super) fn read_dialects(folder: &Path) -> std::io::Result<ReadDialects> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    // The standard first, the others by name.
    paths.sort_by_key(|path| (path.file_stem().is_none_or(|stem| stem != STANDARD), path.clone()));
    let mut read = ReadDialects::default();
    let mut files: Vec<DialectFile> = Vec::new();
    for path in paths {
        match source::read(&path) {
            Ok(file) => {
                read.bytes.extend_from_slice(path.file_name().unwrap_or_default().as_encoded_bytes());
                read.bytes.push(0);
                read.bytes.extend_from_slice(&file.bytes);
                let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                let own = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                read.files.push((own, file.bytes.clone()));
                let walked = walk(&file.name, &file.text, false, |top| Reader { sink: top.sink, known: &files }.file(top, &id));
                read.problems.extend(walked.problems);
                files.extend(walked.value);
            }
            Err(error) => read.problems.push(unreadable(&path.display().to_string(), &error, false)),
        }
    }
    read.dialects = Dialects::new(files);
    Ok(read)
}

/// Reads a folder of dialects by itself.
///
/// # Errors
/// Everything wrong in its files.
pub fn load_dialects(folder: &Path) -> Result<Dialects, BadInput> {
    let unread = |error: std::io::Error| {
        let source = std::sync::Arc::new(source::Source::new(folder.display().to_string(), ""));
        let message = both!("目录无法读取：{error}", "the folder cannot be read: {error}");
        Problem::new(Code::Unreadable, source, 0..0, message, Text::new("检查路径", "check the path"))
    };
    let read = read_dialects(folder).map_err(unread)?;
    BadInput::unless_empty(read.problems)?;
    Ok(read.dialects)
}

struct Reader<'s> {
    sink: &'s Sink,
    known: &'s [DialectFile],
}

impl Reader<'_> {
    fn standard(&self) -> Option<&DialectFile> {
        self.known.iter().find(|file| file.level == Level::Standard)
    }

    fn file(&self, top: &Table<'_>, id: &str) -> Option<DialectFile> {
        top.schema();
        let level = top.string("level", "\"product\"");
        if let Some(word) = &level {
            word_of(self.sink, word, &LEVELS, ("层级", "level"));
            if (word.value == STANDARD) != (id == STANDARD) {
                let message = Text::new("standard层级只属于standard.toml", "the level standard belongs to standard.toml alone");
                let help = Text::new("写成 level = \"product\"", "write level = \"product\"");
                self.sink.report(Code::Conflict, word.span.clone(), message, help);
            }
        }
        let level = match level.as_ref().map(|word| word.value) {
            Some("family") => Level::Family,
            Some(STANDARD) => Level::Standard,
            _ => Level::Product,
        };
        if !is_kebab(id) {
            let name = Str { value: id, span: 0..0 };
            bad_id(self.sink, &name, kebab_form());
        }
        let title = top.text("title");
        let aliases = self.aliases(top);
        let family = (level == Level::Product).then(|| top.string_opt("family", "\"oracle-like\"")).flatten();
        let source = top.string("source", "\"...\"");
        let run_on = top.string_opt("run_on", "\"15.18\"").map(|version| version.value.to_owned());
        let form_errors = owned(top.strings_opt("form_errors", r#"["syntax error"]"#));
        let (mut named_by_tender, mut begins) = (BTreeSet::new(), BTreeMap::new());
        if level == Level::Standard {
            named_by_tender = owned(top.strings_opt("named_by_tender", r#"["database/insert-all"]"#)).into_iter().collect();
            begins = self.begins(top);
        }
        let begins_of = self.standard().map_or_else(|| begins.clone(), |standard| standard.begins.clone());
        let cases = self.cases(top, &begins_of);
        let known: BTreeSet<&str> = match self.standard() {
            Some(standard) => standard.cases.keys().map(String::as_str).collect(),
            None => cases.keys().map(String::as_str).collect(),
        };
        let absent = top.strings_opt("absent", r#"["database/triggers/order"]"#);
        absent.iter().for_each(|case| self.is_known(case, &known));
        top.finish();
        Some(DialectFile {
            id: id.to_owned(),
            level,
            title: title?,
            aliases,
            family: family.map(|word| word.value.to_owned()),
            source: source?.value.to_owned(),
            run_on,
            form_errors,
            absent: owned(absent).into_iter().collect(),
            named_by_tender,
            begins,
            cases,
        })
    }

    fn aliases(&self, top: &Table<'_>) -> Vec<String> {
        let aliases = top.strings_opt("aliases", r#"["dm8"]"#);
        for alias in &aliases {
            let lower = alias.value.to_lowercase();
            if let Some(other) = self.known.iter().find(|file| file.id == lower || file.aliases.contains(&lower)) {
                let (shown, other) = (quote(alias.value), &other.id);
                let message = both!("{shown}已是{other}的名称", "{shown} is a name of {other} already");
                self.sink.report(Code::Duplicate, alias.span.clone(), message, Text::new("换一个名称", "use another name"));
            }
        }
        aliases.iter().map(|alias| alias.value.to_lowercase()).collect()
    }

    fn begins(&self, top: &Table<'_>) -> BTreeMap<String, Vec<String>> {
        let example = r#"{ "database/insert-all" = ["INSERT ALL"] }"#;
        let Some(table) = top.table_opt("begins", both!("`begins`", "`begins`"), example) else { return BTreeMap::new() };
        let entry = |(key, value): (Str<'_>, &Value<'_>)| {
            (key.value.to_owned(), owned(as_strings(self.sink, value, key.value, r#"["INSERT ALL"]"#)))
        };
        table.entries().into_iter().map(entry).collect()
    }

    fn cases(&self, top: &Table<'_>, begins: &BTreeMap<String, Vec<String>>) -> BTreeMap<String, Vec<Way>> {
        let mut cases = BTreeMap::new();
        let what = Text::new("[cases]", "[cases]");
        let Some(sections) = top.table_opt("cases", what, r#"{ "database/insert-all" = { ... } }"#) else { return cases };
        for (section, value) in sections.entries() {
            if split_check_id(section.value).is_none() && section.value != "shared" {
                let form = Text::new(
                    "写成[cases.\"插件/检查\"]，例如[cases.\"database/triggers\"]",
                    "write [cases.\"plugin/check\"]: [cases.\"database/triggers\"]",
                );
                bad_id(self.sink, &section, form);
            }
            let what = both!("`cases`", "`cases`");
            let Some(table) = Table::of(self.sink, value, section.value, what, r#"{ name = ["..."] }"#) else { continue };
            for (name, value) in table.entries() {
                let full = format!("{}/{}", section.value, name.value);
                if let Some(standard) = self.standard() {
                    let known = standard.cases.keys().map(String::as_str).collect();
                    self.is_known(&Str { value: &full, span: name.span.clone() }, &known);
                }
                let ways = self.ways(name.value, value);
                if let Some(words) = begins.get(&full).or_else(|| begins.get(section.value)) {
                    self.must_begin(&name, &ways, words);
                }
                cases.insert(full, ways);
            }
        }
        cases
    }

    fn is_known(&self, case: &Str<'_>, known: &BTreeSet<&str>) {
        let whole = case.value.strip_suffix("/*");
        let fits = whole.map_or_else(
            || known.contains(case.value),
            |section| known.iter().any(|case| case.rsplit_once('/').is_some_and(|(found, _)| found == section)),
        );
        if !fits {
            let shown = quote(case.value);
            let message = both!("standard.toml里没有用例{shown}", "standard.toml knows no case {shown}");
            let look = Text::new("用例名称见standard.toml", "the names of the cases are those in standard.toml");
            let help = suggest_one(case.value, known.iter().copied(), look);
            self.sink.report(Code::UnknownCase, case.span.clone(), message, help);
        }
    }

    fn must_begin(&self, name: &Str<'_>, ways: &[Way], words: &[String]) {
        let begins = |statement: &String| {
            let said = statement.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase();
            words.iter().any(|form| begins_with(&said, &form.to_uppercase()))
        };
        if ways.iter().any(|way| !way.statements.iter().any(begins)) {
            let words = words.join(" / ");
            let message = both!("这里要求的写法以 {words} 开头", "what is asked for here begins with {words}");
            let help = Text::new(
                "只写产品自己的这种语句；没有则列入absent",
                "write the product's own statement of that form, or list the case in `absent`",
            );
            self.sink.report(Code::BadValue, name.span.clone(), message, help);
        }
    }

    /// `[...]` is one way; `{ do, undo }` too; a list of such tables are several.
    fn ways(&self, key: &str, value: &Value<'_>) -> Vec<Way> {
        match value.get_ref() {
            DeValue::Array(items) if items.iter().any(|item| matches!(item.get_ref(), DeValue::Table(_))) => {
                items.iter().filter_map(|item| self.way(key, item)).collect()
            }
            DeValue::Array(_) => {
                let statements = trimmed(as_strings(self.sink, value, key, EXAMPLE));
                vec![Way { statements, undo: Vec::new() }]
            }
            DeValue::Table(_) => self.way(key, value).into_iter().collect(),
            other => {
                wrong_type::<()>(self.sink, value.span(), key, other, ("语句列表", "a list of statements"), EXAMPLE);
                Vec::new()
            }
        }
    }

    fn way(&self, key: &str, value: &Value<'_>) -> Option<Way> {
        let table = Table::of(self.sink, value, key, both!("`{key}`", "`{key}`"), r#"{ do = ["..."], undo = ["..."] }"#)?;
        let way = Way {
            statements: trimmed(table.strings("do", EXAMPLE)),
            undo: trimmed(table.strings_opt("undo", r#"["DROP ..."]"#)),
        };
        table.finish();
        Some(way)
    }
}

/// `*` stands for anything.
fn begins_with(said: &str, form: &str) -> bool {
    let mut pieces = form.split('*').map(str::trim);
    let Some(mut rest) = pieces.next().and_then(|first| said.strip_prefix(first)) else { return false };
    pieces.all(|piece| match rest.find(piece) {
        Some(at) => {
            rest = &rest[at + piece.len()..];
            true
        }
        None => false,
    })
}

fn owned(words: Vec<Str<'_>>) -> Vec<String> {
    words.iter().map(|word| word.value.to_owned()).collect()
}

fn trimmed(words: Vec<Str<'_>>) -> Vec<String> {
    words.iter().map(|word| word.value.trim().to_owned()).collect()
}
