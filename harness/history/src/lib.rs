//! Histories: what clients asked, what they were answered and when; checkers that judge them; figures that follow.
//!
//! A history is a file ([`format`], described in `FORMAT.md`) that can be judged again at any time and by anybody
//! ([`check`]). Verdicts are Jepsen's: true, false, unknown ([`verdict`]); a checker that cannot decide says unknown.
//! Nothing here does anything but read and compute.
#![forbid(unsafe_code)]

// Its tests of this library fuzz nothing; linked all the same, for ci/fuzz counts branches in every member that knows it.
#[cfg(test)]
use touchstone_fuzz as _;

pub mod append;
pub mod bank;
pub mod check;
pub mod figures;
pub mod format;
pub mod ledger;
pub mod primary;
pub mod session;
pub mod verdict;
