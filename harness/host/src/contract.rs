//! Names of the contract.

use touchstone_model::description::Need;

/// Version that this host speaks.
pub(crate) const VERSION: &str = "0.2.0";
const PACKAGE: &str = "touchstone:contract/";
/// Capabilities that a check has without asking.
pub(crate) const ALWAYS: [&str; 6] = ["clock", "dialect", "log", "params", "target", "expect"];
/// What only a check has: an adapter decides nothing.
pub(crate) const DECIDING: &str = "expect";
/// Export of a component of checks.
pub(crate) const CHECKS: &str = "checks";
/// Export of an adapter.
pub(crate) const ADAPTER: &str = "adapter-info";

/// An interface of the contract, as a component names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interface<'a> {
    pub(crate) name: &'a str,
    pub(crate) version: &'a str,
}

/// `touchstone:contract/NAME@VERSION` taken apart; none for anything else.
pub(crate) fn parse(full: &str) -> Option<Interface<'_>> {
    let rest = full.strip_prefix(PACKAGE)?;
    let (name, version) = rest.split_once('@').unwrap_or((rest, ""));
    Some(Interface { name, version })
}

/// The name under which components import or export an interface.
pub(crate) fn full(name: &str) -> String {
    format!("{PACKAGE}{name}@{VERSION}")
}

/// What must be granted for an interface; none when it is always there. What is no capability of the host is an adapter's.
pub(crate) fn need_of(name: &str) -> Option<Need> {
    match name {
        "shell" | "injection" => Some(Need::Shell),
        "sql" | "workload" => Some(Need::Sql),
        "http" | "visitors" | "browser" => Some(Need::Http),
        "net" => Some(Need::Net),
        "load" => Some(Need::Load),
        always if ALWAYS.contains(&always) => None,
        other => Some(Need::Adapter(other.to_owned())),
    }
}
