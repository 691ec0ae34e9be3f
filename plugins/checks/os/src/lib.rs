//! Checks of an operating system, one file each.
#![forbid(unsafe_code)]

mod kernel_version;

touchstone_sdk::plugin!("os", [kernel_version]);
