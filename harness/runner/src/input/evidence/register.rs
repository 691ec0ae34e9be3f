//! The register of documents, `evidence.toml` beside the documents themselves.

use super::super::days::{day, in_order, required_day};
use super::super::document::{unreadable, walk};
use super::super::problem::{BadInput, Code};
use super::super::source;
use super::super::suite::folder_of;
use super::super::table::{Str, Table};
use super::super::words::{both, quote, suggest};
use super::slots::slot_named;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use toml::de::DeValue;
use touchstone_model::digest::Digest;
use touchstone_model::evidence::{Document, FileState, Register, Slot};
use touchstone_model::suite::AspectRef;
use touchstone_model::text::Text;

/// A register without mistakes; the files it names were looked at.
#[derive(Clone, Debug, Default)]
pub struct LoadedRegister {
    /// What was handed in.
    pub register: Register,
}

/// Reads a register and the digests of the files it names.
pub fn load_register(path: &Path, slots: &[Slot]) -> Result<LoadedRegister, BadInput> {
    let name = path.display().to_string();
    let file = source::read(path).map_err(|error| unreadable(&name, &error, false))?;
    let dir = folder_of(path);
    let known: Vec<&AspectRef> = slots.iter().map(|slot| &slot.aspect).collect();
    let roles: BTreeSet<&str> = slots.iter().map(|slot| slot.holder.as_str()).collect();
    let walked = walk(&file.name, &file.text, false, |top| {
        top.schema();
        let period = top.table_opt(
            "service_period",
            both!("`service_period`", "`service_period`"),
            "{ from = \"2026-01-01\", until = \"2026-12-31\" }",
        );
        let service = period.and_then(|table| {
            let (from, until) = (required_day(&table, "from"), required_day(&table, "until"));
            table.finish();
            in_order(&table, from, until);
            Some((from?.to_string(), until?.to_string()))
        });
        let holders = holders(top, &roles);
        let tables = top.tables("document", &Text::new("[[document]]", "[[document]]"));
        let documents = tables.into_iter().filter_map(|table| document(table, &known, &dir)).collect();
        top.finish();
        Some(Register { service, holders, documents })
    });
    BadInput::unless_empty(walked.problems)?;
    Ok(LoadedRegister { register: walked.value.unwrap_or_default() })
}

/// `text`, a register or nothing, with another document at its end.
pub fn with_document(text: &str, document: &Document) -> String {
    let quoted = |value: &str| toml::Value::String(value.to_owned()).to_string();
    let mut out = if text.trim().is_empty() { "schema = 1\n".to_owned() } else { text.to_owned() };
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out += &format!("\n[[document]]\nslot = {}\n", quoted(&document.slot.to_string()));
    match &document.file {
        Some(file) => out += &format!("file = {}\n", quoted(file)),
        None => out += "confidential = true\n",
    }
    let mut line = |key: &str, value: &str| out += &format!("{key} = {}\n", quoted(value));
    line("sha256", &document.sha256.0);
    line("issuer", &document.issuer);
    line("holder", &document.holder);
    line("scope", &document.scope);
    line("from", &document.from);
    let optional = [("until", &document.until), ("attested_by", &document.attested_by), ("attested_on", &document.attested_on)];
    for (key, value) in optional {
        if let Some(value) = value {
            line(key, value);
        }
    }
    out
}

fn holders(top: &Table<'_>, roles: &BTreeSet<&str>) -> BTreeMap<String, String> {
    let example = "{ operator = \"...\" }";
    let Some(table) = top.table_opt("holders", Text::new("[holders]", "[holders]"), example) else { return BTreeMap::new() };
    let mut holders = BTreeMap::new();
    for (role, value) in table.entries() {
        let shown = quote(role.value);
        if !roles.contains(role.value) {
            let all: Vec<&str> = roles.iter().copied().collect();
            let message = both!("证据位中没有角色{shown}", "no slot has the role {shown}");
            top.sink.report(Code::UnknownWord, role.span.clone(), message, suggest(role.value, &all));
        }
        match value.get_ref() {
            DeValue::String(name) if !name.trim().is_empty() => {
                holders.insert(role.value.to_owned(), name.trim().to_owned());
            }
            _ => {
                let message = both!("{shown}应当是名称", "{shown} must be a name");
                top.sink.report(Code::WrongType, value.span(), message, Text::new("写成字符串", "write a string"));
            }
        }
    }
    holders
}

fn document(table: Table<'_>, slots: &[&AspectRef], dir: &Path) -> Option<Document> {
    let slot = table.string("slot", "\"MW-07/copyright\"").and_then(|word| slot_named(table.sink, &word, slots.iter().copied()));
    let file = table.string_opt("file", "\"files/certificate.pdf\"");
    let confidential = table.boolean("confidential").unwrap_or(false);
    let sha256 = digest(&table);
    let (issuer, holder, scope) =
        (table.string("issuer", "\"...\""), table.string("holder", "\"...\""), table.string("scope", "\"...\""));
    let (from, until) = (required_day(&table, "from"), day(&table, "until"));
    in_order(&table, from, until);
    let (attested_by, attested_on) = (table.string_opt("attested_by", "\"...\""), day(&table, "attested_on"));
    table.finish();
    if file.is_some() == confidential {
        let message = Text::new("file与confidential = true须恰好写一个", "exactly one of file and confidential = true is wanted");
        let help = Text::new(
            "保密材料只登记摘要；其他材料写文件路径",
            "a confidential document has its digest only, any other its file",
        );
        table.sink.report(Code::Conflict, table.span.clone(), message, help);
        return None;
    }
    let sha256 = sha256?;
    let state = match &file {
        None => FileState::DigestOnly,
        Some(file) => state(&table, file, dir, &sha256)?,
    };
    Some(Document {
        slot: slot?,
        file: file.map(|file| file.value.to_owned()),
        sha256,
        issuer: issuer?.value.to_owned(),
        holder: holder?.value.to_owned(),
        scope: scope?.value.to_owned(),
        from: from?.to_string(),
        until: until.map(|day| day.to_string()),
        attested_by: attested_by.map(|name| name.value.to_owned()),
        attested_on: attested_on.map(|day| day.to_string()),
        state,
    })
}

/// What became of the file; one outside the register's folder is a mistake, since it would not travel with it.
fn state(table: &Table<'_>, file: &Str<'_>, dir: &Path, sha256: &Digest) -> Option<FileState> {
    let path = Path::new(file.value);
    if path.components().any(|part| !matches!(part, std::path::Component::Normal(_))) {
        let message = Text::new("文件不在登记所在的目录内", "the file is not inside the register's folder");
        let help = Text::new("把文件放进该目录，写相对路径，不用..", "put it there and give its relative path, without ..");
        table.sink.report(Code::BadValue, file.span.clone(), message, help);
        return None;
    }
    let path = dir.join(path);
    Some(match std::fs::read(&path) {
        Ok(bytes) if Digest::of(&bytes) == *sha256 => FileState::Kept,
        Ok(_) => FileState::Changed,
        Err(_) => FileState::Missing,
    })
}

fn digest(table: &Table<'_>) -> Option<Digest> {
    let word = table.string("sha256", "\"<64 hexadecimal digits>\"")?;
    let fine = word.value.len() == 64 && word.value.bytes().all(|b| b.is_ascii_hexdigit());
    if !fine {
        let message = Text::new("不是SHA-256", "not a SHA-256");
        table.sink.report(Code::BadId, word.span, message, Text::new("64个十六进制字符", "64 hexadecimal digits"));
        return None;
    }
    Some(Digest(word.value.to_ascii_lowercase()))
}
