//! What is particular to MariaDB.
//!
//! The inventory's role `admin` must have all rights. On the node, programs connect as `root` by the local socket, where the server
//! lets the system's administrator in without a password (`unix_socket`).
#![forbid(unsafe_code)]

mod logical;
mod observe;

struct Mariadb;

touchstone_sdk::adapter!(
    Mariadb,
    "mariadb",
    "MariaDB 数据库",
    "MariaDB database",
    [touchstone_sdk::check::Need::Sql, touchstone_sdk::check::Need::Shell],
    [observe, logical]
);
