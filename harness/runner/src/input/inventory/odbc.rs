//! How an ODBC driver is found and what it is told.

use super::super::problem::Code;
use super::super::table::{Table, as_string};
use super::super::words::both;
use super::resolve;
use std::path::Path;
use touchstone_model::inventory::OdbcSpec;
use touchstone_model::text::Text;

/// Attributes that drivers take a password by.
const PASSWORDS: [&str; 3] = ["pwd", "password", "pass"];
const EXAMPLE: &str = r#"{ SERVER = "10.0.0.1" }"#;

pub(super) fn read(table: &Table<'_>, dir: &Path) -> Option<OdbcSpec> {
    let driver = table.string_opt("driver", "\"libdodbc.so\"");
    let dsn = table.string_opt("dsn", "\"dm8\"");
    match (&driver, &dsn) {
        (None, None) if table.value("driver").is_none() && table.value("dsn").is_none() => {
            table.missing("driver", "\"libdodbc.so\"");
        }
        (Some(_), Some(dsn)) => {
            let message = Text::new("driver和dsn只能写一个", "driver and dsn exclude each other");
            table.sink.report(Code::Conflict, dsn.span.clone(), message, Text::new("只保留一个", "keep only one of them"));
        }
        _ => {}
    }
    let key = |key: &'static str, otherwise: &str| {
        table.string_opt(key, &format!("\"{otherwise}\"")).map_or(otherwise.to_owned(), |word| word.value.to_owned())
    };
    let (user_key, password_key) = (key("user_key", "UID"), key("password_key", "PWD"));
    let options = options(table, &password_key);
    if driver.is_none() && dsn.is_none() {
        return None;
    }
    // A path is taken from the inventory's folder; a bare name is one of odbcinst.ini.
    let driver = driver.map(|driver| match driver.value.contains('/') {
        true => resolve(dir, driver.value).to_string_lossy().into_owned(),
        false => driver.value.to_owned(),
    });
    Some(OdbcSpec { driver, dsn: dsn.map(|dsn| dsn.value.to_owned()), options, user_key, password_key })
}

fn options(table: &Table<'_>, password_key: &str) -> Vec<(String, String)> {
    let what = Text::new("[target.sql.options]", "[target.sql.options]");
    let Some(options) = table.table_opt("options", what, EXAMPLE) else { return Vec::new() };
    let mut found = Vec::new();
    for (key, value) in options.entries() {
        let lower = key.value.to_lowercase();
        if PASSWORDS.contains(&lower.as_str()) || lower == password_key.to_lowercase() {
            table.sink.hide(value.span());
            let message = Text::new("口令不能直接写在清单里", "a password must not stand in the inventory itself");
            let help =
                Text::new("写在角色里：password = { env = \"变量名\" }", "write it with the role: password = { env = \"NAME\" }");
            table.sink.report(Code::PlainSecret, value.span(), message, help);
            continue;
        }
        if key.value.contains([';', '=', '{', '}']) {
            let message =
                both!("选项名里不能有分号、等号和花括号", "the name of an option has no semicolon, equals sign or brace");
            table.sink.report(Code::BadId, key.span.clone(), message, both!("写成 {EXAMPLE}", "write {EXAMPLE}"));
            continue;
        }
        if let Some(text) = as_string(table.sink, value, key.value, "\"...\"") {
            found.push((key.value.to_owned(), text.value.to_owned()));
        }
    }
    found
}
