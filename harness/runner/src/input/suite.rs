//! `suite.toml`, and the catalogue it names, into [`Suite`] and [`Catalogue`].

use super::catalogue::{ReadCatalogue, Unique, bad_id, kebab, kebab_form, read_catalogue};
use super::conclusion;
use super::dialects::{ReadDialects, read_dialects};
use super::document::{Sink, unreadable, walk};
use super::duration;
use super::problem::{BadInput, Code, Problem};
use super::source::{self, Source};
use super::table::{Str, Table, as_string, as_strings};
use super::words::{both, is_kebab, quote, split_check_id, suggest_one};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use toml::de::DeValue;
use touchstone_model::catalogue::Catalogue;
use touchstone_model::dialect::Dialects;
use touchstone_model::digest::Digest;
use touchstone_model::suite::{AspectRef, Suite, SuiteCheck};
use touchstone_model::text::Text;

/// A check that needs more tries than this is not asked about with tries.
pub const MAX_RETRIES: u32 = 10;

/// A suite without mistakes, its catalogue, and where its lines are.
#[derive(Clone, Debug)]
pub struct LoadedSuite {
    /// The suite.
    pub suite: Suite,
    /// The catalogue it names.
    pub catalogue: Catalogue,
    /// The dialects it names.
    pub dialects: Dialects,
    /// SHA-256 of the bytes of the suite file, a zero byte, the bytes of the catalogue file, those of the dialects' files, and the
    /// names and bytes of whatever else the suite names: evidence slots, rules of assessment and acceptance, calendar.
    pub sha256: Digest,
    /// Folder of the suite file.
    pub dir: PathBuf,
    /// File with the rules of the operator's assessment, where the suite names one.
    pub assessment: Option<PathBuf>,
    /// File with the calendar of working days, where the suite names one.
    pub calendar: Option<PathBuf>,
    /// File with the slots for documents, where the suite names one.
    pub evidence: Option<PathBuf>,
    /// File with the rules of acceptance, where the suite names one.
    pub acceptance: Option<PathBuf>,
    /// The files as they were read, by their paths below the folder, the suite's own first; a catalogue from elsewhere by its
    /// bare name.
    pub files: Vec<(String, Vec<u8>)>,
    source: Arc<Source>,
    places: Places,
}

#[derive(Clone, Debug, Default)]
struct Places {
    assessment: Option<PathBuf>,
    calendar: Option<PathBuf>,
    evidence: Option<PathBuf>,
    acceptance: Option<PathBuf>,
    /// What is named beside catalogue and dialects, as read.
    beside: Vec<(String, Vec<u8>)>,
    checks: HashMap<String, Range<usize>>,
    params: HashMap<(String, String), Range<usize>>,
    plugins: HashMap<String, Range<usize>>,
    adapters: HashMap<String, Range<usize>>,
}

impl LoadedSuite {
    /// A problem at the id of a check.
    pub fn problem_at_check(&self, check: &str, code: Code, message: Text, help: Text) -> Problem {
        self.problem(self.places.checks.get(check), code, message, help)
    }

    /// A problem at a parameter of a check; at the check's id if the suite does not set it.
    pub fn problem_at_param(&self, check: &str, param: &str, code: Code, message: Text, help: Text) -> Problem {
        let place = self.places.params.get(&(check.to_owned(), param.to_owned()));
        self.problem(place.or_else(|| self.places.checks.get(check)), code, message, help)
    }

    /// A problem at a name in `plugins`.
    pub fn problem_at_plugin(&self, plugin: &str, code: Code, message: Text, help: Text) -> Problem {
        self.problem(self.places.plugins.get(plugin), code, message, help)
    }

    /// A problem at a name in `adapters`.
    pub fn problem_at_adapter(&self, adapter: &str, code: Code, message: Text, help: Text) -> Problem {
        self.problem(self.places.adapters.get(adapter), code, message, help)
    }

    /// A problem of the suite as a whole.
    pub fn problem_at_top(&self, code: Code, message: Text, help: Text) -> Problem {
        self.problem(None, code, message, help)
    }

    fn problem(&self, place: Option<&Range<usize>>, code: Code, message: Text, help: Text) -> Problem {
        Problem::new(code, self.source.clone(), place.cloned().unwrap_or_default(), message, help)
    }
}

/// Reads a suite and its catalogue; the error holds everything wrong in either.
pub fn load_suite(path: &Path) -> Result<LoadedSuite, BadInput> {
    load(path, false)
}

/// Reads the copy of a suite that was kept with a run: what it named outside of its folder lies inside of it there.
pub fn load_kept_suite(path: &Path) -> Result<LoadedSuite, BadInput> {
    load(path, true)
}

