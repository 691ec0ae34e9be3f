//! Checks of an application server, one file each.
#![forbid(unsafe_code)]
