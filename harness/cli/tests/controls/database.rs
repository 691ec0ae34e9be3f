//! Controls of the database checks.

use crate::{Area, Control, Special, has, lacks};
use touchstone_lab::roster::Name;
use touchstone_lab::{Lab, Pair, PairKind};

pub const AREA: Area = Area {
    controls: CONTROLS,
    names: &[
        Name::Postgres,
        Name::PostgresArchiving,
        Name::PostgresBare,
        Name::Patroni,
        Name::Databend,
        Name::Firebird,
        Name::MariaDb,
        Name::Sqlite,
        Name::OracleStandIn,
        Name::Liar,
    ],
    special,
};

/// Pairs of servers that are no cluster, each for one check: what is done to them cannot be undone.
fn special(lab: &Lab) -> Result<Special, String> {
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
    Ok(special)
}

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
    has("database/physical-backup", "mariadb"),
    lacks("database/physical-backup", "postgres"),
    lacks("database/physical-backup", "postgres-bare"),
    has("database/logical-backup", "postgres"),
    lacks("database/logical-backup", "mariadb"),
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
    has("database/read-write-splitting", "patroni").alone("patroni"),
    lacks("database/read-write-splitting", "patroni-unsplit").by(&["reads-standby"]).alone("patroni"),
];
