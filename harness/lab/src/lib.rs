//! Real systems started on this machine, for controls and demonstrations.
//!
//! Every service has a `start(&Lab)` that returns when the service truly answers, and a `Drop` that leaves no process,
//! mount, namespace or loop device behind. Everything listens on loopback, on ports below the ephemeral range, in a
//! scratch folder of the [`Lab`]. Nothing needs or touches an init system.
//!
//! The interface is synchronous: it can be used from tests, from a binary, and from `spawn_blocking`.

mod error;
mod guard;
mod lab;
mod ports;
mod process;
mod system;

pub mod inventory;
pub mod liars;
pub mod pgfront;
pub mod residue;
pub mod roster;
pub mod seclusion;
pub mod web;

mod booted;
mod cluster;
mod confined;
mod databend;
mod filesystems;
mod firebird;
mod firewalld;
mod haproxy;
mod ipv6_client;
mod jetty;
mod mariadb;
mod minimal_root;
mod namespace;
mod nginx;
mod odbc;
mod old_kernel;
mod on_request;
mod package_source;
mod pgbackrest;
mod postgres;
mod sqlite;
mod sshd;
mod stand_in;
mod stand_ins;
mod tls;
mod tomcat;
mod without;

pub use booted::Booted;
pub use cluster::{MariaReplication, Pair, PairKind, PatroniCluster, Pgpool};
pub use confined::Confined;
pub use databend::Databend;
pub use error::LabError;
pub use filesystems::{LargeFs, NoRightsFs, SmallFs};
pub use firebird::Firebird;
pub use firewalld::Firewalld;
pub use haproxy::Haproxy;
pub use ipv6_client::{Ipv6OnlyClient, NAME as IPV6_ONLY_NAME};
pub use jetty::Jetty;
pub use lab::Lab;
pub use mariadb::MariaDb;
pub use minimal_root::MinimalRoot;
pub use nginx::{Nginx, SecureFront, SecureNginx};
pub use odbc::driver as odbc_driver;
pub use old_kernel::OldKernelStandIn;
pub use on_request::OnRequest;
pub use package_source::{PackageSource, SourceKind};
pub use pgbackrest::PgBackRest;
pub use postgres::Postgres;
pub use sqlite::Sqlite;
pub use sshd::Sshd;
pub use stand_in::{RunningStandIn, StandIn};
pub use stand_ins::{OldJavaStandIn, PoorKernelStandIn};
pub use tomcat::{
    CPU_ALARM_STAND_IN, DataSource, DomainStandIn, LOG_FILES, LOG_LIMIT, LOG_PAGE, Member, POOL_SIZE, Tomcat, TomcatCluster,
    TomcatOptions, outside_stand_in, versions as tomcat_versions, versions_in_name_only,
};
pub use without::Without;
