//! One check on one target, in a store of its own.

use crate::Host;
use crate::bindings::exports::touchstone::contract::checks::Outcome;
use crate::bindings::{CheckPre, touchstone::contract::types::Error};
use crate::bridge::AdapterLine;
use crate::guest::{Errand, Guest, error_words};
use crate::load::{Plugin, PluginKind, root};
use crate::observe::{Observer, Sink};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};
use touchstone_model::description::CheckDescription;
use touchstone_model::verdict::Termination;
use touchstone_probes::Target;
use touchstone_probes::secret::Redactor;
use wasmtime::{Store, WasmBacktrace};

/// What is to be run, on what, and who writes down what is seen.
pub struct CheckCall<'a> {
    /// The component.
    pub plugin: Arc<Plugin>,
    /// Which of its checks.
    pub check: &'a CheckDescription,
    /// The target.
    pub target: Arc<Target>,
    /// The target's adapter, where the check needs one.
    pub adapter: Option<Arc<Plugin>>,
    /// As planned.
    pub params: BTreeMap<String, String>,
    /// Name for what the check makes on the target.
    pub scratch_name: String,
    /// After which it is ended.
    pub time_limit: Duration,
    /// Who writes down.
    pub sink: Arc<dyn Sink>,
    /// Knows the run's secrets.
    pub redactor: Arc<Redactor>,
}

impl Host {
    /// A store that gives way while busy and grows only so far.
    pub(crate) fn store(&self, guest: Guest) -> Store<Guest> {
        let mut store = Store::new(&self.engine, guest);
        store.limiter(|guest| &mut guest.watch);
        store.set_epoch_deadline(1);
        store.epoch_deadline_async_yield_and_update(1);
        store
    }

    /// Runs a check to its end, whatever that is. Dropping the future ends the guest and what it had started on the target;
    /// what it registered to be undone is left to the caller.
    pub async fn run_check(&self, call: CheckCall<'_>) -> Termination {
        let observer = Arc::new(Observer::new(call.sink, call.redactor, self.limits.clone()));
        let mut errand = Errand {
            target: call.target,
            granted: call.check.needs.clone(),
            is_adapter: false,
            observer: observer.clone(),
            params: call.params,
            scratch_name: call.scratch_name,
            started: Instant::now(),
            limits: self.limits.clone(),
            adapter: None,
        };
        if let Some(adapter) = call.adapter {
            let granted = match adapter.kind() {
                PluginKind::Adapter(description) => description.needs.clone(),
                PluginKind::Checks(_) => BTreeSet::new(),
            };
            let its = Errand { granted, is_adapter: true, params: BTreeMap::new(), ..errand.clone() };
            errand.adapter = Some(AdapterLine::new(self, adapter, its));
        }
        let mut store = self.store(Guest::new(&self.limits, Some(errand)));
        let name = call.check.id.rsplit('/').next().unwrap_or_default();
        let ended = tokio::time::timeout(call.time_limit, enter(&call.plugin, &mut store, name)).await;
        match ended {
            Err(_) => Termination::TimedOut { limit_ms: u64::try_from(call.time_limit.as_millis()).unwrap_or(u64::MAX) },
            Ok(Ok(answer)) => returned(answer, &observer),
            Ok(Err(Entry::NotStarted(message))) => Termination::NotStarted { message },
            Ok(Err(Entry::Trap(error))) => trapped(store.data(), &error, &observer),
        }
    }
}

enum Entry {
    NotStarted(String),
    Trap(wasmtime::Error),
}

async fn enter(plugin: &Plugin, store: &mut Store<Guest>, name: &str) -> Result<Result<Outcome, Error>, Entry> {
    let not_started = |error: wasmtime::Error| Entry::NotStarted(root(&error));
    let pre = CheckPre::new(plugin.ready.clone()).map_err(not_started)?;
    let check = pre.instantiate_async(&mut *store).await.map_err(not_started)?;
    check.touchstone_contract_checks().call_run(&mut *store, name).await.map_err(Entry::Trap)
}

fn returned(answer: Result<Outcome, Error>, observer: &Observer) -> Termination {
    match answer {
        Ok(Outcome::Decided) => Termination::Decided,
        Ok(Outcome::NotApplicable(reason)) => Termination::NotApplicable { reason: observer.clean(&reason) },
        Ok(Outcome::Inconclusive(reason)) => Termination::Inconclusive { reason: observer.clean(&reason) },
        Err(error) => {
            let (code, message) = error_words(error);
            Termination::Failed { code, message: observer.clean(&message) }
        }
    }
}

fn trapped(guest: &Guest, error: &wasmtime::Error, observer: &Observer) -> Termination {
    if let Some(what) = &guest.watch.exceeded {
        return Termination::LimitExceeded { what: what.clone() };
    }
    let mut message = guest.panic.clone().unwrap_or_else(|| root(error));
    if let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() {
        let names = backtrace.frames().iter().filter_map(|f| f.func_name()).take(4).collect::<Vec<_>>();
        if guest.panic.is_none() && !names.is_empty() {
            message += &format!(" (in {})", names.join(" < "));
        }
    }
    Termination::Trapped { message: observer.clean(&message) }
}
