//! The nine basic management functions, each by an effect.

pub mod devices;
pub mod disks;
pub mod files;
pub mod logs;
pub mod network;
pub mod packages;
pub mod processes;
pub mod resources;
pub mod services;
