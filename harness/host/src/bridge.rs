//! Check meets adapter: one store each, plain values over a line, types compared before the run.
//!
//! The adapter is driven beside the check, in the same task: whatever ends the check ends both, and neither can hold the
//! other's thread. What the adapter says is shown, but is no evidence.

use crate::bindings::types::{Error, ErrorDetail};
use crate::contract;
use crate::ending;
use crate::engine::Engines;
use crate::hand::{Hand, Run, Voice};
use crate::observe::{Done, Pieces};
use crate::plugin::{Plugin, PluginKind, Prepared};
use crate::refusal::BridgeError;
use crate::state::State;
use crate::values;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use touchstone_model::description::Need;
use touchstone_model::observation::ActResult;
use wasmtime::component::types::{ComponentFunc, ComponentInstance, ComponentItem};
use wasmtime::component::{Component, InstancePre, Linker, Val};
use wasmtime::{Engine, Store};

/// Says whether the check, at `interface`, could call the adapter.
pub(crate) fn fits(engine: &Engine, check: &Plugin, adapter: &Plugin, interface: &str) -> Result<(), BridgeError> {
    let PluginKind::Adapter(description) = adapter.kind() else {
        return Err(BridgeError::NotAnAdapter { plugin: adapter.name().to_owned() });
    };
    let (name, interface) = (description.name.clone(), interface.to_owned());
    let full = contract::full(&interface);
    let offered = adapter.component().component_type().get_export(engine, &full).map(|found| found.ty);
    let Some(ComponentItem::ComponentInstance(offered)) = offered else {
        return Err(BridgeError::MissingInterface { adapter: name, interface });
    };
    let wanted = check.component().component_type().get_import(engine, &full).map(|found| found.ty);
    // A check that declares the need but never calls has nothing to be compared.
    let Some(ComponentItem::ComponentInstance(wanted)) = wanted else { return Ok(()) };
    for (function, wanted) in functions(engine, &wanted) {
        let Some(ComponentItem::ComponentFunc(found)) = offered.get_export(engine, &function).map(|found| found.ty) else {
            return Err(BridgeError::MissingFunction { adapter: name, interface, function });
        };
        if values::has_handles(&wanted) || values::has_handles(&found) {
            return Err(BridgeError::Handles { interface, what: function });
        }
        if let Some(how) = values::difference(&wanted, &found) {
            return Err(BridgeError::Mistyped { adapter: name, interface, function, how });
        }
    }
    Ok(())
}

fn functions(engine: &Engine, instance: &ComponentInstance) -> Vec<(String, ComponentFunc)> {
    let function = |(name, item): (&str, wasmtime::component::types::ComponentExtern<'_>)| match item.ty {
        ComponentItem::ComponentFunc(function) => Some((name.to_owned(), function)),
        _ => None,
    };
    instance.exports(engine).filter_map(function).collect()
}

/// Links an adapter's interface: every function of it is a call over the line.
pub(crate) fn link(linker: &mut Linker<State>, component: &Component, interface: &str) -> wasmtime::Result<()> {
    let (engine, full) = (component.engine(), contract::full(interface));
    let imported = component.component_type().get_import(engine, &full).map(|found| found.ty);
    let Some(ComponentItem::ComponentInstance(imported)) = imported else { return Ok(()) };
    let mut instance = linker.instance(&full)?;
    for (function, _) in functions(engine, &imported) {
        let (interface, name) = (interface.to_owned(), function.clone());
        instance.func_new_async(&function, move |mut store, ty, params, results| {
            let asked = Asked { interface: interface.clone(), function: name.clone(), params: params.to_vec() };
            Box::new(async move {
                let state = store.data_mut();
                let (hand, line) = (state.hand.clone(), state.line.clone());
                let answer = match hand.ask(line, asked).await {
                    Ok(answer) => answer,
                    Err(error) => values::contract_error(&ty, error)?,
                };
                let [result] = results else { return Err(wasmtime::Error::msg("not one result")) };
                *result = answer;
                Ok(())
            })
        })?;
    }
    Ok(())
}

/// The check's end of the line.
#[derive(Clone)]
pub(crate) struct Line {
    adapter: String,
    calls: mpsc::Sender<Call>,
}

/// A call of an adapter's function.
#[derive(Debug)]
struct Asked {
    interface: String,
    function: String,
    params: Vec<Val>,
}

struct Call {
    asked: Asked,
    answer: oneshot::Sender<Result<Val, String>>,
}

impl Hand {
    async fn ask(&self, line: Option<Line>, asked: Asked) -> Result<Val, Error> {
        let adapter = line.as_ref().map_or("", |line| line.adapter.as_str());
        let need = Need::Adapter(asked.interface.clone());
        let params: Vec<String> = asked.params.iter().map(|value| values::shown(value).to_string()).collect();
        let words = format!("adapter {adapter}: {}.{}({})", asked.interface, asked.function, params.join(", "));
        let act = self.begin(&need, &words)?;
        act.settle(self.try_ask(line, asked).await)
    }

