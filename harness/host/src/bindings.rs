//! The contract as Rust, generated from its WIT.
#![allow(missing_docs, clippy::all)]

wasmtime::component::bindgen!({
    path: "../../plugins/wit",
    world: "check",
    imports: { default: async | trappable },
    exports: { default: async },
    require_store_data_send: true,
    with: {
        "touchstone:contract/shell.session": crate::capability::shell::Session,
        "touchstone:contract/sql.session": crate::capability::sql::Session,
        "touchstone:contract/net.connection": crate::capability::net::Connection,
        "touchstone:contract/net.swarm": crate::capability::net::Swarm,
    },
});

/// The adapter's side; shares all types with the check's.
pub mod adapter {
    wasmtime::component::bindgen!({
        path: "../../plugins/wit",
        world: "adapter",
        imports: { default: async | trappable },
        exports: { default: async },
        require_store_data_send: true,
        with: {
            "touchstone:contract/types": super::touchstone::contract::types,
            "touchstone:contract/shell": super::touchstone::contract::shell,
            "touchstone:contract/sql": super::touchstone::contract::sql,
            "touchstone:contract/http": super::touchstone::contract::http,
            "touchstone:contract/net": super::touchstone::contract::net,
            "touchstone:contract/clock": super::touchstone::contract::clock,
            "touchstone:contract/log": super::touchstone::contract::log,
            "touchstone:contract/params": super::touchstone::contract::params,
            "touchstone:contract/target": super::touchstone::contract::target,
        },
    });
}
