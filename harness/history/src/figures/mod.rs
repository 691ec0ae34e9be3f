//! The figures of availability and reliability, as functions of what was measured and nothing else.
//!
//! | figure | from | module |
//! |---|---|---|
//! | recovery time (RTO) | acknowledgements around each fault | [`recovery`] |
//! | recovery point (RPO) | acknowledged writes that are gone | [`recovery`] |
//! | availability over a series of faults | outages | [`availability`] |
//! | bound on the share of lost writes, at a confidence | how many of how many were lost | [`bound`] |

pub mod availability;
pub mod bound;
pub mod recovery;
