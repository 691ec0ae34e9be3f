//! The services by name, as the command line and the inventory call them.

use crate::inventory::{Access, Target};
use crate::{
    Booted, Confined, Databend, Firebird, Firewalld, Haproxy, LOG_FILES, LOG_LIMIT, Lab, LabError, LargeFs, MariaDb,
    MariaReplication, MinimalRoot, NoRightsFs, OldKernelStandIn, PatroniCluster, PgBackRest, Pgpool, Postgres, SmallFs, Sqlite,
    Sshd, StandIn, Tomcat, TomcatOptions, web,
};
use std::time::{Duration, Instant};

/// A service that can be asked for by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Name {
    /// PostgreSQL server.
    Postgres,
    /// PostgreSQL server whose log of changes is archived by pgBackRest.
    PostgresArchiving,
    /// PostgreSQL server without monitoring, traces and anything that a backup could be made with.
    PostgresBare,
    /// Tomcat server.
    Tomcat,
    /// HAProxy before a Tomcat.
    Haproxy,
    /// Three PostgreSQL servers under Patroni, with entrances for writers and readers; a second target has one for both.
    Patroni,
    /// Two MariaDB servers of which one follows the other, with entrances for writers and readers.
    MariaDbReplication,
    /// Two PostgreSQL servers behind Pgpool-II, which sends reads to the standby; a second target has an entrance that does not.
    Pgpool,
    /// The same, acknowledging what the primary alone has.
    PatroniAsynchronous,
    /// Databend behind a PostgreSQL-protocol front.
    Databend,
    /// Firebird behind a PostgreSQL-protocol front.
    Firebird,
    /// MariaDB server, as two targets: default mode and Oracle mode.
    MariaDb,
    /// SQLite by ODBC.
    Sqlite,
    /// Stand-in for Oracle's dialect: INSERT ALL and nested tables.
    OracleStandIn,
    /// A database that says "done" and does nothing.
    Liar,
    /// OpenSSH server of this machine.
    Sshd,
    /// firewalld in namespaces of its own.
    Firewalld,
    /// A root folder with busybox and nothing else.
    MinimalRoot,
    /// This machine, calling itself an old kernel.
    OldKernelStandIn,
    /// A file system with a low limit on file size.
    SmallFs,
    /// A file system of 20 TiB.
    LargeFs,
    /// A file system that knows no owners and modes.
    NoRightsFs,
    /// This machine's installation, booted by its init system in namespaces.
    Booted,
    /// This machine, to an administrator without most rights.
    Confined,
}

/// A service that runs, with what the inventory says of it. Dropping it stops the service.
pub struct Running {
    /// Name in the inventory.
    pub name: Name,
    /// Its targets.
    pub targets: Vec<Target>,
    /// From the order to the first true answer.
    pub took: Duration,
    /// Held for its `Drop`.
    _service: Box<dyn Send>,
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Name::Postgres => "postgres",
            Name::PostgresArchiving => "postgres-archiving",
            Name::PostgresBare => "postgres-bare",
            Name::Tomcat => "tomcat",
            Name::Haproxy => "haproxy",
            Name::Patroni => "patroni",
            Name::MariaDbReplication => "maria-db-replication",
            Name::Pgpool => "pgpool",
            Name::PatroniAsynchronous => "patroni-asynchronous",
            Name::Databend => "databend",
            Name::Firebird => "firebird",
            Name::MariaDb => "maria-db",
            Name::Sqlite => "sqlite",
            Name::OracleStandIn => "oracle-stand-in",
            Name::Liar => "liar",
            Name::Sshd => "sshd",
            Name::Firewalld => "firewalld",
            Name::MinimalRoot => "minimal-root",
            Name::OldKernelStandIn => "old-kernel-stand-in",
            Name::SmallFs => "small-fs",
            Name::LargeFs => "large-fs",
            Name::NoRightsFs => "no-rights-fs",
            Name::Booted => "booted",
            Name::Confined => "confined",
        })
    }
}

