//! Databases that lie: stand-ins before a true PostgreSQL.

use crate::{Area, Liar, Stage, contradicted, distrusted};
use touchstone_lab::inventory::{Access, Target};
use touchstone_lab::liars::{DatabaseLie, LyingDatabase, ToolLie};
use touchstone_lab::{Lab, MariaDb, PgBackRest, Postgres, roster};

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
    distrusted("database/monitoring", "agrees-to-anything", "nonsense"),
    contradicted("database/monitoring", "frozen-monitor", "slow-session"),
    contradicted("database/physical-backup", "backs-up-nothing", "full"),
    contradicted("database/physical-backup", "ignores-the-moment", "after-absent"),
    contradicted("database/physical-backup", "restores-the-oldest", "since-previous"),
    contradicted("database/logical-backup", "dumps-everything", "schema"),
    contradicted("database/logical-backup", "restores-nothing", "database"),
    contradicted("database/offline-backup", "stays-up", "stopped"),
    contradicted("database/partial-restore", "restores-nothing", "table"),
    contradicted("database/partial-restore", "restores-neighbours", "table-only"),
    contradicted("database/remote-client", "prints-nothing", "answers"),
    contradicted("database/remote-client", "hides-errors", "errors-told"),
    contradicted("database/remote-client", "stays-local", "remote"),
    contradicted("database/installation", "installs-nothing", "silent-installed"),
    contradicted("database/installation", "removes-nothing", "silent-removed"),
    distrusted("database/performance", "agrees-to-anything", "nonsense"),
    distrusted("database/performance", "does-nothing", "nonsense"),
    contradicted("database/performance", "commits-rollbacks", "consistent"),
    distrusted("database/replication", "paper-cluster", "does not keep it"),
    distrusted("database/switchover", "paper-cluster", "does not keep it"),
    distrusted("database/failover", "paper-cluster", "does not keep it"),
    distrusted("database/read-write-splitting", "paper-cluster", "does not keep it"),
];

/// A small stock and a short load.
const LOAD: [(&str, &str); 6] = [
    ("database/performance.rate", "30"),
    ("database/performance.p99_ms", "10000"),
    ("database/performance.seconds", "8"),
    ("database/performance.districts", "2"),
    ("database/performance.customers", "60"),
    ("database/performance.items", "300"),
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
    ("frozen-monitor", DatabaseLie::FrozenMonitor),
    ("replays-triggers", DatabaseLie::Replays),
    ("replays-rows", DatabaseLie::Replays),
];

/// Before true servers with a true repository.
const TOOLS: &[(&str, ToolLie)] = &[
    ("backs-up-nothing", ToolLie::BacksUpNothing),
    ("ignores-the-moment", ToolLie::IgnoresTheMoment),
    ("restores-the-oldest", ToolLie::RestoresTheOldest),
    ("dumps-everything", ToolLie::DumpsEverything),
    ("restores-nothing", ToolLie::RestoresNothing),
    ("restores-neighbours", ToolLie::RestoresNeighbours),
    ("stays-up", ToolLie::StaysUp),
    ("prints-nothing", ToolLie::PrintsNothing),
    ("hides-errors", ToolLie::HidesErrors),
    ("installs-nothing", ToolLie::InstallsNothing),
    ("removes-nothing", ToolLie::RemovesNothing),
];

fn stage(lab: &Lab) -> Result<Stage, String> {
    let server = Postgres::start(lab).map_err(|e| format!("postgres: {e}"))?;
    let mut stage = Stage::default();
    for (name, lie) in STAND_INS {
        let liar = LyingDatabase::start(lab, *lie, &server).map_err(|e| format!("{name}: {e}"))?;
        let password = lab.secret_file(name, &server.app_password).map_err(|e| e.to_string())?;
        let admin = lab.secret_file(&format!("{name}-admin"), &server.password).map_err(|e| e.to_string())?;
        let access = Access::Sql {
            port: liar.port,
            database: server.database.clone(),
            family: "postgres-like",
            product: "postgresql",
            ca_file: None,
            roles: vec![("app", server.app_user.clone(), password), ("admin", server.superuser.clone(), admin)],
        };
        let adapter = Some("postgresql");
        let params = LOAD.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        stage.targets.push(Target { name: (*name).to_owned(), kind: "database", adapter, params, access });
        stage.services.push(Box::new(liar));
    }
    stage.targets.push(paper_cluster(lab, &server, &mut stage.services)?);
    for (name, lie) in TOOLS {
        let failed = |e: touchstone_lab::LabError| format!("{name}: {e}");
        let tool = lie.install(lab).map_err(failed)?;
        if tool.ends_with("pgbackrest") {
            // One repository each: sets of one would build on another's.
            let server = PgBackRest::start(lab).map_err(failed)?;
            let mut settings = server.settings();
            settings.push(("pgbackrest", tool.display().to_string()));
            stage.targets.push(roster::postgres(lab, name, server.server(), settings).map_err(failed)?);
            stage.services.push(Box::new(server));
        } else if tool.ends_with("apt-get") {
            let settings = vec![("package_manager", tool.display().to_string())];
            stage.targets.push(roster::postgres(lab, name, &server, settings).map_err(failed)?);
        } else {
            let folder = tool.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
            let settings = vec![("client_programs", folder), ("table_restore", "side-instance".to_owned())];
            stage.targets.push(roster::postgres(lab, name, &server, settings).map_err(failed)?);
        }
    }
    let failed = |e: touchstone_lab::LabError| format!("stays-local: {e}");
    let local = MariaDb::start(lab).map_err(failed)?;
    let tool = ToolLie::StaysLocal.install(lab).map_err(failed)?;
    let settings = [("client", tool.display().to_string())];
    let mut targets = roster::mariadb(lab, ["stays-local", "stays-local-oracle"], &local, &settings).map_err(failed)?;
    // One mode is enough.
    targets.truncate(1);
    stage.targets.extend(targets);
    stage.services.push(Box::new(local));
    // Dropped last: the stand-ins are before it.
    stage.services.push(Box::new(server));
    Ok(stage)
}

/// A cluster whose members say that everything is done; its adapter finds whatever it is told to do done, too.
fn paper_cluster(lab: &Lab, server: &Postgres, services: &mut Vec<Box<dyn Send>>) -> Result<Target, String> {
    let name = "paper-cluster";
    let mut ports = Vec::new();
    for _ in 0..2 {
        let member = LyingDatabase::start(lab, DatabaseLie::DoesNothing, server).map_err(|e| format!("{name}: {e}"))?;
        ports.push(member.port);
        services.push(Box::new(member));
    }
    let password = lab.secret_file(name, &server.app_password).map_err(|e| e.to_string())?;
    let sql = Box::new(Access::Sql {
        port: ports[0],
        database: server.database.clone(),
        family: "postgres-like",
        product: "postgresql",
        ca_file: None,
        roles: vec![("app", server.app_user.clone(), password)],
    });
    let members = format!("a=127.0.0.1:{} b=127.0.0.1:{}", ports[0], ports[1]);
    let folder = lab.root().join(name).display().to_string();
    let settings = vec![("members", members), ("data", folder), ("start", "true".to_owned()), ("hold", "true".to_owned())];
    let access = Access::Server { enter: Vec::new(), sql, settings };
    Ok(Target { name: name.to_owned(), kind: "database", adapter: Some("patroni"), params: Vec::new(), access })
}
