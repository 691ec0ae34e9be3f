//! Databases.

use super::super::catalogue::word_of;
use super::super::problem::Code;
use super::super::table::Table;
use super::{address, file, named, odbc, secret};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use touchstone_model::inventory::{SqlSpec, TlsMode};
use touchstone_model::text::Text;

const PROTOCOLS: [&str; 2] = ["postgresql", "odbc"];
const FAMILIES: [&str; 5] = ["postgres-like", "oracle-like", "mysql-like", "firebird-like", "standard"];
const TLS_MODES: [(&str, TlsMode); 3] =
    [("disable", TlsMode::Disable), ("require", TlsMode::Require), ("verify-full", TlsMode::VerifyFull)];

pub(super) fn read(table: Table<'_>, dir: &Path) -> Option<SqlSpec> {
    let protocol = table.string("protocol", "\"postgresql\"");
    if let Some(word) = &protocol {
        word_of(table.sink, word, &PROTOCOLS, ("协议", "protocol"));
    }
    let by_odbc = protocol.as_ref().is_some_and(|word| word.value == "odbc");
    let place = if by_odbc { Some(Place::default()) } else { place(&table, dir) };
    let odbc = by_odbc.then(|| odbc::read(&table, dir));
    let product = table.string_opt("product", "\"PostgreSQL\"");
    let family = table.string_opt("family", "\"postgres-like\"");
    if let Some(word) = &family {
        word_of(table.sink, word, &FAMILIES, ("SQL方言", "family of dialects"));
    }
    let roles = roles(&table, dir);
    table.finish();
    let Place { host, port, database, tls, ca_file } = place?;
    let odbc = match odbc {
        Some(None) => return None,
        Some(read) => read,
        None => None,
    };
    Some(SqlSpec {
        protocol: protocol?.value.to_owned(),
        host,
        port,
        database,
        tls,
        ca_file,
        odbc,
        product: product.map(|word| word.value.to_owned()),
        family: family.map(|word| word.value.to_owned()),
        roles,
    })
}

/// Where a server of the PostgreSQL protocol is.
#[derive(Default)]
struct Place {
    host: String,
    port: u16,
    database: String,
    tls: TlsMode,
    ca_file: Option<PathBuf>,
}

fn place(table: &Table<'_>, dir: &Path) -> Option<Place> {
    let host = address::host(table, "host");
    let port = address::port(table, 5432);
    let database = table.string("database", "\"postgres\"");
    let tls = tls(table);
    let ca_file = file(table, "ca_file", dir);
    Some(Place { host: host?, port: port?, database: database?.value.to_owned(), tls: tls?, ca_file })
}

fn tls(table: &Table<'_>) -> Option<TlsMode> {
    if table.value("tls").is_none() {
        return Some(TlsMode::default());
    }
    let word = table.string_opt("tls", "\"verify-full\"")?;
    word_of(table.sink, &word, &TLS_MODES.map(|(name, _)| name), ("TLS方式", "TLS mode"));
    TLS_MODES.iter().find(|(name, _)| *name == word.value).map(|(_, mode)| *mode)
}

fn roles(table: &Table<'_>, dir: &Path) -> BTreeMap<String, touchstone_model::inventory::Credential> {
    let example = r#"{ app = { user = "..." } }"#;
    let what = Text::new("[target.sql.roles]", "[target.sql.roles]");
    let Some(roles) = table.required("roles", example).and_then(|value| Table::of(table.sink, value, "roles", what, example))
    else {
        return BTreeMap::new();
    };
    let entries = named(&roles);
    if entries.is_empty() {
        let help = Text::new("加上[target.sql.roles.app]", "add [target.sql.roles.app]");
        table.sink.report(Code::BadValue, roles.span.clone(), Text::new("没有角色", "there is no role"), help);
    }
    entries
        .into_iter()
        .filter_map(|(name, value)| Some((name.value.to_owned(), secret::credential(&roles, name.value, value, dir)?)))
        .collect()
}
