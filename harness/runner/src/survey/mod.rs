//! The environment of a run: what each target says of itself, so that a later run can be compared with this one. Only looks, and
//! only at targets that are tried anyway; nothing is decided by it, and what cannot be had is left out.

mod service;

use crate::journal::Journal;
use futures_util::future::join_all;
use std::collections::BTreeMap;
use std::time::Duration;
use touchstone_model::event::{Event, Survey};
use touchstone_probes::Target;
use touchstone_probes::shell::{Command, Status};
use touchstone_probes::sql::{Outcome, Value};

/// A part that says nothing within this time is left out.
const PATIENCE: Duration = Duration::from_secs(10);

/// One shell command a node: a section each, with its name in front. Only what stays as it is from one look to the next: a later run
/// is compared with it, and what differs is drift. Disks that come and go (loop devices, mapped and assembled ones) are no hardware.
const SCRIPT: &str = "section() { printf '\\n== %s\\n' \"$1\"; }
section kernel; uname -srvm
section architecture; uname -m
section machine; cat /sys/class/dmi/id/sys_vendor /sys/class/dmi/id/product_name 2>/dev/null | tr '\\n' ' '
section virtualisation; systemd-detect-virt 2>/dev/null
section command-line; cat /proc/cmdline
section system; sed -n 's/^PRETTY_NAME=//p' /etc/os-release
section processors; grep -c '^processor' /proc/cpuinfo
section processor; sed -n 's/^[Mm]odel [Nn]ame[[:space:]]*: //p; s/^cpu model[[:space:]]*: //p' /proc/cpuinfo | head -n 1
section processor-vendor; sed -n 's/^vendor_id[[:space:]]*: *//p; s/^CPU implementer[[:space:]]*: //p' /proc/cpuinfo | head -n 1
section memory; sed -n 's/^MemTotal:[[:space:]]*//p' /proc/meminfo
section swap; sed -n 's/^SwapTotal:[[:space:]]*//p' /proc/meminfo
section disks; grep -Ev ' (loop|ram|zram|sr|nbd|dm-|md|fd)[0-9]' /proc/partitions
section limits; ulimit -n
section time-zone; date +%Z
section selinux; cat /sys/fs/selinux/enforce 2>/dev/null
section vm.overcommit_memory; cat /proc/sys/vm/overcommit_memory
section vm.swappiness; cat /proc/sys/vm/swappiness
section kernel.randomize_va_space; cat /proc/sys/kernel/randomize_va_space
";

/// What a database says of itself, in whatever dialect answers.
const STATEMENTS: [(&str, &str); 8] = [
    ("version", "SELECT version()"),
    ("encoding", "SHOW server_encoding"),
    ("max-connections", "SHOW max_connections"),
    ("isolation", "SHOW transaction_isolation"),
    ("synchronous-commit", "SHOW synchronous_commit"),
    ("fsync", "SHOW fsync"),
    ("edition", "SELECT @@version_comment"),
    ("sql-mode", "SELECT @@sql_mode"),
];

/// Surveys a target; never fails, and waits for no part longer than its patience.
pub async fn survey(journal: &Journal, target: &Target) {
    let nodes = target.spec().shells.iter().map(|(name, _)| async move {
        let facts = tokio::time::timeout(PATIENCE, node(target, name)).await.unwrap_or_default();
        (name.clone(), facts)
    });
    let mut parts = join_all(nodes).await;
    let names = target.pinned_names().into_iter();
    let list = |addresses: Vec<std::net::IpAddr>| addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    parts.push(("names".to_owned(), names.map(|(name, addresses)| (name, list(addresses))).collect()));
    if target.spec().sql.is_some() {
        let facts = tokio::time::timeout(PATIENCE, database(target)).await.unwrap_or_default();
        parts.push(("database".to_owned(), facts));
    }
    let services = target.spec().http.iter().flat_map(|http| &http.endpoints).map(|(purpose, url)| async move {
        let facts = tokio::time::timeout(PATIENCE, service::facts(target, url)).await.unwrap_or_default();
        (format!("endpoint {purpose}"), facts)
    });
    parts.extend(join_all(services).await);
    for (part, facts) in parts.into_iter().filter(|(_, facts)| !facts.is_empty()) {
        let facts = facts.into_iter().map(|(name, value)| (name, target.redactor().text(&value))).collect();
        journal.append(Event::Surveyed(Survey { target: target.spec().name.clone(), part, facts }), Vec::new());
    }
}

async fn node(target: &Target, name: &str) -> BTreeMap<String, String> {
    let Ok(node) = target.shell(Some(name)).await else { return BTreeMap::new() };
    let mut command = Command::new(["sh", "-c", SCRIPT]);
    command.timeout = PATIENCE;
    command.output_limit = 64 * 1024;
    match node.run(command).await {
        Ok(output) if matches!(output.status, Status::Exited(_)) => sections(&String::from_utf8_lossy(&output.stdout)),
        _ => BTreeMap::new(),
    }
}

fn sections(text: &str) -> BTreeMap<String, String> {
    let named = text.split("\n== ").skip(1).filter_map(|section| section.split_once('\n'));
    let trimmed = named.map(|(name, value)| (name.to_owned(), value.trim().trim_matches('"').to_owned()));
    let shown = trimmed.map(|(name, value)| match name.as_str() {
        "memory" | "swap" => (name, rounded(&value)),
        _ => (name, value),
    });
    shown.filter(|(_, value)| !value.is_empty()).collect()
}

/// What a kernel counts as its memory differs by some pages from one start to the next: tenths of a GiB say enough.
fn rounded(value: &str) -> String {
    let kib = value.strip_suffix("kB").and_then(|number| number.trim().parse::<u64>().ok());
    kib.map_or_else(|| value.to_owned(), |kib| format!("{:.1} GiB", kib as f64 / f64::from(1 << 20)))
}

async fn database(target: &Target) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    let Some(role) = target.spec().sql.as_ref().and_then(|sql| sql.roles.keys().next()) else { return facts };
    for (name, statement) in STATEMENTS {
        // A session each: a refused statement may spoil the one it was sent in.
        let Ok(session) = target.sql(role).await else { return facts };
        if let Ok(Outcome::Done(reply)) = session.execute(statement, &[], Some(PATIENCE)).await
            && let Some(Value::Text(value)) = reply.rows.first().and_then(|row| row.first())
        {
            facts.insert(name.to_owned(), value.clone());
        }
        session.close().await;
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::sections;

    #[test]
    fn fuzz_sections() {
        touchstone_fuzz::fuzz(&[b"\n== kernel\nLinux 6.1\n\n== system\n\"Debian\"\n"], &["\n== ", "\n", "\"", "=="], |input| {
            let facts = sections(&String::from_utf8_lossy(input));
            assert!(facts.values().all(|value| !value.is_empty()));
            facts.len().min(9)
        });
    }

    #[test]
    fn what_says_nothing_is_left_out() {
        let facts =
            sections("\n== kernel\nLinux 6.1\n\n== system\n\"Debian\"\n\n== swap\n\n== disks\na\nb\n== memory\n16303384 kB\n");
        let facts: Vec<(&str, &str)> = facts.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(facts, [("disks", "a\nb"), ("kernel", "Linux 6.1"), ("memory", "15.5 GiB"), ("system", "Debian")]);
    }
}
