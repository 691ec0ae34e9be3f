//! From what people write to what the run says: input, plan, schedule, journal, verdicts, resume.
#![forbid(unsafe_code)]

pub mod input;