fn load(path: &Path, kept: bool) -> Result<LoadedSuite, BadInput> {
    let name = path.display().to_string();
    let file = source::read(path).map_err(|error| unreadable(&name, &error, false))?;
    let dir = folder_of(path);
    let mut catalogue = None;
    let mut dialects = ReadDialects::default();
    let mut places = Places::default();
    let walked = walk(&file.name, &file.text, false, |top| {
        let reader =
            Reader { sink: top.sink, dir: &dir, kept, places: &mut places, catalogue: &mut catalogue, dialects: &mut dialects };
        Some(reader.top(top))
    });
    let mut problems = walked.problems;
    let named = catalogue.unwrap_or_default();
    problems.extend(named.problems);
    problems.extend(dialects.problems);
    BadInput::unless_empty(problems)?;
    let beside = std::mem::take(&mut places.beside);
    let mut parts = vec![file.bytes.as_slice(), b"\0", named.bytes.as_slice(), dialects.bytes.as_slice()];
    parts.extend(beside.iter().flat_map(|(name, bytes)| [b"\0".as_slice(), name.as_bytes(), b"\0", bytes.as_slice()]));
    let sha256 = Digest::of_parts(parts);
    let suite = walked.value.unwrap_or_default();
    let (assessment, calendar, evidence) = (places.assessment.take(), places.calendar.take(), places.evidence.take());
    let acceptance = places.acceptance.take();
    let own = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut files = vec![(own, file.bytes), (named.path, named.bytes)];
    files.extend(dialects.files);
    files.extend(beside);
    Ok(LoadedSuite {
        suite,
        catalogue: named.catalogue,
        dialects: dialects.dialects,
        sha256,
        dir,
        files,
        assessment,
        calendar,
        evidence,
        acceptance,
        source: walked.source,
        places,
    })
}

/// Folder of a file; relative paths in the file start there.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// A relative path that stays in its folder as it is; of any other the file's bare name.
fn below(path: &str) -> String {
    let path = Path::new(path);
    let stays = path.components().all(|part| matches!(part, Component::Normal(_)));
    let kept = if stays { path.as_os_str() } else { path.file_name().unwrap_or_default() };
    kept.to_string_lossy().into_owned()
}

/// The catalogue that the suite names, as read.
#[derive(Default)]
struct Named {
    path: String,
    bytes: Vec<u8>,
    catalogue: Catalogue,
    problems: Vec<Problem>,
    complete: bool,
}

struct Reader<'s, 'a> {
    sink: &'a Sink,
    dir: &'s Path,
    kept: bool,
    places: &'s mut Places,
    catalogue: &'s mut Option<Named>,
    dialects: &'s mut ReadDialects,
}

