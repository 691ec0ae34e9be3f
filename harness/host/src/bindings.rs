//! The contract as Rust types, generated from the WIT files.
#![allow(missing_docs, clippy::all, reason = "generated")]

mod check {
    wasmtime::component::bindgen!({
        path: "../../plugins/wit",
        world: "touchstone:contract/check",
        imports: {
            "touchstone:contract/clock.sleep-ms": async | trappable,
            "touchstone:contract/clock": trappable,
            "touchstone:contract/dialect": trappable,
            "touchstone:contract/log": trappable,
            "touchstone:contract/params": trappable,
            "touchstone:contract/target": trappable,
            "touchstone:contract/expect": trappable,
            default: async | trappable,
        },
        exports: { default: async },
        with: {
            "touchstone:contract/shell.session": crate::capability::shell::Session,
            "touchstone:contract/sql.session": crate::capability::sql::Session,
            "touchstone:contract/sql.pending": crate::capability::sql::Pending,
            "touchstone:contract/net.connection": crate::capability::net::Connection,
            "touchstone:contract/net.swarm": crate::capability::swarm::Swarm,
            "touchstone:contract/browser.session": crate::capability::browser::Browser,
            "touchstone:contract/visitors.party": crate::capability::visitors::Party,
            "touchstone:contract/load.running": crate::capability::load::Running,
            "touchstone:contract/injection.injected": crate::capability::injection::Injected,
            "touchstone:contract/workload.clients": crate::capability::workload::Clients,
        },
    });
}

mod adapter {
    wasmtime::component::bindgen!({
        path: "../../plugins/wit",
        inline: "
            package touchstone:host;
            world described { export touchstone:contract/adapter-info@0.2.0; }
        ",
        world: "touchstone:host/described",
        exports: { default: async },
    });
}

pub use adapter::DescribedPre;
pub use adapter::exports::touchstone::contract::adapter_info::Description as AdapterInfo;
pub use adapter::touchstone::contract::checks::Need as AdapterNeed;
pub use check::CheckPre;
pub use check::exports::touchstone::contract::checks as described;
pub use check::touchstone::contract::{
    browser, clock, dialect, expect, http, injection, load, log, net, params, shell, sql, target, types, visitors, workload,
};
