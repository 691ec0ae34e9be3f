//! The operator's score: ledgers and a tender's rules in, an assessment out. Pure computation in exact numbers.
//!
//! [`ledger`] and [`rules`] and [`calendar`] -> [`context`] -> [`fault`], [`availability`], [`month`], [`annual`], [`breach`]
//! -> [`assessment`]. What is not known is never counted as good: it leaves an indicator without a score, and says why.
#![forbid(unsafe_code)]

pub mod acceptance;
pub mod annual;
pub mod assessment;
pub mod availability;
pub mod breach;
pub mod calendar;
pub mod context;
pub mod exact;
pub mod fault;
pub mod ledger;
pub mod month;
pub mod rules;
pub mod score;
pub mod time;
mod words;

pub use acceptance::Acceptance;
pub use assessment::{Assessment, Period, Refusal, assess, assessment_schema};
pub use exact::Exact;
