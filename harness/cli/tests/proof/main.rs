//! What can be proved about a run afterwards: that it is as it was written, what ran in it, who waived what, and that trying
//! again turns nothing green.
#![forbid(unsafe_code)]

mod bundle;
mod bundling;
mod forging;
mod retries;
#[path = "../support/mod.rs"]
mod support;
mod tampering;
mod timestamps;
mod trust;
mod waivers;
