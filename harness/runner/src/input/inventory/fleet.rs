//! Many targets in few lines: groups share what is alike, `each` makes a target of every value, variables stand where they differ.
//!
//! All of this happens before a target is read: what comes out is targets as if each had been written by hand, and what is wrong in
//! one is shown where it was written.

use super::super::catalogue::{Unique, bad_id};
use super::super::problem::Code;
use super::super::table::{Str, Table, Value, as_strings, wrong_type};
use super::super::words::{both, quote, suggest_one};
use super::name_form;
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};
use touchstone_model::text::Text;

/// More targets in one inventory are a mistake.
const MOST: usize = 10_000;
/// What says how targets are made, and is no part of one.
const OWN_KEYS: [&str; 3] = ["group", "each", "vars"];

/// One target, as if it had been written by hand.
pub(super) struct Member<'a> {
    pub content: DeTable<'a>,
    /// Where it was written.
    pub span: Range<usize>,
    pub group: Option<String>,
    /// Alike for all that were made of the same lines.
    pub origin: usize,
}

type Variables<'a> = BTreeMap<&'a str, &'a str>;

/// Every target of the inventory, in its order.
pub(super) fn members<'a>(top: &Table<'a>) -> Vec<Member<'a>> {
    let targets = top.tables("target", &Text::new("[[target]]", "[[target]]"));
    if targets.is_empty() {
        top.missing_tables("target");
    }
    let groups = groups(top);
    let mut used = HashSet::new();
    let mut members: Vec<Member<'a>> = Vec::new();
    for (origin, table) in targets.into_iter().enumerate() {
        let group = table.string_opt("group", "\"web\"");
        let shared = group.as_ref().and_then(|group| group_of(&table, group, &groups));
        used.extend(shared.map(|group| group.name.value));
        let mut variables = shared.map(|group| group.variables.clone()).unwrap_or_default();
        variables.extend(self::variables(&table));
        let each = each(&table);
        let apart = names_tell_apart(&table, &each);
        let mut content = without_own(table.content());
        if let Some(group) = shared {
            fill(&mut content, &group.content);
        }
        let group = shared.map(|group| group.name.value.to_owned());
        for combination in combinations(&each).into_iter().take(if apart { usize::MAX } else { 1 }) {
            if members.len() == MOST {
                let message = both!("目标超过{MOST}个", "more than {MOST} targets");
                top.sink.report(
                    Code::BadValue,
                    table.span.clone(),
                    message,
                    Text::new("分成几份清单", "make several inventories of it"),
                );
                return members;
            }
            let mut known: BTreeMap<&str, String> = variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
            known.extend(combination);
            let content = if known.is_empty() { content.clone() } else { put_in(&content, &known, top) };
            members.push(Member { content, span: table.span.clone(), group: group.clone(), origin });
        }
    }
    for group in groups.iter().filter(|group| !used.contains(group.name.value)) {
        let shown = quote(group.name.value);
        let message = both!("没有目标属于组{shown}", "no target is in group {shown}");
        let name = group.name.value;
        let help =
            both!("删去这个组，或在目标里写 group = \"{name}\"", "take the group out, or write group = \"{name}\" in a target");
        top.sink.report(Code::BadValue, group.name.span.clone(), message, help);
    }
    members
}

struct Group<'a> {
    name: Str<'a>,
    variables: Variables<'a>,
    content: DeTable<'a>,
}

fn groups<'a>(top: &Table<'a>) -> Vec<Group<'a>> {
    let mut names = Unique::new(top.sink);
    let read = |table: Table<'a>| {
        let name = table.string("name", "\"web\"")?;
        let (variables, mut content) = (variables(&table), without_own(table.content()));
        content.remove("name");
        for key in ["group", "each"] {
            if let Some(value) = table.value(key) {
                let message = both!("组里不能写`{key}`", "a group has no `{key}`");
                table.sink.report(Code::UnknownKey, value.span(), message, Text::new("写在目标里", "write it in a target"));
            }
        }
        Some(Group { name, variables, content })
    };
    let groups: Vec<Group<'a>> = top.tables("group", &Text::new("[[group]]", "[[group]]")).into_iter().filter_map(read).collect();
    for group in &groups {
        if !super::is_target_name(group.name.value) {
            bad_id(top.sink, &group.name, name_form());
        }
        names.note(&group.name, ("组", "group"));
    }
    groups
}

