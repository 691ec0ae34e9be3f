//! The host's own hands: shell, SQL, HTTP, sockets, a browser. Native and asynchronous; knows nothing of plugins.
//!
//! Everything starts at a [`Target`], made from one entry of the inventory. Its connections are opened when first needed and
//! shared by all checks of the target. What a probe saw of the target comes back as a value (also refusals and time-outs of
//! what was asked); [`ProbeError`] is left for what the host could not do.
#![forbid(unsafe_code)]

mod error;
#[cfg(test)]
mod fuzz;
mod identifier;
mod reach;
mod target;
mod tls;

pub mod browser;
pub mod fault;
pub mod http;
pub mod load;
pub mod net;
pub mod secret;
pub mod shell;
pub mod sql;
pub mod workload;

pub use error::{Family, NetworkFailure, ProbeError};
pub use target::Target;
