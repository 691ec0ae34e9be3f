//! Checks of a database, one file each. How a product writes what they ask for is data of the suite (`suites/dialects`).
#![forbid(unsafe_code)]

mod arrays;
mod bench;
mod cluster;
mod dynamic_sql;
mod insert_all;
mod installation;
mod logical_backup;
mod monitoring;
mod multi_row_insert;
mod nested_tables;
mod offline_backup;
mod packages;
mod partial_restore;
mod performance;
mod physical_backup;
mod remote_client;
mod restored;
mod routines;
mod triggers;

touchstone_sdk::plugin!(
    "database",
    [
        triggers,
        routines,
        packages,
        arrays,
        nested_tables,
        dynamic_sql,
        insert_all,
        multi_row_insert,
        monitoring,
        physical_backup,
        offline_backup,
        partial_restore,
        logical_backup,
        installation,
        remote_client,
        cluster::replication,
        cluster::switchover,
        cluster::failover,
        cluster::splitting,
        cluster::series,
        performance
    ]
);
