//! Bonded network cards, load balancing in software.

pub mod balancing;
pub mod bonding;
