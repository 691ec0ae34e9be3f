//! Everything over IPv6.

pub mod client;
pub mod cluster;
pub mod service;
