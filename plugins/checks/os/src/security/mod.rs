//! Mandatory access control, audit.

pub mod audit;
pub mod selinux;
