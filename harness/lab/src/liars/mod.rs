//! Stand-ins that lie: targets that say what is wanted without doing it. No check may believe one.

mod database;
mod host;
mod listening;
mod rewrite;
mod tools;
mod web;
mod wire;

pub use database::{DatabaseLie, LyingDatabase};
pub use host::{HostLie, LyingHost};
pub use tools::ToolLie;
pub use web::{LyingWeb, WebLie};
