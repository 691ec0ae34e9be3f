//! Checks, one file each.
#![forbid(unsafe_code)]

mod example;

touchstone_sdk::plugin!("{name}", [example]);
