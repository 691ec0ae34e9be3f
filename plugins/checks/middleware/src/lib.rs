//! Checks of an application server, one file each.
#![forbid(unsafe_code)]

mod cluster;
mod console;
mod data_source;
mod deployment;
mod domain;
mod instance;
mod ipv6;
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
use instance::{embedded, life, stand_alone, upgraded};
use ipv6::{client, service};
use logs::{collection, rolling, viewing};
use monitoring::{alarms, figures, snapshot};
use recovery::{from_hang, from_kill, out_of_memory};
use siege::{collisions, connection_flood, continuation, ranges, rapid_reset, slow_body, slow_headers, slow_read};

touchstone_sdk::plugin!(
    "middleware",
    [
        service,
        client,
        ipv6::cluster,
        stand_alone,
        life,
        upgraded,
        embedded,
        one_action,
        directory,
        hot,
        broken_archive,
        from_kill,
        from_hang,
        out_of_memory,
        spread,
        node_failure,
        data_source,
        configuration,
        nodes,
        collection,
        rolling,
        viewing,
        console,
        figures,
        alarms,
        snapshot,
        slow_headers,
        slow_body,
        slow_read,
        connection_flood,
        rapid_reset,
        continuation,
        collisions,
        ranges,
        limits,
        performance
    ]
);
