//! Statements to a database.

pub(crate) mod connect;
mod decode;
#[cfg(test)]
mod fuzz;
mod numeric;
mod session;
mod time;
mod value;

pub(crate) use session::end_marked;
pub(crate) use time::utc;

pub use session::{DEFAULT_TIMEOUT, ROW_LIMIT, Session};
pub use value::{Column, Done, Outcome, Value};
