//! One file per capability: a thin door to a probe, which writes down what it saw.

pub mod expect;
pub mod http;
pub mod log;
pub mod net;
pub mod params;
pub mod shell;
pub mod sql;
pub mod target;
pub mod time;

use crate::bindings::touchstone::contract as contract;
use crate::guest::Guest;
use touchstone_model::description::Need;
use wasmtime::component::{HasSelf, Linker};

type Me = HasSelf<Guest>;

/// Interfaces that every plugin may import.
pub const ALWAYS: [&str; 6] = ["types", "clock", "log", "params", "target", "expect"];

/// Links what every plugin may import.
pub fn link_always(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    contract::types::add_to_linker::<_, Me>(linker, |guest| guest)?;
    contract::clock::add_to_linker::<_, Me>(linker, |guest| guest)?;
    contract::log::add_to_linker::<_, Me>(linker, |guest| guest)?;
    contract::params::add_to_linker::<_, Me>(linker, |guest| guest)?;
    contract::target::add_to_linker::<_, Me>(linker, |guest| guest)?;
    contract::expect::add_to_linker::<_, Me>(linker, |guest| guest)
}

/// Links one granted capability.
pub fn link(linker: &mut Linker<Guest>, need: &Need) -> wasmtime::Result<()> {
    match need {
        Need::Shell => contract::shell::add_to_linker::<_, Me>(linker, |guest| guest),
        Need::Sql => contract::sql::add_to_linker::<_, Me>(linker, |guest| guest),
        Need::Http => contract::http::add_to_linker::<_, Me>(linker, |guest| guest),
        Need::Net => contract::net::add_to_linker::<_, Me>(linker, |guest| guest),
        // Linked by the bridge, with the types that the component itself names.
        Need::Adapter(_) => Ok(()),
    }
}
