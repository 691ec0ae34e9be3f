//! What is particular to MariaDB.
//!
//! The inventory's role `admin` must have all rights. On the node, programs connect as `root` by the local socket, where the server
//! lets the system's administrator in without a password (`unix_socket`).
//!
//! Setting of the inventory: `owner` (user that the server runs as, default mysql).
#![forbid(unsafe_code)]

mod backup;
mod instance;
mod logical;
mod observe;
mod server;

struct Mariadb;

touchstone_sdk::adapter!(
    Mariadb,
    "mariadb",
    "MariaDB 数据库",
    "MariaDB database",
    [touchstone_sdk::check::Need::Sql, touchstone_sdk::check::Need::Shell],
    [observe, backup, logical]
);
