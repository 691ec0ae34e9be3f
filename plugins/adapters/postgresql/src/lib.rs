//! What is particular to PostgreSQL.
//!
//! The inventory's role `admin` must be a superuser. On the node, commands run as the server's own user by the local socket, where
//! `pg_hba.conf` lets it in without a password (`peer`).
//!
//! Settings of the inventory: `log` (the server's log file, where it has no collector of its own), `owner` (user that the server
//! runs as, default postgres), `pgbackrest_config` (absent: there is no pgBackRest, and pg_basebackup is used), `stanza` (default
//! main), `pgbackrest` (the program), `table_restore` (`side-instance`: a single table is brought back from a physical backup by way of
//! an instance beside, as whoever operates the server declares; absent: the product by itself has no such thing), `client_programs` (folder of pg_dump, psql and their kin, where it is not the server's),
//! `address` (network address that clients are given), `package_manager` (apt-get).
#![forbid(unsafe_code)]

mod backup;
mod base;
mod client;
mod install;
mod installation;
mod instance;
mod logical;
mod observe;
mod offline;
mod parts;
mod repository;

struct Postgresql;

touchstone_sdk::adapter!(
    Postgresql,
    "postgresql",
    "PostgreSQL 数据库",
    "PostgreSQL database",
    [touchstone_sdk::check::Need::Sql, touchstone_sdk::check::Need::Shell],
    [observe, backup, offline, parts, logical, client, install]
);
