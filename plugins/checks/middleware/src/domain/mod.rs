//! Nodes managed from one place, each looked at by itself.

pub mod configuration;
pub mod nodes;
