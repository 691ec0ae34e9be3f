//! Shells: on this machine, over SSH, through other hosts.

use super::super::catalogue::word_of;
use super::super::problem::Code;
use super::super::table::{Table, wrong_type};
use super::super::words::both;
use super::{address, file, named, resolve, secret};
use std::path::{Path, PathBuf};
use toml::de::DeValue;
use touchstone_model::inventory::{ShellSpec, SshAuth, SshSpec, SudoSpec, Transport};
use touchstone_model::text::Text;

const LOCAL: &str = r#"{ transport = "local" }"#;
/// More hosts in a row are a mistake.
const MAX_JUMPS: usize = 8;

/// Every node with its shell: the only one is called as the target.
pub(super) fn shells(target: &Table<'_>, name: &str, dir: &Path) -> Vec<(String, ShellSpec)> {
    let one = target.table_opt("shell", Text::new("[target.shell]", "[target.shell]"), LOCAL);
    let nodes = target.table_opt("nodes", Text::new("[target.nodes]", "[target.nodes]"), "{ n1 = { ... } }");
    let (has_one, has_nodes) = (one.is_some(), nodes.is_some());
    let mut found = Vec::new();
    if let Some(spec) = one.and_then(|table| shell(table, dir)) {
        found.push((name.to_owned(), spec));
    }
    if let Some(nodes) = nodes {
        if has_one && has_nodes {
            let message = Text::new("shell和nodes只能写一个", "shell and nodes exclude each other");
            let help = Text::new("把shell也写成nodes中的一个节点", "make the shell one of the nodes");
            let span = nodes.entries().first().map_or(nodes.span.clone(), |(key, _)| key.span.clone());
            nodes.sink.report(Code::Conflict, span, message, help);
        }
        for (node, value) in named(&nodes) {
            let node = node.value;
            let what = both!("[target.nodes.{node}]", "[target.nodes.{node}]");
            let spec = Table::of(nodes.sink, value, node, what, LOCAL).and_then(|table| shell(table, dir));
            found.extend(spec.map(|spec| (node.to_owned(), spec)));
        }
    }
    found
}

fn shell(table: Table<'_>, dir: &Path) -> Option<ShellSpec> {
    let transport = table.string("transport", "\"local\" / \"ssh\"");
    let enter = table.strings_opt("enter", r#"["chroot", "/x"]"#).into_iter().map(|word| word.value.to_owned()).collect();
    let sudo = sudo(&table, dir);
    let transport = match transport.as_ref().map(|word| word.value) {
        Some("local") => Some(Transport::Local),
        Some("ssh") => ssh(&table, dir, 0).map(|spec| Transport::Ssh(Box::new(spec))),
        _ => {
            // Which keys belong here cannot be told without it.
            table.allow(&["address", "port", "user", "key", "agent", "password", "known_hosts", "jump"]);
            if let Some(word) = &transport {
                word_of(table.sink, word, &["local", "ssh"], ("传输方式", "transport"));
            }
            None
        }
    };
    table.finish();
    Some(ShellSpec { transport: transport?, enter, sudo })
}

fn sudo(table: &Table<'_>, dir: &Path) -> Option<SudoSpec> {
    let sudo = table.table_opt("sudo", both!("`sudo`", "`sudo`"), r#"{} / { password = { env = "NAME" } }"#)?;
    let password = secret::read(&sudo, "password", dir);
    sudo.finish();
    Some(SudoSpec { password })
}

/// The keys of an SSH server in `table`, which the caller finishes.
fn ssh(table: &Table<'_>, dir: &Path, depth: usize) -> Option<SshSpec> {
    let address = address::host(table, "address");
    let port = address::port(table, 22);
    let user = table.string("user", "\"root\"");
    let known_hosts = file(table, "known_hosts", dir).unwrap_or_else(|| resolve(dir, "~/.ssh/known_hosts"));
    let auth = auth(table, dir);
    let jump = jump(table, dir, depth + 1);
    Some(SshSpec { address: address?, port: port?, user: user?.value.to_owned(), auth, known_hosts, jump: jump.map(Box::new) })
}

fn jump(table: &Table<'_>, dir: &Path, depth: usize) -> Option<SshSpec> {
    let jump = table.table_opt("jump", both!("`jump`", "`jump`"), r#"{ address = "...", user = "..." }"#)?;
    if depth > MAX_JUMPS {
        let message = both!("跳板超过{MAX_JUMPS}层", "more than {MAX_JUMPS} hosts to jump through");
        jump.sink.report(Code::BadValue, jump.span.clone(), message, Text::new("减少跳板", "use fewer"));
        return None;
    }
    let spec = ssh(&jump, dir, depth);
    jump.finish();
    spec
}

fn auth(table: &Table<'_>, dir: &Path) -> Vec<SshAuth> {
    let mut ways = Vec::new();
    ways.extend(key(table, dir));
    ways.extend(agent(table, dir));
    ways.extend(secret::read(table, "password", dir).map(SshAuth::Password));
    if ["key", "agent", "password"].iter().all(|way| table.value(way).is_none()) {
        table.missing("key", r#"{ file = "path" } / agent = true / password = { env = "NAME" }"#);
    }
    ways
}

fn key(table: &Table<'_>, dir: &Path) -> Option<SshAuth> {
    let key = table.table_opt("key", both!("`key`", "`key`"), r#"{ file = "path" }"#)?;
    let path = key.string("file", "\"path\"");
    let passphrase = secret::read(&key, "passphrase", dir);
    key.finish();
    Some(SshAuth::Key { file: resolve(dir, path?.value), passphrase })
}

fn agent(table: &Table<'_>, dir: &Path) -> Option<SshAuth> {
    let value = table.value("agent")?;
    let socket: Option<PathBuf> = match value.get_ref() {
        DeValue::Boolean(true) => None,
        DeValue::Boolean(false) => return None,
        DeValue::String(path) if !path.trim().is_empty() => Some(resolve(dir, path)),
        other => {
            let wanted = ("true或套接字路径", "true or the path of a socket");
            return wrong_type(table.sink, value.span(), "agent", other, wanted, "true");
        }
    };
    Some(SshAuth::Agent(socket))
}
