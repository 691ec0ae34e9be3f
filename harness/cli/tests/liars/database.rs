//! Databases that lie: stand-ins before a true PostgreSQL.

use crate::{Area, Liar, Stage, contradicted, distrusted};
use touchstone_lab::inventory::{Access, Target};
use touchstone_lab::liars::{DatabaseLie, LyingDatabase};
use touchstone_lab::{Lab, Postgres};

pub const AREA: Area = Area { liars: LIARS, general: &["agrees-to-anything", "does-nothing"], stage };

const LIARS: &[Liar] = &[
    distrusted("database/triggers", "agrees-to-anything", "nonsense"),
    distrusted("database/routines", "agrees-to-anything", "nonsense"),
    distrusted("database/packages", "agrees-to-anything", "nonsense"),
    distrusted("database/arrays", "agrees-to-anything", "nonsense"),
    distrusted("database/nested-tables", "agrees-to-anything", "nonsense"),
    distrusted("database/dynamic-sql", "agrees-to-anything", "nonsense"),
    distrusted("database/multi-row-insert", "agrees-to-anything", "nonsense"),
    distrusted("database/insert-all", "agrees-to-anything", "nonsense"),
    contradicted("database/triggers", "does-nothing", "after-row-insert"),
    contradicted("database/routines", "does-nothing", "out-parameter"),
    contradicted("database/packages", "does-nothing", "public-member"),
    contradicted("database/arrays", "does-nothing", "column"),
    contradicted("database/nested-tables", "does-nothing", "column"),
    contradicted("database/dynamic-sql", "does-nothing", "execute"),
    contradicted("database/multi-row-insert", "does-nothing", "two-rows"),
    contradicted("database/insert-all", "does-nothing", "unconditional"),
    contradicted("database/packages", "agrees-where-refused", "public-member"),
    contradicted("database/nested-tables", "agrees-where-refused", "column"),
    contradicted("database/insert-all", "agrees-where-refused", "unconditional"),
    contradicted("database/insert-all", "first-into-only", "unconditional"),
    contradicted("database/multi-row-insert", "first-row-only", "two-rows"),
    contradicted("database/multi-row-insert", "keeps-half", "all-or-nothing"),
    contradicted("database/triggers", "insert-triggers-only", "after-row-update"),
    distrusted("database/triggers", "commits-rollbacks", "there was no transaction"),
];

const STAND_INS: &[(&str, DatabaseLie)] = &[
    ("agrees-to-anything", DatabaseLie::AgreesToAnything),
    ("does-nothing", DatabaseLie::DoesNothing),
    ("agrees-where-refused", DatabaseLie::AgreesWhereRefused),
    ("first-into-only", DatabaseLie::FirstIntoOnly),
    ("first-row-only", DatabaseLie::FirstRowOnly),
    ("keeps-half", DatabaseLie::KeepsHalf),
    ("insert-triggers-only", DatabaseLie::InsertTriggersOnly),
    ("commits-rollbacks", DatabaseLie::CommitsRollbacks),
    ("replays-triggers", DatabaseLie::Replays),
    ("replays-rows", DatabaseLie::Replays),
];

fn stage(lab: &Lab) -> Result<Stage, String> {
    let server = Postgres::start(lab).map_err(|e| format!("postgres: {e}"))?;
    let mut stage = Stage::default();
    for (name, lie) in STAND_INS {
        let liar = LyingDatabase::start(lab, *lie, &server).map_err(|e| format!("{name}: {e}"))?;
        let password = lab.secret_file(name, &server.app_password).map_err(|e| e.to_string())?;
        let access = Access::Sql {
            port: liar.port,
            database: server.database.clone(),
            family: "postgres-like",
            product: "postgresql",
            ca_file: None,
            roles: vec![("app", server.app_user.clone(), password)],
        };
        stage.targets.push(Target { name: (*name).to_owned(), kind: "database", adapter: None, params: Vec::new(), access });
        stage.services.push(Box::new(liar));
    }
    // Dropped last: the stand-ins are before it.
    stage.services.push(Box::new(server));
    Ok(stage)
}
