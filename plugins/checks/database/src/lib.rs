//! Checks of a database, one file each.
#![forbid(unsafe_code)]
