//! The firewall daemon: what its settings do to packets.

pub mod zones;
