//! One file per capability: each a thin door to a probe. It checks the grant, acts, writes down what was seen, and gives the
//! plugin the same.

pub(crate) mod browser;
pub(crate) mod clock;
pub(crate) mod dialect;
pub(crate) mod expect;
pub(crate) mod http;
pub(crate) mod injection;
pub(crate) mod load;
pub(crate) mod log;
pub(crate) mod net;
pub(crate) mod network;
pub(crate) mod params;
pub(crate) mod shell;
pub(crate) mod sql;
pub(crate) mod swarm;
pub(crate) mod target;
pub(crate) mod visitors;
pub(crate) mod workload;

use crate::bindings as b;
use crate::state::State;
use wasmtime::component::{HasSelf, Linker};

/// Links one capability; false when the host has none of that name.
pub(crate) fn link(linker: &mut Linker<State>, name: &str) -> wasmtime::Result<bool> {
    type Own = HasSelf<State>;
    match name {
        "shell" => b::shell::add_to_linker::<_, Own>(linker, |s| s)?,
        "sql" => b::sql::add_to_linker::<_, Own>(linker, |s| s)?,
        "http" => b::http::add_to_linker::<_, Own>(linker, |s| s)?,
        "visitors" => b::visitors::add_to_linker::<_, Own>(linker, |s| s)?,
        "browser" => b::browser::add_to_linker::<_, Own>(linker, |s| s)?,
        "workload" => b::workload::add_to_linker::<_, Own>(linker, |s| s)?,
        "load" => b::load::add_to_linker::<_, Own>(linker, |s| s)?,
        "injection" => b::injection::add_to_linker::<_, Own>(linker, |s| s)?,
        "net" => b::net::add_to_linker::<_, Own>(linker, |s| s)?,
        "clock" => b::clock::add_to_linker::<_, Own>(linker, |s| s)?,
        "log" => b::log::add_to_linker::<_, HasSelf<log::Notes>>(linker, |s| &mut s.notes)?,
        "params" => b::params::add_to_linker::<_, Own>(linker, |s| s)?,
        "target" => b::target::add_to_linker::<_, Own>(linker, |s| s)?,
        "dialect" => b::dialect::add_to_linker::<_, Own>(linker, |s| s)?,
        "expect" => b::expect::add_to_linker::<_, Own>(linker, |s| s)?,
        _ => return Ok(false),
    }
    Ok(true)
}

impl b::types::Host for State {}
