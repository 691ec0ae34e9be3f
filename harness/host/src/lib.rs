//! The sandbox: components, grants, limits, the bridge between check and adapter.
//!
//! [`Host::load`] examines a component and links it with what it may use; [`Host::run_check`] starts one check in a store of
//! its own. A guest has no way to act but through `capability`, and every act through it is written down by `observe`.
#![deny(unsafe_code)]

mod bindings;
mod bridge;
mod cache;
mod capability;
mod contract;
mod describe;
mod ending;
mod engine;
mod hand;
mod host;
mod inspect;
mod limits;
mod load;
mod observe;
mod plugin;
mod refusal;
mod run;
mod state;
mod text;
mod values;

pub mod cleanup;

pub use host::{Host, HostConfig};
pub use limits::Limits;
pub use load::Admit;
pub use observe::Sink;
pub use plugin::{Plugin, PluginKind};
pub use refusal::{BridgeError, HostError, Reason, Refusal};
pub use run::CheckCall;
