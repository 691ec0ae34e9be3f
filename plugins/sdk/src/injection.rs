//! Faults that the host injects into a node, whatever its product is, and takes back whatever happens. A check that asks for them
//! needs [`Need::Shell`](crate::check::Need::Shell) and an impact of disrupt.

use crate::bindings::touchstone::contract::injection as contract;
use crate::bindings::touchstone::contract::types::Error;
use crate::stop::Stop;

pub use contract::{Delay, Direction, Fault, Injected, Loss, Traffic};

/// Injects a fault; it goes when it is reverted, or when the check is over.
pub fn inject(node: Option<&str>, fault: &Fault) -> Result<Injected, Stop> {
    Ok(contract::inject(node, fault)?)
}

/// As [`inject`]; none where the node cannot have it: its kernel lacks what is needed, or it would hit more than the node.
pub fn inject_if_possible(node: Option<&str>, fault: &Fault) -> Result<Option<Injected>, Stop> {
    match contract::inject(node, fault) {
        Ok(injected) => Ok(Some(injected)),
        Err(Error::Unavailable(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