/// The machine itself, which needs no start.
#[must_use]
pub fn this_machine() -> Target {
    host("this-machine", Vec::new())
}

/// Starts the services named, all at once; the results in the order of the names.
///
/// A proxy stands before the Tomcat that was asked for too, else before one of its own.
pub fn start(lab: &Lab, names: &[Name]) -> Vec<(Name, Result<Running, LabError>)> {
    let before_tomcat = names.contains(&Name::Haproxy) && names.contains(&Name::Tomcat);
    std::thread::scope(|scope| {
        let threads: Vec<_> = names
            .iter()
            .filter(|name| !(before_tomcat && **name == Name::Haproxy))
            .map(|name| (*name, scope.spawn(move || start_one(lab, *name, before_tomcat))))
            .collect();
        threads
            .into_iter()
            .flat_map(|(name, thread)| {
                thread.join().unwrap_or_else(|_| {
                    let reason = "its start panicked".to_owned();
                    let service = name.to_string();
                    vec![(name, Err(LabError::Unable { service, reason }))]
                })
            })
            .collect()
    })
}

fn start_one(lab: &Lab, name: Name, proxy_too: bool) -> Vec<(Name, Result<Running, LabError>)> {
    let begun = Instant::now();
    let running = |name, started: Result<(Vec<Target>, Box<dyn Send>), LabError>| {
        let started = started.map(|(targets, service)| Running { name, targets, took: begun.elapsed(), _service: service });
        (name, started)
    };
    match name {
        Name::Tomcat if proxy_too => match supervised(lab) {
            Ok(server) => {
                let proxied = proxy(lab, server.port);
                vec![running(name, web_server(lab, server)), running(Name::Haproxy, proxied)]
            }
            Err(error) => vec![running(name, Err(error))],
        },
        Name::Haproxy => vec![running(
            name,
            Tomcat::start(lab).and_then(|server| {
                let (targets, front) = proxy(lab, server.port)?;
                // Dropped in this order: the proxy before what it stands for.
                Ok((targets, Box::new((front, server)) as Box<dyn Send>))
            }),
        )],
        _ => vec![running(name, start_simple(lab, name))],
    }
}

type Started = Result<(Vec<Target>, Box<dyn Send>), LabError>;

