//! What is particular to a cluster of PostgreSQL servers: under Patroni, or operated by hand.
//!
//! Settings of the inventory: `members`, `data`, `write`, `read`, `start` (default `systemctl start patroni`) and `hold` as
//! [`touchstone_sdk::adapter::cluster`] has them; besides, `{member}` standing for a member's name:
//! - `config`: Patroni's file of a member; absent: there is no Patroni, and a standby is promoted by `pg_ctl`;
//! - `owner`: user that the servers run as (default postgres).
#![forbid(unsafe_code)]

mod faults;
mod members;
mod topology;

struct Patroni;

touchstone_sdk::adapter!(
    Patroni,
    "patroni",
    "PostgreSQL 集群（Patroni）",
    "PostgreSQL cluster (Patroni)",
    [touchstone_sdk::check::Need::Shell],
    [topology, faults]
);
