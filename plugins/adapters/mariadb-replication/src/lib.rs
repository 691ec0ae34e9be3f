//! What is particular to MariaDB servers of which one replicates to the others, operated by hand: nobody but the operator changes who
//! is the primary.
//!
//! Settings of the inventory: `members`, `data`, `write`, `read`, `start` (default `systemctl start mariadb`) and `hold` as
//! [`touchstone_sdk::adapter::cluster`] has them; besides, `{member}` standing for a member's name:
//! - `socket`: a member's local socket (default /run/mysqld/mysqld.sock), by which the system's administrator is let in without a
//!   password (`unix_socket`);
//! - `replication_login`: file on a member's machine with what CHANGE MASTER TO needs to log in at the others, `MASTER_USER = '...',
//!   MASTER_PASSWORD = '...'` (default /etc/mysql/replication-login). Nobody but the server gets to read it.
#![forbid(unsafe_code)]

mod faults;
mod server;
mod switchover;
mod topology;

struct Replication;

touchstone_sdk::adapter!(
    Replication,
    "mariadb-replication",
    "MariaDB 主从复制",
    "MariaDB replication",
    [touchstone_sdk::check::Need::Shell],
    [topology, faults]
);
