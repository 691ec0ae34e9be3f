//! Controls of the database checks.

use crate::{Area, Control, Special, has, lacks, undecided};
use touchstone_lab::inventory::{Access, Target};
use touchstone_lab::roster::{self, Name};
use touchstone_lab::{Lab, MariaDb, PackageSource, Pair, PairKind, PatroniCluster, Postgres, SourceKind, Without};

pub const AREA: Area = Area {
    controls: CONTROLS,
    names: &[
        Name::Postgres,
        Name::PostgresArchiving,
        Name::PostgresBare,
        Name::Patroni,
        Name::MariaDbReplication,
        Name::Pgpool,
        Name::Databend,
        Name::Firebird,
        Name::MariaDb,
        Name::Sqlite,
        Name::OracleStandIn,
        Name::Liar,
    ],
    special,
};

/// A server that keeps nothing on disk, one on a machine without its client, on one whose package source does not have the product, and on one whose source
/// cannot be reached.
fn special(lab: &Lab) -> Result<Special, String> {
    if crate::clusters() {
        return pairs(lab);
    }
    let told = |e: touchstone_lab::LabError| e.to_string();
    let server = Postgres::start(lab).map_err(told)?;
    let without = Without::start(lab, &["psql"]).map_err(told)?;
    let other = PackageSource::start(lab, SourceKind::Good).map_err(told)?;
    let gone = PackageSource::start(lab, SourceKind::Gone).map_err(told)?;
    let entered = |name: &'static str, words: &[String]| -> Result<Target, String> {
        let mut target = roster::postgres(lab, name, &server, Vec::new()).map_err(told)?;
        if let Access::Server { enter, .. } = &mut target.access {
            *enter = words.to_vec();
        }
        Ok(target)
    };
    let mut targets = vec![
        entered("postgres-without-client", &without.enter)?,
        entered("postgres-other-source", &other.enter)?,
        entered("postgres-source-gone", &gone.enter)?,
    ];
    // It forgets its tables when it stops, and no table has a tablespace of its own.
    let bare = MariaDb::start_with(lab, &["--default-storage-engine=MEMORY", "--innodb-file-per-table=0"]).map_err(told)?;
    targets.extend(roster::mariadb(lab, ["mariadb-bare", "mariadb-bare-oracle"], &bare, &[]).map_err(told)?);
    let services: Vec<Box<dyn Send>> = vec![Box::new(bare), Box::new(without), Box::new(other), Box::new(gone)];
    let mut special = Special { targets, services };
    if crate::long() {
        performing(lab, &mut special, &server)?;
    }
    special.services.push(Box::new(server));
    Ok(special)
}

