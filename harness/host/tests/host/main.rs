//! The host, tried with components made for it: friendly, broken and hostile.
#![allow(missing_docs, reason = "tests")]

mod bridging;
mod compiled;
mod guest;
mod refusals;
mod running;
mod sandbox;
mod workshop;
