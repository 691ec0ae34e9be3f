//! What is particular to MariaDB.
//!
//! The inventory's role `admin` must have all rights. On the node, programs connect as `root` by the local socket, where the server
//! lets the system's administrator in without a password (`unix_socket`).
//!
//! Settings of the inventory: `owner` (user that the server runs as, default mysql), `address` (network address that clients are
//! given), `client` (the program mariadb), `package_manager` (apt-get).
#![forbid(unsafe_code)]

mod backup;
mod client;
mod install;
mod instance;
mod logical;
mod observe;
mod offline;
mod parts;
mod server;

struct Mariadb;

touchstone_sdk::adapter!(
    Mariadb,
    "mariadb",
    "MariaDB 数据库",
    "MariaDB database",
    [touchstone_sdk::check::Need::Sql, touchstone_sdk::check::Need::Shell],
    [observe, backup, offline, parts, logical, client, install]
);
