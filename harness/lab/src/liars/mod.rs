//! Stand-ins that lie: targets that say what is wanted without doing it. No check may believe one.

mod console;
mod database;
mod host;
mod listening;
mod request;
mod rewrite;
mod server;
mod tools;
mod web;
mod wire;

pub use database::{DatabaseLie, LyingDatabase};
pub use host::{LyingHost, lying_hosts};
pub use server::{LyingServer, ServerLie};
pub use tools::ToolLie;
pub use web::{LyingWeb, WebLie};