fn start_simple(lab: &Lab, name: Name) -> Started {
    Ok(match name {
        Name::Postgres => {
            let server = Postgres::start(lab)?;
            (vec![postgres(lab, "postgres", &server, Vec::new())?], Box::new(server))
        }
        Name::PostgresArchiving => {
            let server = PgBackRest::start(lab)?;
            let settings = server.settings();
            (vec![postgres(lab, "postgres-archiving", server.server(), settings)?], Box::new(server))
        }
        Name::PostgresBare => {
            let server = Postgres::start_with(lab, &BARE)?;
            (vec![postgres(lab, "postgres-bare", &server, Vec::new())?], Box::new(server))
        }
        Name::Tomcat => web_server(lab, supervised(lab)?)?,
        Name::Haproxy => unreachable!("started with its web server"),
        Name::Patroni => {
            let cluster = PatroniCluster::start(lab)?;
            let targets = vec![cluster.target(lab, "patroni")?, cluster.unsplit(lab, "patroni-unsplit")?];
            (targets, Box::new(cluster))
        }
        Name::MariaDbReplication => {
            let cluster = MariaReplication::start(lab)?;
            (vec![cluster.target(lab, "mariadb-replication")?], Box::new(cluster))
        }
        Name::Pgpool => {
            let cluster = Pgpool::start(lab)?;
            (cluster.targets(lab)?, Box::new(cluster))
        }
        Name::PatroniAsynchronous => {
            let cluster = PatroniCluster::start_with(lab, false)?;
            (vec![cluster.target(lab, "patroni-asynchronous")?], Box::new(cluster))
        }
        Name::Databend => {
            let engine = Databend::start(lab)?;
            let password = lab.secret_file("databend-app", &engine.password)?;
            let access = Access::Sql {
                port: engine.port,
                database: engine.database.clone(),
                family: "oracle-like",
                product: "databend",
                ca_file: None,
                roles: vec![("app", engine.user.clone(), password)],
            };
            (vec![target("databend", "database", access)], Box::new(engine))
        }
        Name::Firebird => {
            let engine = Firebird::start(lab)?;
            let password = lab.secret_file("firebird-app", &engine.password)?;
            let access = Access::Sql {
                port: engine.port,
                database: engine.database.clone(),
                family: "firebird-like",
                product: "firebird",
                ca_file: None,
                roles: vec![("app", engine.user.clone(), password)],
            };
            (vec![target("firebird", "database", access)], Box::new(engine))
        }
        Name::MariaDb => {
            let server = MariaDb::start(lab)?;
            (mariadb(lab, ["mariadb", "mariadb-oracle"], &server, &[])?, Box::new(server))
        }
        Name::OracleStandIn => stand_in(lab, StandIn::Oracle, "oracle-stand-in", "oracle-like")?,
        Name::Liar => stand_in(lab, StandIn::Liar, "liar", "postgres-like")?,
        Name::Sqlite => {
            let file = Sqlite::start(lab)?;
            let access = Access::Odbc {
                driver: file.driver.clone(),
                options: file.options(),
                family: "standard",
                product: "sqlite",
                roles: vec![("app", "nobody".to_owned(), None)],
            };
            (vec![target("sqlite", "database", access)], Box::new(file))
        }
        Name::Sshd => {
            let server = Sshd::start(lab)?;
            let access = Access::Ssh {
                address: "127.0.0.1".to_owned(),
                port: server.port,
                user: server.user.clone(),
                key: server.client_key.clone(),
                known_hosts: server.known_hosts_file.clone(),
            };
            (vec![target("sshd", "host", access)], Box::new(server))
        }
        Name::Firewalld => {
            let daemon = Firewalld::start(lab)?;
            (vec![host("firewalld", daemon.enter.clone())], Box::new(daemon))
        }
        Name::MinimalRoot => {
            let root = MinimalRoot::start(lab)?;
            (vec![host("minimal-root", root.enter.clone())], Box::new(root))
        }
        Name::OldKernelStandIn => {
            let kernel = OldKernelStandIn::start(lab)?;
            (vec![host("old-kernel-stand-in", kernel.enter.clone())], Box::new(kernel))
        }
        Name::SmallFs => {
            let files = SmallFs::start(lab)?;
            (vec![folder("small-fs", &files.dir)], Box::new(files))
        }
        Name::LargeFs => {
            let files = LargeFs::start(lab)?;
            (vec![folder("large-fs", &files.dir)], Box::new(files))
        }
        Name::NoRightsFs => {
            let files = NoRightsFs::start(lab)?;
            let mut target = host("no-rights-fs", Vec::new());
            target.params.push(("os/file-management.directory", files.dir.to_string_lossy().into_owned()));
            (vec![target], Box::new(files))
        }
        Name::Booted => {
            let booted = Booted::start(lab)?;
            (vec![host("booted", booted.enter.clone())], Box::new(booted))
        }
        Name::Confined => {
            let confined = Confined::start(lab)?;
            (vec![host("confined", confined.enter.clone())], Box::new(confined))
        }
    })
}

/// Nothing of what a server keeps of itself: no activity of sessions, no log, no log of changes that a backup could be made with.
const BARE: [&str; 5] =
    ["track_activities = off", "log_min_messages = panic", "wal_level = minimal", "max_wal_senders = 0", "archive_mode = off"];

