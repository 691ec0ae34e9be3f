//! From what people write to what the run says: input, plan, schedule, journal, verdicts, resume.
#![forbid(unsafe_code)]

pub mod execute;
pub mod filter;
pub mod input;
pub mod journal;
pub mod planner;
pub mod resume;
pub mod rounds;
mod slots;
pub mod survey;
pub mod trust;
pub mod witness;