impl<'a> Reader<'_, 'a> {
    fn top(mut self, top: &Table<'a>) -> Suite {
        top.schema();
        let id = kebab(top, "id", "\"my-tender\"");
        let title = top.text("title");
        if let Some(path) = top.string("catalogue", "\"catalogue.toml\"") {
            *self.catalogue = self.load_catalogue(&path);
        }
        if let Some(path) = top.string_opt("dialects", "\"../dialects\"") {
            self.load_dialects(&path);
        }
        self.places.assessment = top.string_opt("assessment", "\"assessment.toml\"").and_then(|path| self.beside(&path));
        self.places.calendar = top.string_opt("calendar", "\"calendar.toml\"").and_then(|path| self.beside(&path));
        self.places.evidence = top.string_opt("evidence", "\"evidence.toml\"").and_then(|path| self.beside(&path));
        self.places.acceptance = top.string_opt("acceptance", "\"acceptance.toml\"").and_then(|path| self.beside(&path));
        let plugins = component_names(top.strings("plugins", r#"["os"]"#), self.sink, ("插件", "plugin"));
        let adapters = component_names(top.strings_opt("adapters", r#"["tomcat"]"#), self.sink, ("适配器", "adapter"));
        self.places.plugins = plugins.iter().map(|name| (name.value.to_owned(), name.span.clone())).collect();
        self.places.adapters = adapters.iter().map(|name| (name.value.to_owned(), name.span.clone())).collect();
        let retries = top.count_opt("retries", MAX_RETRIES).unwrap_or(0);
        let tables = top.tables("check", &Text::new("[[check]]", "[[check]]"));
        if tables.is_empty() {
            top.missing_tables("check");
        }
        let mut ids = Unique::new(self.sink);
        let checks = tables.into_iter().filter_map(|table| self.check(table, &mut ids)).collect();
        let complete = self.catalogue.as_ref().filter(|named| named.complete);
        let (acceptance, particulars) = conclusion::read(top, complete.map(|named| &named.catalogue));
        top.finish();
        let owned = |names: Vec<Str<'_>>| names.into_iter().map(|name| name.value.to_owned()).collect();
        Suite {
            id: id.map(|id| id.value.to_owned()).unwrap_or_default(),
            title: title.unwrap_or_default(),
            plugins: owned(plugins),
            adapters: owned(adapters),
            retries,
            checks,
            acceptance,
            particulars,
        }
    }

    fn place(&self, path: &str) -> PathBuf {
        if self.kept { self.dir.join(below(path)) } else { self.dir.join(path) }
    }

    /// A file that the suite names: its bytes belong to the suite's fingerprint, its content is read by whoever needs it.
    fn beside(&mut self, path: &Str<'_>) -> Option<PathBuf> {
        let full = self.place(path.value);
        match source::read_bytes(&full) {
            Ok(bytes) => {
                self.places.beside.push((below(path.value), bytes));
                Some(full)
            }
            Err(error) => {
                self.sink.report(error.code, path.span.clone(), error.message, error.help);
                None
            }
        }
    }

    fn load_dialects(&mut self, path: &Str<'_>) {
        match read_dialects(&self.place(path.value)) {
            Ok(mut read) => {
                let folder = below(path.value);
                read.files.iter_mut().for_each(|(name, _)| *name = format!("{folder}/{name}"));
                *self.dialects = read;
            }
            Err(error) => {
                let shown = quote(path.value);
                let message = both!("目录{shown}无法读取：{error}", "the folder {shown} cannot be read: {error}");
                let help = Text::new("写SQL方言目录的路径", "write the path of the folder of SQL dialects");
                self.sink.report(Code::Unreadable, path.span.clone(), message, help);
            }
        }
    }

    fn load_catalogue(&self, path: &Str<'_>) -> Option<Named> {
        let full = self.place(path.value);
        match source::read(&full) {
            Ok(file) => {
                let ReadCatalogue { catalogue, problems, complete } = read_catalogue(&file);
                Some(Named { path: below(path.value), bytes: file.bytes, catalogue, problems, complete })
            }
            // What is wrong inside the file is shown there; that there is no such file, here.
            Err(error) if error.code == Code::NotUtf8 => {
                let problems = vec![unreadable(&full.display().to_string(), &error, false)];
                Some(Named { problems, ..Named::default() })
            }
            Err(error) => {
                self.sink.report(error.code, path.span.clone(), error.message, error.help);
                None
            }
        }
    }

    fn check(&mut self, table: Table<'a>, ids: &mut Unique<'a>) -> Option<SuiteCheck> {
        let id = table.string("id", "\"os/kernel-version\"");
        if let Some(id) = &id {
            ids.note(id, ("检查", "check"));
            match split_check_id(id.value) {
                Some((plugin, _)) => self.plugin_of(plugin, id),
                None => bad_id(
                    self.sink,
                    id,
                    Text::new("写成 插件/检查，例如os/kernel-version", "write plugin/check: os/kernel-version"),
                ),
            }
            self.places.checks.entry(id.value.to_owned()).or_insert_with(|| id.span.clone());
        }
        let (decides, by) = self.decides(&table);
        let params = self.params(&table, id.as_ref());
        let tags = table.strings_opt("tags", r#"["fast"]"#).into_iter().map(|tag| tag.value.to_owned()).collect();
        let time_limit_ms = self.time_limit(&table);
        let retries = table.count_opt("retries", MAX_RETRIES);
        table.finish();
        Some(SuiteCheck { id: id?.value.to_owned(), decides, by, params, tags, time_limit_ms, retries })
    }

    /// A list of aspects, or a table that names for each the expectations that decide it.
    fn decides(&self, table: &Table<'a>) -> (Vec<AspectRef>, BTreeMap<String, Vec<String>>) {
        let example = r#"["OS-01/release"]"#;
        let mut unique = Unique::new(self.sink);
        let mut by = BTreeMap::new();
        let named = table.value("decides").filter(|value| matches!(value.get_ref(), DeValue::Table(_)));
        let words = match named.and_then(|value| Table::of(self.sink, value, "decides", both!("`decides`", "`decides`"), example))
        {
            None => table.strings("decides", example),
            Some(aspects) => {
                let mut words = Vec::new();
                for (aspect, value) in aspects.entries() {
                    let expectations = as_strings(self.sink, value, aspect.value, r#"["expectation"]"#);
                    by.insert(aspect.value.to_owned(), expectations.iter().map(|word| word.value.to_owned()).collect());
                    words.push(aspect);
                }
                words
            }
        };
        let aspects = words.iter().filter(|word| unique.note(word, ("方面", "aspect"))).filter_map(|word| self.aspect(word));
        (aspects.collect(), by)
    }

    fn plugin_of(&self, plugin: &str, id: &Str<'_>) {
        let known = &self.places.plugins;
        if known.contains_key(plugin) || self.sink.broken {
            return;
        }
        let shown = quote(plugin);
        let message = both!("plugins里没有插件{shown}", "plugin {shown} is not in `plugins`");
        let add = both!("把\"{plugin}\"加入plugins", "add \"{plugin}\" to plugins");
        let help = suggest_one(plugin, known.keys().map(String::as_str), add);
        self.sink.report(Code::UnknownPlugin, id.span.clone(), message, help);
    }

    fn aspect(&self, word: &Str<'_>) -> Option<AspectRef> {
        let Some((clause, aspect)) = word.value.split_once('/').filter(|(a, b)| !a.is_empty() && !b.is_empty()) else {
            bad_id(self.sink, word, Text::new("写成 条款/方面，例如OS-20/mbr", "write clause/aspect: OS-20/mbr"));
            return None;
        };
        let made = AspectRef { clause: clause.to_owned(), aspect: aspect.to_owned() };
        let Some(named) = self.catalogue.as_ref().filter(|named| named.complete) else { return Some(made) };
        let catalogue = &named.catalogue;
        let shown_clause = quote(clause);
        let Some(known) = catalogue.clause(clause) else {
            let message = both!("目录里没有条款{shown_clause}", "the catalogue has no clause {shown_clause}");
            let look = Text::new("条款编号见目录的[[clause]]", "the ids are those of [[clause]] in the catalogue");
            let help = suggest_one(clause, catalogue.clauses.iter().map(|clause| clause.id.as_str()), look);
            self.sink.report(Code::UnknownClause, word.span.clone(), message, help);
            return None;
        };
        if !known.aspects.iter().any(|known| known.id == aspect) {
            let shown = quote(aspect);
            let message = both!("条款{shown_clause}没有方面{shown}", "clause {shown_clause} has no aspect {shown}");
            let known: Vec<&str> = known.aspects.iter().map(|aspect| aspect.id.as_str()).collect();
            self.sink.report(Code::UnknownAspect, word.span.clone(), message, super::words::suggest(aspect, &known));
            return None;
        }
        Some(made)
    }

    fn params(&mut self, table: &Table<'a>, check: Option<&Str<'a>>) -> BTreeMap<String, String> {
        let what = both!("`params`", "`params`");
        let Some(params) = table.table_opt("params", what, r#"{ name = "value" }"#) else { return BTreeMap::new() };
        let mut values = BTreeMap::new();
        for (key, value) in params.entries() {
            if let Some(check) = check {
                self.places.params.insert((check.value.to_owned(), key.value.to_owned()), key.span.clone());
            }
            if let Some(text) = as_string(self.sink, value, key.value, &quoted(value.get_ref())) {
                values.insert(key.value.to_owned(), text.value.to_owned());
            }
        }
        values
    }

    fn time_limit(&self, table: &Table<'a>) -> Option<u32> {
        let value = table.value("time_limit")?;
        let (message, help) = match value.get_ref() {
            DeValue::String(text) => match duration::parse(text) {
                Ok(ms) => return Some(ms),
                Err(wrong) => wrong,
            },
            DeValue::Integer(number) if number.radix() == 10 => {
                (duration::not_a_duration(), duration::remedy(number.as_str(), ""))
            }
            _ => (duration::not_a_duration(), duration::remedy("", "")),
        };
        self.sink.report(Code::BadDuration, value.span(), message, help);
        None
    }
}

/// The value in quotes, where it can simply be quoted.
pub(super) fn quoted(value: &DeValue<'_>) -> String {
    match value {
        DeValue::Integer(number) => format!("\"{number}\""),
        DeValue::Float(number) => format!("\"{number}\""),
        DeValue::Boolean(yes) => format!("\"{yes}\""),
        DeValue::Datetime(moment) => format!("\"{moment}\""),
        _ => "\"...\"".to_owned(),
    }
}

/// Names of components; they become file names, so the form is strict.
fn component_names<'a>(names: Vec<Str<'a>>, sink: &'a Sink, what: (&str, &str)) -> Vec<Str<'a>> {
    let mut unique = Unique::new(sink);
    for name in &names {
        if !is_kebab(name.value) {
            bad_id(sink, name, kebab_form());
        }
        unique.note(name, what);
    }
    names
}
