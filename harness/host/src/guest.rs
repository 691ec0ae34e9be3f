//! What the host keeps for one guest: its grants, its handles, its target.

use crate::bindings::touchstone::contract::types::{Error, ErrorDetail, IpFamily, NetworkFailure};
use crate::bridge::AdapterLine;
use crate::limits::{Limits, Watch};
use crate::observe::{Act, Observer};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;
use touchstone_model::description::Need;
use touchstone_model::observation::ActResult;
use touchstone_probes::{Family, ProbeError, Target};
use wasmtime::component::ResourceTable;

/// Data of a store.
pub struct Guest {
    /// Open handles.
    pub table: ResourceTable,
    /// How many.
    pub handles: usize,
    /// Memory and tables.
    pub watch: Watch,
    /// The last words of a panic.
    pub panic: Option<String>,
    /// Absent while the plugin only describes itself.
    pub errand: Option<Errand>,
}

/// What a guest is here for.
#[derive(Clone)]
pub struct Errand {
    /// The target.
    pub target: Arc<Target>,
    /// What this check (or adapter) declared.
    pub granted: BTreeSet<Need>,
    /// Set for an adapter: its acts are not the check's.
    pub is_adapter: bool,
    /// Where acts are written down.
    pub observer: Arc<Observer>,
    /// Parameters as planned.
    pub params: BTreeMap<String, String>,
    /// Name for objects it makes.
    pub scratch_name: String,
    /// When the check began.
    pub started: Instant,
    /// Caps.
    pub limits: Limits,
    /// The way to the target's adapter.
    pub adapter: Option<AdapterLine>,
}

impl Guest {
    /// With an errand, or only to describe itself.
    pub fn new(limits: &Limits, errand: Option<Errand>) -> Self {
        Guest { table: ResourceTable::new(), handles: 0, watch: Watch::new(limits), panic: None, errand }
    }

    /// The errand; a plugin that acts while describing itself is ended.
    pub fn errand(&self) -> wasmtime::Result<&Errand> {
        self.errand.as_ref().ok_or_else(|| wasmtime::Error::msg("a plugin must not act while it describes itself"))
    }

    /// The errand, if `need` was granted; else the denial is written down.
    pub fn granted(&self, need: &Need) -> wasmtime::Result<Result<Errand, Error>> {
        let errand = self.errand()?;
        if errand.granted.contains(need) {
            return Ok(Ok(errand.clone()));
        }
        let message = format!("{need} was not declared among the needs");
        let act = errand.act(&need.to_string(), "call".to_owned());
        errand.observer.record(act, ActResult::Denied { message: message.clone() });
        Ok(Err(Error::Denied(message)))
    }

    /// Counts a new handle.
    pub fn take_handle(&mut self, limits: &Limits) -> Result<(), Error> {
        if self.handles >= limits.handles {
            return Err(Error::Limit(format!("more than {} handles open", limits.handles)));
        }
        self.handles += 1;
        Ok(())
    }
}

impl Errand {
    /// Begins an act of this guest.
    pub fn act(&self, capability: &str, act: String) -> Act {
        let capability = if self.is_adapter { format!("adapter:{capability}") } else { capability.to_owned() };
        Act::begin(capability, act)
    }

    /// Writes down that the host could not do it, and says so to the guest.
    pub fn could_not(&self, act: Act, error: ProbeError) -> Error {
        let result = match &error {
            ProbeError::Lost(message) => ActResult::Lost { message: message.clone() },
            ProbeError::Denied(message) => ActResult::Denied { message: message.clone() },
            ProbeError::TimedOut(message) => ActResult::Refused { code: "timed-out".into(), message: message.clone() },
            ProbeError::Invalid(message) => ActResult::Refused { code: "invalid".into(), message: message.clone() },
            ProbeError::Limit(message) => ActResult::Refused { code: "limit".into(), message: message.clone() },
            ProbeError::Unavailable(message) => ActResult::Refused { code: "unavailable".into(), message: message.clone() },
            ProbeError::Other { code, message } => ActResult::Refused { code: code.clone(), message: message.clone() },
        };
        self.observer.record(act, result);
        contract_error(error, &self.observer)
    }

    /// Refuses what is too long.
    pub fn within(&self, what: &str, bytes: usize) -> Result<(), Error> {
        if bytes > self.limits.input {
            return Err(Error::Limit(format!("{what}: {bytes} bytes, {} allowed", self.limits.input)));
        }
        Ok(())
    }

    /// Bytes to keep of a stream.
    pub fn output(&self, asked: Option<u32>) -> usize {
        asked.map_or(self.limits.output, |n| n as usize).min(self.limits.output_cap)
    }
}

/// In the contract's words, redacted.
fn contract_error(error: ProbeError, observer: &Observer) -> Error {
    match error {
        ProbeError::Denied(message) => Error::Denied(observer.clean(&message)),
        ProbeError::Invalid(message) => Error::Invalid(observer.clean(&message)),
        ProbeError::TimedOut(message) => Error::TimedOut(observer.clean(&message)),
        ProbeError::Lost(message) => Error::Lost(observer.clean(&message)),
        ProbeError::Limit(message) => Error::Limit(observer.clean(&message)),
        ProbeError::Unavailable(message) => Error::Unavailable(observer.clean(&message)),
        ProbeError::Other { code, message } => Error::Other(ErrorDetail { code, message: observer.clean(&message) }),
    }
}

/// In the contract's words.
pub fn network_failure(failure: &touchstone_probes::NetworkFailure) -> NetworkFailure {
    use touchstone_probes::NetworkFailure as Seen;
    match failure.clone() {
        Seen::Refused => NetworkFailure::Refused,
        Seen::Unreachable(message) => NetworkFailure::Unreachable(message),
        Seen::Reset => NetworkFailure::Reset,
        Seen::TimedOut(phase) => NetworkFailure::TimedOut(phase),
        Seen::Resolution(message) => NetworkFailure::Resolution(message),
        Seen::Tls(message) => NetworkFailure::Tls(message),
        Seen::Protocol(message) => NetworkFailure::Protocol(message),
        Seen::Other { code, message } => NetworkFailure::Other(ErrorDetail { code, message }),
    }
}

/// As an observation.
pub fn network_result(failure: &touchstone_probes::NetworkFailure) -> ActResult {
    ActResult::NetworkFailed { code: failure.code().to_owned(), message: failure.to_string() }
}

/// In the probes' words.
pub fn family(family: Option<IpFamily>) -> Option<Family> {
    family.map(|f| match f {
        IpFamily::V4 => Family::V4,
        IpFamily::V6 => Family::V6,
    })
}

/// A contract error's code and words.
pub fn error_words(error: Error) -> (String, String) {
    match error {
        Error::Denied(message) => ("denied".into(), message),
        Error::Invalid(message) => ("invalid".into(), message),
        Error::TimedOut(message) => ("timed-out".into(), message),
        Error::Lost(message) => ("lost".into(), message),
        Error::Limit(message) => ("limit".into(), message),
        Error::Unavailable(message) => ("unavailable".into(), message),
        Error::Other(detail) => (detail.code, detail.message),
    }
}
