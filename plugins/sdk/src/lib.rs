//! What makes a check pleasant to write: one file says what it asks and how it decides, one line lists it in its plugin.
//!
//! A plugin can do nothing by itself. Whatever it does to a target it asks the host to do, through [`Context`].
#![forbid(unsafe_code)]

pub mod adapter;
mod backups;
pub mod bindings;
pub mod browser;
pub mod check;
pub mod context;
pub mod http;
pub mod injection;
pub mod load;
pub mod net;
pub mod page;
mod panic;
pub mod shell;
pub mod size;
pub mod sql;
pub mod stop;
pub mod workload;

pub use context::Context;

/// All that a check's file needs.
pub mod prelude {
    pub use crate::check::{Check, Impact, Need, check};
    pub use crate::context::Context;
    pub use crate::shell::{Output, Shell};
    pub use crate::sql::{Performed, Reply, Script, Sql};
    pub use crate::stop::{CheckResult, Stop, Text, decided, inconclusive, not_applicable, say};
}

/// Makes a component of checks: `plugin!("os", [kernel_version, storage::large_file]);` names modules that each hold a `CHECK`.
#[macro_export]
macro_rules! plugin {
    ($name:literal, [$($($module:ident)::+),+ $(,)?]) => {
        struct TouchstonePlugin;
        impl $crate::bindings::exports::touchstone::contract::checks::Guest for TouchstonePlugin {
            fn describe() -> $crate::bindings::exports::touchstone::contract::checks::Plugin {
                $crate::check::describe($name, env!("CARGO_PKG_VERSION"), &[$(&$($module)::+::CHECK),+])
            }
            fn run(
                id: String,
            ) -> Result<
                $crate::bindings::exports::touchstone::contract::checks::Outcome,
                $crate::bindings::touchstone::contract::types::Error,
            > {
                $crate::check::run(&[$(&$($module)::+::CHECK),+], &id)
            }
        }
        $crate::bindings::export_checks!(TouchstonePlugin with_types_in $crate::bindings);
    };
}
