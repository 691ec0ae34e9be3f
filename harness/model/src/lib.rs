//! The words of Touchstone as types, and the rules that join them. No I/O; depends on nothing else of ours.
//!
//! Data flows one way: [`catalogue`] and [`suite`] and [`inventory`] and [`description`] -> [`plan`] -> [`event`] ->
//! [`run`] -> reports. [`verdict`] holds every rule that makes a verdict.
#![forbid(unsafe_code)]

// Its tests of this library fuzz nothing; linked all the same, for ci/fuzz counts branches in every member that knows it.
#[cfg(test)]
use touchstone_fuzz as _;

pub mod acceptance;
pub mod analysis;
pub mod attempts;
pub mod catalogue;
pub mod compare;
pub mod description;
pub mod dialect;
pub mod digest;
pub mod event;
pub mod evidence;
pub mod inventory;
pub mod materials;
pub mod matrix;
pub mod observation;
pub mod particulars;
pub mod plan;
pub mod rounds;
pub mod run;
pub mod suite;
pub mod text;
pub mod verdict;
pub mod waiver;