fn group_of<'g, 'a>(table: &Table<'a>, name: &Str<'a>, groups: &'g [Group<'a>]) -> Option<&'g Group<'a>> {
    let found = groups.iter().find(|group| group.name.value == name.value);
    if found.is_none() {
        let shown = quote(name.value);
        let otherwise = both!("加上[[group]]，name = {shown}", "add a [[group]] of the name {shown}");
        let help = suggest_one(name.value, groups.iter().map(|group| group.name.value), otherwise);
        table.sink.report(Code::UnknownGroup, name.span.clone(), both!("没有组{shown}", "there is no group {shown}"), help);
    }
    found
}

/// `vars = { rack = "a" }`.
fn variables<'a>(table: &Table<'a>) -> Variables<'a> {
    let Some(vars) = table.table_opt("vars", both!("`vars`", "`vars`"), r#"{ rack = "a" }"#) else { return Variables::new() };
    let value = |(name, value): (Str<'a>, &'a Value<'a>)| {
        check_variable(&vars, &name)?;
        match value.get_ref() {
            DeValue::String(text) => {
                vars.sink.reveal(value.span());
                Some((name.value, text.as_ref()))
            }
            other => wrong_type(vars.sink, value.span(), name.value, other, ("字符串", "a string"), "\"...\""),
        }
    };
    vars.entries().into_iter().filter_map(value).collect()
}

fn check_variable(table: &Table<'_>, name: &Str<'_>) -> Option<()> {
    if is_variable(name.value) {
        return Some(());
    }
    let shown = quote(name.value);
    let message = both!("变量名{shown}的形式不对", "{shown} is no name of a variable");
    let help =
        Text::new("小写字母、数字和下划线，以字母开头", "lower-case letters, digits and underscores, beginning with a letter");
    table.sink.report(Code::BadId, name.span.clone(), message, help);
    None
}

fn is_variable(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// `each = { n = "01-20", rack = ["a", "b"] }`: the values of each variable.
fn each<'a>(table: &Table<'a>) -> Vec<(&'a str, Vec<String>)> {
    let example = r#"{ n = "01-20" }"#;
    let Some(each) = table.table_opt("each", both!("`each`", "`each`"), example) else { return Vec::new() };
    let values = |(name, value): (Str<'a>, &'a Value<'a>)| {
        check_variable(&each, &name)?;
        let values = match value.get_ref() {
            DeValue::String(range) => {
                each.sink.reveal(value.span());
                numbers(range).or_else(|| bad_range(&each, value.span(), range))?
            }
            _ => as_strings(each.sink, value, name.value, r#"["a", "b"]"#).iter().map(|s| s.value.to_owned()).collect(),
        };
        Some((name.value, values))
    };
    each.entries().into_iter().filter_map(values).collect()
}

fn bad_range<T>(table: &Table<'_>, span: Range<usize>, range: &str) -> Option<T> {
    let shown = quote(range);
    let message = both!("{shown}不是范围", "{shown} is no range");
    let help = both!(
        "写成\"01-20\"（从小到大，最多{MOST}个），或写出各个值：[\"a\", \"b\"]",
        "write \"01-20\" (upwards, at most {MOST}), or the values: [\"a\", \"b\"]"
    );
    table.sink.report(Code::BadValue, span, message, help);
    None
}

/// `from-to`, both included; as many digits as the first has at least.
fn numbers(range: &str) -> Option<Vec<String>> {
    let (from, to) = range.split_once('-')?;
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u32>().ok()).flatten();
    let (first, last) = (number(from)?, number(to)?);
    let few = last.checked_sub(first).is_some_and(|more| (more as usize) < MOST);
    few.then(|| (first..=last).map(|n| format!("{n:0width$}", width = from.len())).collect())
}

/// Every choice of one value a variable; one empty choice where there is none to make.
fn combinations<'a>(each: &[(&'a str, Vec<String>)]) -> Vec<Vec<(&'a str, String)>> {
    let mut all = vec![Vec::new()];
    for (name, values) in each {
        // No more than are told of as too many.
        let longer = |one: Vec<(&'a str, String)>| {
            values.iter().map(move |value| one.iter().cloned().chain([(*name, value.clone())]).collect::<Vec<_>>())
        };
        all = all.into_iter().flat_map(longer).take(MOST + 1).collect();
    }
    all
}

