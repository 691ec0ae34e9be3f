//! The firewall daemon: what its settings do to packets.

mod bench;

pub mod bridge;
pub mod direct;
pub mod dynamic;
pub mod families;
pub mod permanent;
pub mod program_interface;
pub mod zones;
