//! What is particular to a cluster of PostgreSQL servers: under Patroni, or operated by hand.
//!
//! Settings of the inventory; `{member}` stands for a member's name:
//! - `members`: name and place of each, `a=10.0.0.1:5432 b=10.0.0.2:5432`; a node of that name, where the target has one, is the
//!   machine that it runs on, else the target's first node is;
//! - `data`: folder of a member's data;
//! - `config`: Patroni's file of a member; absent: there is no Patroni, and a standby is promoted by `pg_ctl`;
//! - `write`: places for writers, in turn (default: the inventory's own); `read`: the place for readers, if there is one;
//! - `start`: how a member is started after a loss of power (default `systemctl start patroni`), and `hold`: what keeps it from
//!   being started again by itself (default: nothing does); both are given to `sh -c`;
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