/// A small stock, and a load that a busy machine bears too, or does not for the reason named.
fn declared(mut target: Target, more: &[(&'static str, &str)]) -> Target {
    let usual = [
        ("database/performance.rate", "15"),
        ("database/performance.p99_ms", "5000"),
        ("database/performance.seconds", "6"),
        ("database/performance.connections", "1"),
        ("database/performance.districts", "2"),
        ("database/performance.customers", "60"),
        ("database/performance.items", "300"),
    ];
    for (name, value) in usual.iter().chain(more) {
        target.params.retain(|(known, _)| known != name);
        target.params.push((name, (*value).to_owned()));
    }
    target
}

/// Servers under load: as usual, with an objective that no server meets, with commits that take a tenth of a second each, and
/// with tables whose transactions are none.
fn performing(lab: &Lab, special: &mut Special, server: &Postgres) -> Result<(), String> {
    let told = |e: touchstone_lab::LabError| e.to_string();
    let usual = |name| roster::postgres(lab, name, server, Vec::new()).map_err(told);
    special.targets.push(declared(usual("postgres-performing")?, &[]));
    special.targets.push(declared(usual("postgres-hurried")?, &[("database/performance.p99_ms", "0.2")]));
    let slow = Postgres::start_with(lab, &["fsync = on", "commit_delay = 100000", "commit_siblings = 0"]).map_err(told)?;
    let target = roster::postgres(lab, "postgres-slow-commit", &slow, Vec::new()).map_err(told)?;
    // Ten a second is all that one connection can have, and no order comes sooner than after a tenth.
    special.targets.push(declared(target, &[("database/performance.p99_ms", "90"), ("database/performance.rate", "20")]));
    special.services.push(Box::new(slow));
    let mariadb = MariaDb::start(lab).map_err(told)?;
    let mut targets = roster::mariadb(lab, ["mariadb-performing", "mariadb-performing-oracle"], &mariadb, &[]).map_err(told)?;
    targets.truncate(1);
    let target = targets.remove(0);
    let mut careless = target.clone();
    careless.name = "mariadb-without-transactions".to_owned();
    if let Access::Server { sql, .. } = &mut careless.access
        && let Access::Odbc { options, .. } = &mut **sql
    {
        options.push(("INITSTMT", "SET default_storage_engine=MyISAM".to_owned()));
    }
    special.targets.push(declared(target, &[("database/performance.rate", "8")]));
    // The fifth order of each connection is rolled back.
    let more = [("database/performance.seconds", "12"), ("database/performance.connections", "2")];
    special.targets.push(declared(careless, &more));
    special.services.push(Box::new(mariadb));
    Ok(())
}

/// Pairs of servers that are no cluster, each for one check: what is done to them cannot be undone.
fn pairs(lab: &Lab) -> Result<Special, String> {
    let mut special = Special::default();
    for (name, kind) in [
        ("pair-careless", PairKind::Careless),
        ("pair-alone", PairKind::Attended),
        ("pair-attended", PairKind::Attended),
        ("pair-unfollowing", PairKind::Unfollowing),
    ] {
        let pair = Pair::start(lab, kind).map_err(|e| format!("{name}: {e}"))?;
        special.targets.push(pair.target(lab, name).map_err(|e| format!("{name}: {e}"))?);
        special.services.push(Box::new(pair));
    }
    let asynchronous = PatroniCluster::start_with(lab, false).map_err(|e| format!("patroni-asynchronous: {e}"))?;
    special.targets.push(asynchronous.target(lab, "patroni-asynchronous").map_err(|e| e.to_string())?);
    special.services.push(Box::new(asynchronous));
    Ok(special)
}

/// A table's file that comes and goes is no good neighbour for a backup of the whole server.
const BACKUPS: &str = "mariadb backups";

/// Where no product to be had here has a capability rightly (INSERT ALL with ELSE, nested tables), the passing side is a
/// stand-in that really does it. The liar keeps plain tables truly and says "done" to everything else.
const CONTROLS: &[Control] = &[
    has("database/triggers", "postgres"),
    lacks("database/triggers", "databend"),
    lacks("database/triggers", "mariadb"),
    lacks("database/triggers", "liar"),
    has("database/routines", "postgres"),
    has("database/routines", "mariadb"),
    lacks("database/routines", "sqlite"),
    lacks("database/routines", "liar"),
    has("database/packages", "mariadb-oracle"),
    lacks("database/packages", "postgres"),
    lacks("database/packages", "firebird"),
    lacks("database/packages", "liar"),
    has("database/arrays", "postgres"),
    lacks("database/arrays", "mariadb"),
    lacks("database/arrays", "liar"),
    has("database/nested-tables", "oracle-stand-in"),
    lacks("database/nested-tables", "postgres"),
    lacks("database/nested-tables", "liar"),
    has("database/dynamic-sql", "postgres"),
    has("database/dynamic-sql", "mariadb-oracle"),
    lacks("database/dynamic-sql", "sqlite"),
    lacks("database/dynamic-sql", "liar"),
    has("database/insert-all", "oracle-stand-in"),
    lacks("database/insert-all", "databend"),
    lacks("database/insert-all", "postgres"),
    lacks("database/insert-all", "liar"),
    has("database/multi-row-insert", "postgres"),
    has("database/multi-row-insert", "sqlite"),
    lacks("database/multi-row-insert", "firebird"),
    lacks("database/multi-row-insert", "liar"),
    has("database/monitoring", "postgres"),
    has("database/monitoring", "mariadb").alone("mariadb monitoring"),
    lacks("database/monitoring", "postgres-bare"),
    has("database/physical-backup", "postgres-archiving"),
    has("database/physical-backup", "mariadb").alone(BACKUPS),
    lacks("database/physical-backup", "postgres"),
    lacks("database/physical-backup", "postgres-bare"),
    has("database/offline-backup", "postgres"),
    has("database/offline-backup", "mariadb").alone(BACKUPS),
    lacks("database/offline-backup", "mariadb-bare").by(&["unharmed", "restored"]),
    has("database/partial-restore", "mariadb").alone(BACKUPS),
    lacks("database/partial-restore", "mariadb-bare").by(&["table", "tablespace"]),
    lacks("database/partial-restore", "postgres").by(&["table", "tablespace"]),
    // A table it has, by a declared procedure.
    lacks("database/partial-restore", "postgres-archiving").by(&["tablespace"]),
    has("database/logical-backup", "postgres"),
    lacks("database/logical-backup", "mariadb"),
    has("database/installation", "postgres"),
    has("database/installation", "mariadb"),
    lacks("database/installation", "postgres-other-source"),
    undecided("database/installation", "postgres-source-gone"),
    has("database/remote-client", "postgres"),
    has("database/remote-client", "mariadb"),
    lacks("database/remote-client", "postgres-without-client"),
    // One after the other: each disturbs the cluster, and waits until it is whole.
    has("database/replication", "patroni").alone("patroni"),
    lacks("database/replication", "pair-unfollowing").by(&["copied"]),
    has("database/switchover", "patroni").alone("patroni"),
    // The standby is promoted, and nobody tells the old primary.
    lacks("database/switchover", "pair-attended").by(&["stands-by"]),
    has("database/failover", "patroni").alone("patroni"),
    // Loses what was acknowledged, has two primaries, and the old one never joins again.
    lacks("database/failover", "pair-careless").by(&["no-loss", "one-primary", "rejoined"]),
    // Nobody takes over.
    lacks("database/failover", "pair-alone").by(&["taken-over"]),
    // Nobody but an operator makes a standby the primary.
    has("database/replication", "mariadb-replication").alone("mariadb-replication"),
    has("database/switchover", "mariadb-replication").alone("mariadb-replication"),
    lacks("database/failover", "mariadb-replication").by(&["taken-over"]).alone("mariadb-replication"),
    // It replicates asynchronously: a standby may not have yet what was just acknowledged.
    lacks("database/read-write-splitting", "mariadb-replication").by(&["read-your-writes"]).alone("mariadb-replication"),
    has("database/read-write-splitting", "patroni").alone("patroni"),
    // One entrance for reads and writes alike.
    has("database/read-write-splitting", "pgpool").alone("pgpool"),
    lacks("database/read-write-splitting", "pgpool-unsplit").by(&["reads-standby"]).alone("pgpool"),
    lacks("database/read-write-splitting", "patroni-unsplit").by(&["reads-standby"]).alone("patroni"),
    // Minutes each: the figures over ten failures of the primary.
    has("database/failover-series", "patroni").alone("patroni").long(),
    // What its primary alone has is lost with it.
    lacks("database/failover-series", "patroni-asynchronous").by(&["no-loss", "reliability"]).alone("asynchronous").long(),
    has("database/performance", "postgres-performing").alone("performing").long(),
    has("database/performance", "mariadb-performing").alone("performing-mariadb").long(),
    lacks("database/performance", "postgres-hurried").by(&["latency"]).alone("performing").long(),
    lacks("database/performance", "postgres-slow-commit").by(&["latency"]).long(),
    // What is rolled back stays.
    lacks("database/performance", "mariadb-without-transactions").by(&["consistent"]).alone("performing-mariadb").long(),
    undecided("database/performance", "liar").long(),
];
