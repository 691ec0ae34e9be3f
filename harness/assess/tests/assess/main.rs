//! The rules of the tender as the suite writes them down, each on both sides of its boundary.

mod calendar;
mod events;
mod fault_table;
mod incidents;
mod penalties;
mod properties;
mod rates;
mod rules;
mod support;
mod year;
