//! One check, from its store to its end.

use crate::bindings::CheckPre;
use crate::bindings::described::Outcome;
use crate::bindings::types::{self as contract, Error};
use crate::bridge;
use crate::ending::{self, Ending};
use crate::hand::{Hand, Run, Voice, millis};
use crate::host::Host;
use crate::observe::{Notebook, Sink};
use crate::plugin::{Plugin, Prepared};
use crate::state::State;
use crate::text::cut;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::{Duration, Instant};
use touchstone_model::description::CheckDescription;
use touchstone_model::dialect::Dialect;
use touchstone_model::text::Text;
use touchstone_model::verdict::Termination;
use touchstone_probes::Target;
use touchstone_probes::secret::Redactor;
use wasmtime::Store;

/// What a check is started with.
pub struct CheckCall<'a> {
    /// The component.
    pub plugin: Arc<Plugin>,
    /// One of its checks.
    pub check: &'a CheckDescription,
    /// What it is put to.
    pub target: Arc<Target>,
    /// The target's adapter, where the check needs it.
    pub adapter: Option<Arc<Plugin>>,
    /// Values by name, defaults included.
    pub params: BTreeMap<String, String>,
    /// How the target's product writes its SQL.
    pub dialect: Dialect,
    /// Short lower-case identifier, unique to this run.
    pub scratch_name: String,
    /// After this time it is ended.
    pub time_limit: Duration,
    /// Where everything is written.
    pub sink: Arc<dyn Sink>,
    /// Knows the target's secrets.
    pub redactor: Arc<Redactor>,
}

pub(crate) async fn run(host: &Host, call: CheckCall<'_>) -> Termination {
    let Prepared::Checks(ready) = call.plugin.prepared() else {
        return Termination::NotStarted { message: format!("{} is not a component of checks", call.plugin.name()) };
    };
    let id = call.check.id.strip_prefix(call.plugin.name()).and_then(|rest| rest.strip_prefix('/'));
    let Some(id) = id else {
        return Termination::NotStarted { message: format!("{} is not of {}", call.check.id, call.plugin.name()) };
    };
    let notebook = Notebook::new(call.sink, call.redactor, host.limits.clone());
    let run = Arc::new(Run {
        target: call.target,
        check: call.check.id.clone(),
        impact: call.check.impact,
        params: call.params,
        dialect: call.dialect,
        scratch_name: call.scratch_name,
        begun: Instant::now(),
        time_limit: call.time_limit,
        limits: host.limits.clone(),
        notebook: notebook.clone(),
        scratches: AtomicU32::new(0),
        roles: Default::default(),
    });
    let (line, session) = match call.adapter {
        Some(adapter) => {
            let (line, session) = bridge::connect(&host.engines, adapter, run.clone());
            (Some(line), Some(session))
        }
        None => (None, None),
    };
    let hand = Hand { run, voice: Voice::Check, grants: call.check.needs.clone() };
    let store = host.engines.store(State::new(hand, line), &host.limits);
    let served = async {
        match session {
            Some(session) => session.serve().await,
            None => std::future::pending().await,
        }
    };
    let termination = drive(store, ready, id, call.time_limit, served).await;
    redacted(termination, &notebook, host.limits.text_bytes)
}

/// Drives the check, and the adapter beside it, in one task: what ends the one ends the other.
async fn drive(
    mut store: Store<State>,
    ready: &CheckPre<State>,
    id: &str,
    limit: Duration,
    served: impl Future<Output = ()>,
) -> Termination {
    let asking = async {
        let guest = ready.instantiate_async(&mut store).await?;
        guest.touchstone_contract_checks().call_run(&mut store, id).await
    };
    let beside = async {
        tokio::pin!(served);
        let mut serving = true;
        tokio::pin!(asking);
        loop {
            tokio::select! {
                biased;
                ended = &mut asking => break ended,
                () = &mut served, if serving => serving = false,
            }
        }
    };
    match tokio::time::timeout(limit, beside).await {
        Err(_) => Termination::TimedOut { limit_ms: millis(limit) },
        Ok(Ok(Ok(Outcome::Decided))) => Termination::Decided,
        Ok(Ok(Ok(Outcome::NotApplicable(reason)))) => Termination::NotApplicable { reason: both(reason) },
        Ok(Ok(Ok(Outcome::Inconclusive(reason)))) => Termination::Inconclusive { reason: both(reason) },
        Ok(Ok(Err(error))) => failed(error),
        Ok(Err(error)) => match ending::of_state(&error, store.data()) {
            Ending::Limit(what) => Termination::LimitExceeded { what },
            Ending::Trap(message) => Termination::Trapped { message },
        },
    }
}

fn both(contract::Text { zh, en }: contract::Text) -> Text {
    Text { zh, en }
}

fn failed(error: Error) -> Termination {
    let (code, message) = match error {
        Error::Denied(message) => ("denied".to_owned(), message),
        Error::Invalid(message) => ("invalid".to_owned(), message),
        Error::TimedOut(message) => ("timed-out".to_owned(), message),
        Error::Lost(message) => ("lost".to_owned(), message),
        Error::Limit(message) => ("limit".to_owned(), message),
        Error::Unavailable(message) => ("unavailable".to_owned(), message),
        Error::Other(detail) => (detail.code, detail.message),
    };
    Termination::Failed { code, message }
}

/// A plugin's own words go into the report as all others: without secrets, and not without end.
fn redacted(termination: Termination, notebook: &Notebook, limit: usize) -> Termination {
    let clean = |text: String| cut(&notebook.redactor().text(&text), limit);
    let words = |text: Text| Text { zh: clean(text.zh), en: clean(text.en) };
    match termination {
        Termination::NotApplicable { reason } => Termination::NotApplicable { reason: words(reason) },
        Termination::Inconclusive { reason } => Termination::Inconclusive { reason: words(reason) },
        Termination::Failed { code, message } => Termination::Failed { code: clean(code), message: clean(message) },
        Termination::Trapped { message } => Termination::Trapped { message: clean(message) },
        other => other,
    }
}