/// A PostgreSQL server with what its adapter wants to know.
///
/// # Errors
/// Its passwords can't be written down.
pub fn postgres(lab: &Lab, name: &'static str, server: &Postgres, more: Vec<(&'static str, String)>) -> Result<Target, LabError> {
    let sql = Box::new(Access::Sql {
        port: server.port,
        database: server.database.clone(),
        family: "postgres-like",
        product: "postgresql",
        ca_file: Some(server.ca_file.clone()),
        roles: vec![
            ("app", server.app_user.clone(), lab.secret_file(&format!("{name}-app"), &server.app_password)?),
            ("admin", server.superuser.clone(), lab.secret_file(&format!("{name}-admin"), &server.password)?),
        ],
    });
    let mut settings = vec![("log", server.log_file().display().to_string())];
    settings.extend(more);
    let access = Access::Server { enter: Vec::new(), sql, settings };
    Ok(Target { adapter: Some("postgresql"), ..target(name, "database", access) })
}

fn stand_in(lab: &Lab, kind: StandIn, name: &'static str, family: &'static str) -> Started {
    let engine = kind.start(lab)?;
    let password = lab.secret_file(name, &engine.password)?;
    let access = Access::Sql {
        port: engine.port,
        database: engine.database.clone(),
        family,
        product: name,
        ca_file: None,
        roles: vec![("app", engine.user.clone(), password)],
    };
    Ok((vec![target(name, "database", access)], Box::new(engine)))
}

/// A MariaDB server in both of its modes, with what its adapter wants to know.
///
/// # Errors
/// Its passwords can't be written down, or the driver is absent.
pub fn mariadb(
    lab: &Lab,
    [name, oracle]: [&'static str; 2],
    server: &MariaDb,
    settings: &[(&'static str, String)],
) -> Result<Vec<Target>, LabError> {
    let app = lab.secret_file(&format!("{name}-app"), &server.app_password)?;
    let admin = lab.secret_file(&format!("{name}-admin"), &server.password)?;
    let mode = |name: &'static str, oracle: bool| -> Result<Target, LabError> {
        let sql = Access::Odbc {
            driver: MariaDb::driver()?,
            options: server.options(oracle),
            family: if oracle { "oracle-like" } else { "mysql-like" },
            product: if oracle { "mariadb-oracle" } else { "mariadb" },
            roles: vec![
                ("app", server.app_user.clone(), Some(app.clone())),
                ("admin", server.admin.clone(), Some(admin.clone())),
            ],
        };
        let access = Access::Server { enter: Vec::new(), sql: Box::new(sql), settings: settings.to_vec() };
        Ok(Target { adapter: Some("mariadb"), ..target(name, "database", access) })
    };
    Ok(vec![mode(name, false)?, mode(oracle, true)?])
}

/// A server as it is operated: something starts it again when it ends, or a check that kills it would be the last to see it.
fn supervised(lab: &Lab) -> Result<Tomcat, LabError> {
    Tomcat::start_with(lab, TomcatOptions { supervised: true, ..TomcatOptions::default() })
}

fn web_server(lab: &Lab, server: Tomcat) -> Started {
    let mut target = web::tomcat(lab, "tomcat", &server, None)?;
    // What is set on this server, which the suite cannot know.
    target.params.push(("middleware/log-rolling.rolls_at", LOG_LIMIT.to_string()));
    target.params.push(("middleware/log-rolling.keeps", LOG_FILES.to_string()));
    Ok((vec![target], Box::new(server)))
}

fn proxy(lab: &Lab, backend_port: u16) -> Started {
    let server = Haproxy::start(lab, backend_port)?;
    let access = Access::Http {
        enter: Vec::new(),
        endpoints: vec![("application", format!("http://localhost:{}/", server.port))],
        credentials: Vec::new(),
        addresses: Vec::new(),
        settings: Vec::new(),
        attackable: true,
    };
    Ok((vec![target("haproxy", "middleware", access)], Box::new(server)))
}

fn target(name: &str, kind: &'static str, access: Access) -> Target {
    Target { name: name.to_owned(), kind, adapter: None, params: Vec::new(), access }
}

fn host(name: &str, enter: Vec<String>) -> Target {
    target(name, "host", Access::Local { enter })
}

fn folder(name: &str, path: &std::path::Path) -> Target {
    let mut target = host(name, Vec::new());
    target.params.push(("os/large-file.directory", path.to_string_lossy().into_owned()));
    target
}
