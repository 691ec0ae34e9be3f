//! Checks of an application server, one file each.
#![forbid(unsafe_code)]

mod ipv6_service;
mod slow_headers;

touchstone_sdk::plugin!("middleware", [ipv6_service, slow_headers]);
