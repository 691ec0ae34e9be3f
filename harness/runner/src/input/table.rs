//! Asking a table for its keys, by type; what is wrong goes to the sink and the answer is `None`.

use super::document::{Draft, Sink};
use super::problem::Code;
use super::words::{both, quote, suggest};
use std::cell::RefCell;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use touchstone_model::text::Text;

/// A table of the document. Every key must be asked for (or allowed) before [`Table::finish`].
pub(super) struct Table<'a> {
    pub sink: &'a Sink,
    /// The header or braces: where a missing key is reported.
    pub span: Range<usize>,
    /// How sentences call it.
    what: Text,
    map: &'a DeTable<'a>,
    asked: RefCell<Vec<&'static str>>,
    /// Stands where a secret might: its unknown keys are not repeated.
    private: bool,
}

/// A string and where it stands.
#[derive(Clone)]
pub(super) struct Str<'a> {
    pub value: &'a str,
    pub span: Range<usize>,
}

/// A value of the document.
pub(super) type Value<'a> = Spanned<DeValue<'a>>;

enum Found<'a> {
    Absent,
    /// The parser put a dummy where it found no value; it has complained already.
    Dummy,
    Value(&'a Value<'a>),
}

impl<'a> Table<'a> {
    pub fn new(sink: &'a Sink, map: &'a DeTable<'a>, span: Range<usize>, what: Text) -> Self {
        Self { sink, span, what, map, asked: RefCell::default(), private: false }
    }

    /// `value` as a table; `example` shows how to write one.
    pub fn of(sink: &'a Sink, value: &'a Value<'a>, key: &str, what: Text, example: &str) -> Option<Self> {
        match value.get_ref() {
            DeValue::Table(map) => Some(Self::new(sink, map, value.span(), what)),
            other => wrong_type(sink, value.span(), key, other, ("表", "a table"), example),
        }
    }

    /// The same, where its unknown keys must not be repeated.
    pub fn private(self) -> Self {
        Self { private: true, ..self }
    }

    /// Everything in it, as it was written.
    pub fn content(&self) -> &'a DeTable<'a> {
        self.map
    }

