//! `touchstone.lock` beside a suite, and the `.sig` file beside a component: read and written here.

use super::catalogue::{Unique, word_of};
use super::document::{Sink, unreadable, walk};
use super::problem::{BadInput, Code};
use super::source;
use super::table::{Str, Table};
use super::words::both;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write as _;
use std::path::Path;
use touchstone_model::digest::Digest;
use touchstone_model::text::Text;
use touchstone_seal::Ed25519Public;
use touchstone_seal::plugin::Role;

/// File name of a lock beside the suite.
pub const LOCK: &str = "touchstone.lock";
/// What a signature's file is called: the component's name and this.
pub const SIGNATURE: &str = ".sig";

/// What a suite's owner trusts, and what it was found to be.
#[derive(Clone, Debug, Default)]
pub struct Lock {
    /// Who may sign what.
    pub roots: Vec<Root>,
    /// The components, as pinned.
    pub pins: Vec<Pin>,
    /// The file itself.
    pub bytes: Vec<u8>,
}

/// A key and the one thing that it is trusted for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// Checks or adapters, never both.
    pub role: Role,
    /// The publisher's name, for people.
    pub name: String,
    /// Public key.
    pub key: Ed25519Public,
}

/// One component as it was when it was locked, with its publisher's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// File name without `.wasm`.
    pub name: String,
    /// What it was signed as.
    pub role: Role,
    /// Of the file.
    pub sha256: Digest,
    /// The publisher's key.
    pub key: Ed25519Public,
    /// Over role, name and digest.
    pub signature: Vec<u8>,
}

/// Reads a lock.
pub fn load_lock(path: &Path) -> Result<Lock, BadInput> {
    let name = path.display().to_string();
    let file = source::read(path).map_err(|error| unreadable(&name, &error, false))?;
    let walked = walk(&file.name, &file.text, false, |top| Some(lock(top)));
    BadInput::unless_empty(walked.problems)?;
    Ok(Lock { bytes: file.bytes, ..walked.value.unwrap_or_default() })
}

/// Reads a signature's file.
pub fn load_signature(path: &Path) -> Result<Pin, BadInput> {
    let name = path.display().to_string();
    let file = source::read(path).map_err(|error| unreadable(&name, &error, false))?;
    let walked = walk(&file.name, &file.text, false, |top| {
        top.schema();
        let pin = pin(top);
        top.finish();
        pin
    });
    BadInput::unless_empty(walked.problems)?;
    walked.value.ok_or_else(|| BadInput { problems: Vec::new() })
}

/// A lock as text; the same lock gives the same bytes.
pub fn render_lock(lock: &Lock) -> String {
    let mut out = "# Written by `touchstone plugin trust` and `touchstone plugin lock`. Keep it with the suite: it says whose\n\
                   # components may run, and exactly which.\nschema = 1\n"
        .to_owned();
    for Root { role, name, key } in &lock.roots {
        let _ = write!(
            out,
            "\n[[trust]]\nrole = \"{}\"\nname = {}\nkey = \"{}\"\n",
            role.name(),
            quoted(name),
            base64(&key.to_bytes())
        );
    }
    for pin in &lock.pins {
        out.push_str("\n[[plugin]]\n");
        out.push_str(&pin_lines(pin));
    }
    out
}

/// A signature's file as text.
pub fn render_signature(pin: &Pin) -> String {
    format!("# The publisher's signature, by `touchstone plugin sign`.\nschema = 1\n{}", pin_lines(pin))
}

fn pin_lines(Pin { name, role, sha256, key, signature }: &Pin) -> String {
    format!(
        "name = \"{name}\"\nrole = \"{}\"\nsha256 = \"{sha256}\"\nkey = \"{}\"\nsignature = \"{}\"\n",
        role.name(),
        base64(&key.to_bytes()),
        base64(signature),
    )
}

fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn lock(top: &Table<'_>) -> Lock {
    top.schema();
    let roots = top.tables("trust", &Text::new("[[trust]]", "[[trust]]"));
    let roots = roots.iter().filter_map(|table| {
        let (role, name) = (role(table), table.string("name", "\"...\""));
        let key = table.string("key", KEY).and_then(|word| key(table.sink, &word));
        table.finish();
        Some(Root { role: role?, name: name?.value.to_owned(), key: key? })
    });
    let roots = roots.collect();
    let mut names = Unique::new(top.sink);
    let pins = top.tables("plugin", &Text::new("[[plugin]]", "[[plugin]]"));
    let pins = pins.iter().filter_map(|table| {
        if let Some(name) = table.string("name", "\"os\"") {
            names.note(&name, ("插件", "plugin"));
        }
        let pin = pin(table);
        table.finish();
        pin
    });
    let pins = pins.collect();
    top.finish();
    Lock { roots, pins, bytes: Vec::new() }
}

fn pin(table: &Table<'_>) -> Option<Pin> {
    let name = table.string("name", "\"os\"");
    let role = role(table);
    let sha256 = table.string("sha256", "\"...\"").and_then(|word| {
        let hex = word.value.len() == 64 && word.value.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if !hex {
            let message = Text::new("不是SHA-256", "this is no SHA-256");
            let help = Text::new("64个小写十六进制字符", "64 lower-case hexadecimal characters");
            table.sink.report(Code::BadValue, word.span.clone(), message, help);
        }
        hex.then(|| Digest(word.value.to_owned()))
    });
    let key = table.string("key", KEY).and_then(|word| key(table.sink, &word));
    let signature = table.string("signature", KEY).and_then(|word| bytes(table.sink, &word));
    Some(Pin { name: name?.value.to_owned(), role: role?, sha256: sha256?, key: key?, signature: signature? })
}

const KEY: &str = "\"...\"";

fn role(table: &Table<'_>) -> Option<Role> {
    let word = table.string("role", "\"check\"")?;
    let roles = [Role::Check, Role::Adapter].map(Role::name);
    word_of(table.sink, &word, &roles, ("角色", "role"));
    Role::of(word.value)
}

fn key(sink: &Sink, word: &Str<'_>) -> Option<Ed25519Public> {
    let key = Ed25519Public::from_bytes(&bytes(sink, word)?);
    if key.is_none() {
        let message = Text::new("不是Ed25519公钥", "this is no public Ed25519 key");
        let help = both!("用 touchstone plugin trust 写入", "have it written by `touchstone plugin trust`");
        sink.report(Code::BadKey, word.span.clone(), message, help);
    }
    key
}

fn bytes(sink: &Sink, word: &Str<'_>) -> Option<Vec<u8>> {
    let bytes = STANDARD.decode(word.value).ok();
    if bytes.is_none() {
        let message = Text::new("不是Base64", "this is no Base64");
        let help = both!("用 touchstone plugin lock 重新生成", "have it written anew by `touchstone plugin lock`");
        sink.report(Code::BadKey, word.span.clone(), message, help);
    }
    bytes
}
