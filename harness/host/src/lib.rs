//! The sandbox. A component gets a store of its own with just the capabilities it was granted; whatever it does to a target
//! it asks the host to do, and the host writes down what it saw.
//!
//! [`load`](Host::load) -> [`bridge`](Host::bridge) while planning -> [`run_check`](Host::run_check).
#![deny(unsafe_code)]

mod bindings;
mod bridge;
mod cache;
mod capability;
pub mod cleanup;
mod describe;
mod engine;
mod guest;
mod limits;
mod load;
mod observe;
mod refusal;
mod run;

pub use bridge::BridgeError;
pub use limits::Limits;
pub use load::{Plugin, PluginKind};
pub use observe::Sink;
pub use refusal::Refusal;
pub use run::CheckCall;

use std::path::PathBuf;

/// Name and version of the contract that this host speaks.
pub const CONTRACT: &str = "touchstone:contract";
/// Version of the contract.
pub const CONTRACT_VERSION: &str = "0.1.0";

/// How a host is set up.
#[derive(Clone, Debug)]
pub struct HostConfig {
    /// Folder for compiled components; made when missing.
    pub cache_dir: PathBuf,
    /// What a guest may use.
    pub limits: Limits,
}

/// The host could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox cannot be set up: {0}")]
pub struct HostError(String);

/// One engine for all components of a run.
pub struct Host {
    engine: wasmtime::Engine,
    cache: cache::Cache,
    limits: Limits,
}

impl Host {
    /// Starts the engine; compiles nothing yet.
    pub fn new(config: HostConfig) -> Result<Self, HostError> {
        let engine = engine::engine().map_err(|e| HostError(e.to_string()))?;
        let cache = cache::Cache::new(config.cache_dir, &engine);
        engine::tick(&engine);
    }
}
