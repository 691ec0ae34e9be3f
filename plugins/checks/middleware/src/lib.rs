//! Checks of an application server, one file each.
#![forbid(unsafe_code)]

mod cluster;
mod data_source;
mod deployment;
mod domain;
mod instance;
mod ipv6_service;
mod limits;
mod logs;
mod monitoring;
mod performance;
mod probe;
mod recovery;
mod siege;

use cluster::{node_failure, spread};
use deployment::{broken_archive, directory, hot, one_action};
use domain::{configuration, nodes};
use instance::{life, stand_alone};
use logs::{collection, rolling};
use monitoring::{alarms, figures, snapshot};
use recovery::{from_kill, out_of_memory};
use siege::{connection_flood, rapid_reset, slow_body, slow_headers, slow_read};

touchstone_sdk::plugin!(
    "middleware",
    [
        ipv6_service,
        stand_alone,
        life,
        one_action,
        directory,
        hot,
        broken_archive,
        from_kill,
        out_of_memory,
        spread,
        node_failure,
        data_source,
        configuration,
        nodes,
        collection,
        rolling,
        figures,
        alarms,
        snapshot,
        slow_headers,
        slow_body,
        slow_read,
        connection_flood,
        rapid_reset,
        limits,
        performance
    ]
);