/// Targets made of the same lines need different names.
fn names_tell_apart(table: &Table<'_>, each: &[(&str, Vec<String>)]) -> bool {
    let Some(name) = table.string_opt("name", "\"web-{n}\"") else { return true };
    let missing = each.iter().find(|(variable, _)| !name.value.contains(&format!("{{{variable}}}")));
    if let Some((variable, _)) = missing {
        let message =
            both!("名称里没有{{{variable}}}，各目标会同名", "the name has no {{{variable}}}: all would be called alike");
        let help = both!("例如 name = \"web-{{{variable}}}\"", "for example name = \"web-{{{variable}}}\"");
        table.sink.report(Code::Duplicate, name.span.clone(), message, help);
    }
    missing.is_none()
}

fn without_own<'a>(table: &DeTable<'a>) -> DeTable<'a> {
    let own = |key: &Spanned<DeString<'_>>| OWN_KEYS.contains(&key.get_ref().as_ref());
    table.iter().filter(|(key, _)| !own(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// What the target says itself comes before what its group says, key by key.
fn fill<'a>(own: &mut DeTable<'a>, shared: &DeTable<'a>) {
    for (key, value) in shared {
        match (own.get_mut(key.get_ref().as_ref()).map(Spanned::get_mut), value.get_ref()) {
            (Some(DeValue::Table(own)), DeValue::Table(shared)) => fill(own, shared),
            (Some(_), _) => {}
            (None, _) => {
                own.insert(key.clone(), value.clone());
            }
        }
    }
}

fn put_in<'a>(table: &DeTable<'a>, known: &BTreeMap<&str, String>, top: &Table<'a>) -> DeTable<'a> {
    table.iter().map(|(key, value)| (key.clone(), put_in_value(value, known, top))).collect()
}

fn put_in_value<'a>(value: &Value<'a>, known: &BTreeMap<&str, String>, top: &Table<'a>) -> Value<'a> {
    let new = match value.get_ref() {
        DeValue::String(text) => DeValue::String(DeString::Owned(replaced(text, known).unwrap_or_else(|word| {
            let shown = quote(&word);
            let message = both!("没有变量{shown}", "there is no variable {shown}");
            let otherwise =
                Text::new("在vars或each里写出它；花括号本身写成{{", "set it in vars or each; a brace itself is written {{");
            top.sink.report(Code::UnknownVariable, value.span(), message, suggest_one(&word, known.keys().copied(), otherwise));
            text.to_string()
        }))),
        DeValue::Array(items) => DeValue::Array(items.iter().map(|item| put_in_value(item, known, top)).collect()),
        DeValue::Table(table) => DeValue::Table(put_in(table, known, top)),
        other => other.clone(),
    };
    Spanned::new(value.span(), new)
}

/// `text` with the values of its variables, or the first that is not known. `{{` is a brace.
fn replaced(text: &str, known: &BTreeMap<&str, String>) -> Result<String, String> {
    let mut done = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        done.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('{') {
            done.push('{');
            rest = after;
        } else if let Some((word, after)) = rest.split_once('}').filter(|(word, _)| is_variable(word)) {
            done.push_str(known.get(word).ok_or_else(|| word.to_owned())?);
            rest = after;
        } else {
            done.push('{');
        }
    }
    done.push_str(rest);
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_keep_their_digits() {
        assert_eq!(numbers("08-11").unwrap_or_default(), ["08", "09", "10", "11"]);
        assert_eq!(numbers("9-10").unwrap_or_default(), ["9", "10"]);
        for bad in ["", "-", "1", "2-1", "1-", "-1", "a-b", "1-10001", "1-99999999999", "+1-2"] {
            assert_eq!(numbers(bad), None, "{bad}");
        }
    }

    #[test]
    fn variables_stand_for_their_values_and_braces_for_themselves() {
        let known = BTreeMap::from([("n", "7".to_owned()), ("rack", "a".to_owned())]);
        assert_eq!(replaced("{rack}-{n}{n}", &known).as_deref(), Ok("a-77"));
        assert_eq!(replaced("{{n} {\"a\": 1} {", &known).as_deref(), Ok("{n} {\"a\": 1} {"));
        assert_eq!(replaced("x{nn}", &known), Err("nn".to_owned()));
    }

    #[test]
    fn too_many_are_not_made() {
        let values: Vec<String> = (0..5_000).map(|n| n.to_string()).collect();
        let each = [("a", values.clone()), ("b", values.clone()), ("c", values)];
        assert_eq!(combinations(&each).len(), MOST + 1);
    }
}