    fn find(&self, key: &'static str) -> Found<'a> {
        self.allow(&[key]);
        let Some((name, value)) = self.map.get_key_value(key) else { return Found::Absent };
        self.sink.reveal_key(name.span());
        if is_dummy(value) {
            return Found::Dummy;
        }
        if matches!(value.get_ref(), DeValue::Integer(_) | DeValue::Boolean(_)) {
            self.sink.reveal(value.span());
        }
        Found::Value(value)
    }

    /// Any value of `key`, if it is there.
    pub fn value(&self, key: &'static str) -> Option<&'a Value<'a>> {
        match self.find(key) {
            Found::Value(value) => Some(value),
            Found::Absent | Found::Dummy => None,
        }
    }

    /// A value that must be there.
    pub fn required(&self, key: &'static str, example: &str) -> Option<&'a Value<'a>> {
        match self.find(key) {
            Found::Value(value) => Some(value),
            Found::Dummy => None,
            Found::Absent => {
                self.missing(key, example);
                None
            }
        }
    }

    /// Says that `key` is missing.
    pub fn missing(&self, key: &str, example: &str) {
        let Text { zh, en } = &self.what;
        let message = Text::new(format!("{zh}缺少`{key}`"), format!("{en} has no `{key}`"));
        self.sink.report(Code::MissingKey, self.span.clone(), message, both!("加上 {key} = {example}", "add {key} = {example}"));
    }

    /// Says that there is no `[[key]]` at all.
    pub fn missing_tables(&self, key: &str) {
        let Text { zh, en } = &self.what;
        let name = key.rsplit('.').next().unwrap_or(key);
        let message = Text::new(format!("{zh}缺少`{name}`"), format!("{en} has no `{name}`"));
        self.sink.report(
            Code::MissingKey,
            self.span.clone(),
            message,
            both!("至少写一个[[{key}]]", "write at least one [[{key}]]"),
        );
    }

    /// A string that must be there and not be empty.
    pub fn string(&self, key: &'static str, example: &str) -> Option<Str<'a>> {
        as_filled_string(self.sink, self.required(key, example)?, key, example)
    }

    /// A string that may be absent but not empty.
    pub fn string_opt(&self, key: &'static str, example: &str) -> Option<Str<'a>> {
        as_filled_string(self.sink, self.value(key)?, key, example)
    }

    /// Strings; none if absent.
    pub fn strings_opt(&self, key: &'static str, example: &str) -> Vec<Str<'a>> {
        self.value(key).map(|value| as_strings(self.sink, value, key, example)).unwrap_or_default()
    }

    /// At least one string.
    pub fn strings(&self, key: &'static str, example: &str) -> Vec<Str<'a>> {
        let Some(value) = self.required(key, example) else { return Vec::new() };
        if value.get_ref().as_array().is_some_and(|array| array.is_empty()) {
            let message = both!("`{key}`是空的", "`{key}` is empty");
            self.sink.report(Code::BadValue, value.span(), message, both!("写成 {key} = {example}", "write {key} = {example}"));
        }
        as_strings(self.sink, value, key, example)
    }

    /// `true` or `false`.
    pub fn boolean(&self, key: &'static str) -> Option<bool> {
        let value = self.value(key)?;
        match value.get_ref() {
            DeValue::Boolean(yes) => Some(*yes),
            other => wrong_type(self.sink, value.span(), key, other, ("true或false", "true or false"), "true"),
        }
    }

    /// A whole number from 0 to `most` that may be absent.
    pub fn count_opt(&self, key: &'static str, most: u32) -> Option<u32> {
        let value = self.value(key)?;
        let DeValue::Integer(number) = value.get_ref() else {
            return wrong_type(self.sink, value.span(), key, value.get_ref(), ("整数", "a whole number"), "1");
        };
        let count = u32::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok().filter(|n| *n <= most);
        if count.is_none() {
            let message = both!("`{key}`应当是0到{most}的整数", "`{key}` must be a whole number from 0 to {most}");
            self.sink.report(Code::BadValue, value.span(), message, both!("写成 {key} = 1", "write {key} = 1"));
        }
        count
    }

    /// A nested table that may be absent.
    pub fn table_opt(&self, key: &'static str, what: Text, example: &str) -> Option<Table<'a>> {
        Table::of(self.sink, self.value(key)?, key, what, example)
    }

    /// All tables of `[[key]]`.
    pub fn tables(&self, key: &'static str, what: &Text) -> Vec<Table<'a>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let DeValue::Array(array) = value.get_ref() else {
            let message = both!("`{key}`应当是多个表", "`{key}` must be a list of tables");
            let help = both!("每个表的开头写成[[{key}]]", "begin each table with [[{key}]]");
            self.sink.report(Code::WrongType, value.span(), message, help);
            return Vec::new();
        };
        let items = array.iter().filter(|item| !is_dummy(item));
        items.filter_map(|item| Table::of(self.sink, item, key, what.clone(), "{ ... }")).collect()
    }

    /// `{ zh = "...", en = "..." }`, both filled.
    pub fn text(&self, key: &'static str) -> Option<Text> {
        let example = r#"{ zh = "...", en = "..." }"#;
        let value = self.required(key, example)?;
        let table = Table::of(self.sink, value, key, both!("`{key}`", "`{key}`"), example)?;
        let (zh, en) = (table.string("zh", "\"...\""), table.string("en", "\"...\""));
        table.finish();
        Some(Text::new(zh?.value, en?.value))
    }

    /// `schema = 1`.
    pub fn schema(&self) {
        let Some(value) = self.required("schema", "1") else { return };
        let one = value.get_ref().as_integer().is_some_and(|n| n.radix() == 10 && n.as_str() == "1");
        if !one {
            let message = Text::new("不认识的格式版本", "this version of the format is not known");
            let help = Text::new("写成 schema = 1", "write schema = 1");
            self.sink.report(Code::BadValue, value.span(), message, help);
        }
    }

    /// All keys with values, in the order of the file.
    pub fn entries(&self) -> Vec<(Str<'a>, &'a Value<'a>)> {
        let mut entries: Vec<_> = self
            .map
            .iter()
            .filter(|(_, value)| !is_dummy(value))
            .map(|(key, value)| (Str { value: key.get_ref().as_ref(), span: key.span() }, value))
            .collect();
        entries.sort_by_key(|(key, _)| key.span.start);
        entries.iter().for_each(|(key, _)| self.sink.reveal(key.span.clone()));
        entries
    }

    /// Keys that are right here though nobody asks for them now.
    pub fn allow(&self, keys: &[&'static str]) {
        let mut asked = self.asked.borrow_mut();
        for key in keys {
            if !asked.contains(key) {
                asked.push(key);
            }
        }
    }

    /// Reports the keys nobody asked for.
    pub fn finish(&self) {
        let asked = self.asked.borrow();
        for (key, value) in self.map.iter() {
            let word = key.get_ref().as_ref();
            if asked.contains(&word) {
                continue;
            }
            let (shown, Text { zh, en }) = (if self.private { "`***`".to_owned() } else { quote(word) }, &self.what);
            if !self.private && !is_dummy(value) {
                self.sink.reveal(key.span());
            }
            let message = Text::new(format!("{zh}里没有{shown}这个键"), format!("{en} knows no key {shown}"));
            self.sink.draft(Draft {
                code: Code::UnknownKey,
                message,
                label: Text::new("不认识的键", "unknown key"),
                help: suggest(word, &asked),
                span: key.span(),
                also: None,
            });
        }
    }
}

/// A string, empty or not.
pub(super) fn as_string<'a>(sink: &Sink, value: &'a Value<'a>, key: &str, example: &str) -> Option<Str<'a>> {
    match value.get_ref() {
        DeValue::String(text) => Some(Str { value: text.as_ref(), span: value.span() }),
        other => wrong_type(sink, value.span(), key, other, ("字符串", "a string"), example),
    }
}

fn as_filled_string<'a>(sink: &Sink, value: &'a Value<'a>, key: &str, example: &str) -> Option<Str<'a>> {
    let string = as_string(sink, value, key, example)?;
    if string.value.trim().is_empty() {
        let message = both!("`{key}`是空的", "`{key}` is empty");
        sink.report(Code::BadValue, string.span, message, both!("写成 {key} = {example}", "write {key} = {example}"));
        return None;
    }
    sink.reveal(string.span.clone());
    Some(string)
}

pub(super) fn as_strings<'a>(sink: &Sink, value: &'a Value<'a>, key: &str, example: &str) -> Vec<Str<'a>> {
    match value.get_ref() {
        DeValue::Array(items) => {
            items.iter().filter(|item| !is_dummy(item)).filter_map(|item| as_filled_string(sink, item, key, example)).collect()
        }
        other => {
            wrong_type::<()>(sink, value.span(), key, other, ("字符串数组", "an array of strings"), example);
            Vec::new()
        }
    }
}

fn is_dummy(value: &Value<'_>) -> bool {
    value.span() == (0..0)
}

/// Reports a value of another type than `wanted`; always `None`.
pub(super) fn wrong_type<T>(
    sink: &Sink,
    span: Range<usize>,
    key: &str,
    found: &DeValue<'_>,
    wanted: (&str, &str),
    example: &str,
) -> Option<T> {
    if sink.secrets {
        sink.hide(span.clone());
    }
    let (found_zh, found_en) = type_name(found);
    let (wanted_zh, wanted_en) = wanted;
    sink.draft(Draft {
        code: Code::WrongType,
        message: both!("`{key}`应当是{wanted_zh}，不是{found_zh}", "`{key}` must be {wanted_en}, not {found_en}"),
        label: Text::new(found_zh, found_en),
        help: both!("写成 {key} = {example}", "write {key} = {example}"),
        span,
        also: None,
    });
    None
}

fn type_name(value: &DeValue<'_>) -> (&'static str, &'static str) {
    match value {
        DeValue::String(_) => ("字符串", "a string"),
        DeValue::Integer(_) => ("整数", "an integer"),
        DeValue::Float(_) => ("小数", "a float"),
        DeValue::Boolean(_) => ("布尔值", "a boolean"),
        DeValue::Datetime(_) => ("日期时间", "a date-time"),
        DeValue::Array(_) => ("数组", "an array"),
        DeValue::Table(_) => ("表", "a table"),
    }
}