    async fn try_ask(&self, line: Option<Line>, asked: Asked) -> Result<Done<Val>, Error> {
        let Some(line) = line else { return Err(Error::Unavailable("the target has no adapter".to_owned())) };
        let broken = |message: String| Error::Other(ErrorDetail { code: "adapter".to_owned(), message });
        let (answer, answered) = oneshot::channel();
        let sent = line.calls.send(Call { asked, answer }).await;
        sent.map_err(|_| broken(format!("the adapter {} has ended", line.adapter)))?;
        let answer = answered.await.map_err(|_| broken(format!("the adapter {} has ended", line.adapter)))?;
        let value = answer.map_err(|message| broken(format!("the adapter {}: {message}", line.adapter)))?;
        // Its own refusal is its word too: the check gets it as it is.
        let shown = self.clean(values::shown(&value).to_string().as_bytes());
        Ok((value, Some((ActResult::Done { amount: 1 }, Pieces::default().with("answer", &shown, false)))))
    }
}

/// The adapter of a run: started by the first call, dead after the first trap.
pub(crate) struct Session<'a> {
    engines: &'a Engines,
    plugin: Arc<Plugin>,
    run: Arc<Run>,
    calls: mpsc::Receiver<Call>,
}

/// Joins a check and its target's adapter by a line.
pub(crate) fn connect<'a>(engines: &'a Engines, plugin: Arc<Plugin>, run: Arc<Run>) -> (Line, Session<'a>) {
    let (sender, calls) = mpsc::channel(1);
    let line = Line { adapter: plugin.name().to_owned(), calls: sender };
    (line, Session { engines, plugin, run, calls })
}

impl Session<'_> {
    /// Answers calls until the line is gone; never returns before that, whatever the adapter does.
    pub(crate) async fn serve(mut self) {
        let mut living: Option<Result<Living, String>> = None;
        while let Some(Call { asked, answer }) = self.calls.recv().await {
            // Some time is left to the check to say what happened.
            let limit = self.run.time_limit.saturating_sub(self.run.begun.elapsed()).mul_f64(0.9);
            if living.is_none() {
                living = Some(self.start(limit).await);
            }
            let answered = match &mut living {
                Some(Ok(adapter)) => adapter.call(&asked, limit).await,
                Some(Err(message)) => Err(message.clone()),
                None => Err("not started".to_owned()),
            };
            if let Err(message) = &answered {
                // Its store is not used any more.
                living = Some(Err(message.clone()));
            }
            // The check may have been ended meanwhile.
            let _ = answer.send(answered);
        }
    }

    async fn start(&self, limit: Duration) -> Result<Living, String> {
        let (PluginKind::Adapter(description), Prepared::Adapter(prepared)) = (self.plugin.kind(), self.plugin.prepared()) else {
            return Err(format!("{} is not an adapter", self.plugin.name()));
        };
        let hand = Hand { run: self.run.clone(), voice: Voice::Adapter, grants: description.needs.clone() };
        let store = self.engines.store(State::new(hand, None), &self.run.limits);
        Living::start(store, prepared, limit).await
    }
}

struct Living {
    store: Store<State>,
    instance: wasmtime::component::Instance,
}

impl Living {
    async fn start(mut store: Store<State>, prepared: &InstancePre<State>, limit: Duration) -> Result<Self, String> {
        let started = tokio::time::timeout(limit, prepared.instantiate_async(&mut store)).await;
        match started {
            Ok(Ok(instance)) => Ok(Self { store, instance }),
            Ok(Err(error)) => Err(ending::of_state(&error, store.data()).words()),
            Err(_) => Err(timed_out(limit)),
        }
    }

    async fn call(&mut self, asked: &Asked, limit: Duration) -> Result<Val, String> {
        let Self { store, instance } = self;
        let full = contract::full(&asked.interface);
        let function = instance
            .get_export_index(&mut *store, None, &full)
            .and_then(|at| instance.get_export_index(&mut *store, Some(&at), &asked.function))
            .and_then(|at| instance.get_func(&mut *store, at));
        let Some(function) = function else { return Err(format!("it has no {}.{}", asked.interface, asked.function)) };
        let mut results = [Val::Bool(false)];
        let called = tokio::time::timeout(limit, function.call_async(&mut *store, &asked.params, &mut results)).await;
        match called {
            Ok(Ok(())) => {
                let [result] = results;
                Ok(result)
            }
            Ok(Err(error)) => Err(ending::of_state(&error, store.data()).words()),
            Err(_) => Err(timed_out(limit)),
        }
    }
}

fn timed_out(limit: Duration) -> String {
    format!("no answer within {} ms", limit.as_millis())
}
