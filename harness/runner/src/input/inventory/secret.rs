//! Where secrets are kept. What stands in the place of such a note is taken for the secret itself and never shown.

use super::super::problem::Code;
use super::super::table::{Table, Value};
use super::super::words::both;
use super::resolve;
use std::path::Path;
use toml::de::DeValue;
use touchstone_model::inventory::{Credential, SecretSource};
use touchstone_model::text::Text;

const EXAMPLE: &str = r#"{ env = "NAME" }"#;

/// The source of a secret, if `key` is there.
pub(super) fn read(table: &Table<'_>, key: &'static str, dir: &Path) -> Option<SecretSource> {
    let value = table.value(key)?;
    let sink = table.sink;
    if !matches!(value.get_ref(), DeValue::Table(_)) {
        sink.hide(value.span());
        let message = both!("`{key}`不能直接写在清单里", "`{key}` must not stand in the inventory itself");
        let help = both!(
            "写成 {key} = {{ env = \"变量名\" }} 或 {key} = {{ file = \"路径\" }}",
            "write {key} = {{ env = \"NAME\" }} or {key} = {{ file = \"path\" }}"
        );
        sink.report(Code::PlainSecret, value.span(), message, help);
        return None;
    }
    let source = Table::of(sink, value, key, both!("`{key}`", "`{key}`"), EXAMPLE)?.private();
    let env = source.string_opt("env", "\"NAME\"");
    let file = source.string_opt("file", "\"path\"");
    let neither = source.value("env").is_none() && source.value("file").is_none();
    source.finish();
    if neither {
        source.missing("env", "\"NAME\"");
    }
    match (env, file) {
        (Some(_), Some(file)) => {
            let message = Text::new("env和file只能写一个", "env and file exclude each other");
            sink.report(Code::Conflict, file.span, message, Text::new("只保留一个", "keep only one of them"));
            None
        }
        (Some(env), None) if !is_variable(env.value) => {
            // Somebody may have put the secret where the name of a variable belongs.
            sink.hide(env.span.clone());
            let message = Text::new("env的值不是环境变量名", "the value of env is no name of an environment variable");
            let help = Text::new(
                "写变量名：字母、数字和下划线，不以数字开头",
                "write the variable's name: letters, digits and underscores, not beginning with a digit",
            );
            sink.report(Code::BadValue, env.span, message, help);
            None
        }
        (Some(env), None) => Some(SecretSource::Env(env.value.to_owned())),
        (None, Some(file)) => Some(SecretSource::File(resolve(dir, file.value))),
        (None, None) => None,
    }
}

/// `{ user, password }` under a name.
pub(super) fn credential<'a>(table: &Table<'a>, name: &str, value: &'a Value<'a>, dir: &Path) -> Option<Credential> {
    let table = Table::of(table.sink, value, name, both!("`{name}`", "`{name}`"), r#"{ user = "..." }"#)?;
    let user = table.string("user", "\"app\"");
    let password = read(&table, "password", dir);
    table.finish();
    Some(Credential { user: user?.value.to_owned(), password })
}

fn is_variable(word: &str) -> bool {
    word.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
