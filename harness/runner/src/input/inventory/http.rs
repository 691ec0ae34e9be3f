//! HTTP endpoints and who may log in to them.

use super::super::problem::Code;
use super::super::table::{Table, as_string};
use super::{address, file, named, secret};
use std::path::Path;
use touchstone_model::inventory::HttpSpec;
use touchstone_model::text::Text;

pub(super) fn read(table: Table<'_>, dir: &Path) -> HttpSpec {
    let mut spec = HttpSpec { ca_file: file(&table, "ca_file", dir), ..HttpSpec::default() };
    spec.insecure = table.boolean("insecure").unwrap_or_default();
    if let (true, true, Some(value)) = (spec.insecure, spec.ca_file.is_some(), table.value("insecure")) {
        let message =
            Text::new("insecure会接受任何证书，ca_file不起作用", "insecure accepts any certificate: ca_file has no effect");
        let help = Text::new("只保留一个", "keep only one of them");
        table.sink.report(Code::Conflict, value.span(), message, help);
    }
    let example = r#"{ application = "http://host:8080/" }"#;
    let what = Text::new("[target.http.endpoints]", "[target.http.endpoints]");
    let endpoints = table.required("endpoints", example);
    if let Some(endpoints) = endpoints.and_then(|value| Table::of(table.sink, value, "endpoints", what, example)) {
        let entries = named(&endpoints);
        if entries.is_empty() {
            let message = Text::new("没有端点", "there is no endpoint");
            let help = Text::new("加上 application = \"http://主机:端口/\"", "add application = \"http://host:port/\"");
            table.sink.report(Code::BadValue, endpoints.span.clone(), message, help);
        }
        for (name, value) in entries {
            let url = as_string(endpoints.sink, value, name.value, "\"http://host:port/\"");
            let url = url.and_then(|text| address::http_url(endpoints.sink, &text));
            spec.endpoints.extend(url.map(|url| (name.value.to_owned(), url)));
        }
    }
    let what = Text::new("[target.http.credentials]", "[target.http.credentials]");
    if let Some(credentials) = table.table_opt("credentials", what, r#"{ console = { user = "..." } }"#) {
        for (name, value) in named(&credentials) {
            let credential = secret::credential(&credentials, name.value, value, dir);
            spec.credentials.extend(credential.map(|credential| (name.value.to_owned(), credential)));
        }
    }
    table.finish();
    spec
}
