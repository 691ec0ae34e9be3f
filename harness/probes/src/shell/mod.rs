//! Commands and scratch files on a node, on this machine or over SSH.

mod capture;
mod command;
mod feed;
#[cfg(test)]
mod fuzz;
mod known_hosts;
mod launch;
mod local;
mod login;
pub(crate) mod mark;
mod node;
mod procfs;
mod quick_ack;
mod scratch;
mod ssh;
mod wrapper;

pub use command::{Command, DEFAULT_OUTPUT_LIMIT, DEFAULT_TIMEOUT, Output, Status};
pub use node::Node;
pub(crate) use ssh::Link;
pub use wrapper::CHECK_MARKER;
