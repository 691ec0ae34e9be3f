//! Statements to a database, over one of two transports with the same meaning.

pub(crate) mod connect;
mod decode;
mod elsewhere;
#[cfg(test)]
mod fuzz;
mod numeric;
mod odbc;
mod pending;
mod postgres;
mod session;
mod time;
mod value;
pub mod wire;

pub(crate) use elsewhere::moved;
pub(crate) use session::end_marked;
pub(crate) use time::utc;

pub use elsewhere::Place;
pub use pending::Pending;
pub use session::Session;
pub use value::{Column, Done, Outcome, ROW_LIMIT, Transaction, Value, lacks_room};

/// Longest time of a statement whose caller names none.
pub const DEFAULT_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(60);
