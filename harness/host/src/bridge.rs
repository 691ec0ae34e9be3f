//! A check calls its target's adapter: two stores, plain values over a channel, types compared before anything runs.

use crate::Host;
use crate::guest::{Errand, Guest};
use crate::load::{Plugin, bare, full, root};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot};
use touchstone_model::description::Need;
use touchstone_model::observation::ActResult;
use wasmtime::Engine;
use wasmtime::component::types::{ComponentFunc, ComponentItem, Type};
use wasmtime::component::{Component, Linker, Val};

/// Why a check and an adapter do not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BridgeError {
    /// The adapter does not offer the interface.
    #[error("adapter {adapter} does not offer {interface}")]
    MissingInterface {
        /// Adapter's name.
        adapter: String,
        /// Bare name.
        interface: String,
    },
    /// The adapter's interface lacks a function.
    #[error("adapter {adapter}: {interface} has no function {function}")]
    MissingFunction {
        /// Adapter's name.
        adapter: String,
        /// Bare name.
        interface: String,
        /// The function.
        function: String,
    },
    /// The types differ.
    #[error("adapter {adapter}: {interface}.{function} has other types than the check calls it with")]
    Mistyped {
        /// Adapter's name.
        adapter: String,
        /// Bare name.
        interface: String,
        /// The function.
        function: String,
    },
    /// Handles cannot cross from one store to another.
    #[error("{interface}.{function} passes handles; only plain values cross between check and adapter")]
    Handles {
        /// Bare name.
        interface: String,
        /// The function.
        function: String,
    },
}

impl Host {
    /// Whether `adapter` offers `interface` just as `check` calls it.
    pub fn bridge(&self, check: &Plugin, adapter: &Plugin, interface: &str) -> Result<(), BridgeError> {
        let name = full(interface);
        // A check may declare a need that its code never uses: nothing to compare then but that it is there.
        let wanted = functions(&self.engine, &check.component, &name, Side::Import).unwrap_or_default();
        let missing = || BridgeError::MissingInterface { adapter: adapter.name().into(), interface: interface.into() };
        let offered = functions(&self.engine, &adapter.component, &name, Side::Export).ok_or_else(missing)?;
        let (adapter, interface) = (adapter.name().to_owned(), interface.to_owned());
        for (function, called) in wanted {
            let Some((_, served)) = offered.iter().find(|(name, _)| *name == function) else {
                return Err(BridgeError::MissingFunction { adapter, interface, function });
            };
            if called.params().chain(called.results().map(|ty| ("", ty))).any(|(_, ty)| has_handle(&ty)) {
                return Err(BridgeError::Handles { interface, function });
            }
            let params = called.params().map(|(_, ty)| ty).eq(served.params().map(|(_, ty)| ty));
            if !params || !called.results().eq(served.results()) {
                return Err(BridgeError::Mistyped { adapter, interface, function });
            }
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
enum Side {
    Import,
    Export,
}

fn functions(engine: &Engine, component: &Component, name: &str, side: Side) -> Option<Vec<(String, ComponentFunc)>> {
    let ty = component.component_type();
    let item = match side {
        Side::Import => ty.imports(engine).find(|(n, _)| *n == name).map(|(_, item)| item.ty),
        Side::Export => ty.exports(engine).find(|(n, _)| *n == name).map(|(_, item)| item.ty),
    };
    let Some(ComponentItem::ComponentInstance(instance)) = item else { return None };
    let functions = instance.exports(engine).filter_map(|(name, item)| match item.ty {
        ComponentItem::ComponentFunc(function) => Some((name.to_owned(), function)),
        _ => None,
    });
    Some(functions.collect())
}

fn has_handle(ty: &Type) -> bool {
    match ty {
        Type::Own(_) | Type::Borrow(_) => true,
        Type::List(list) => has_handle(&list.ty()),
        Type::Record(record) => record.fields().any(|field| has_handle(&field.ty)),
        Type::Tuple(tuple) => tuple.types().any(|ty| has_handle(&ty)),
        Type::Variant(variant) => variant.cases().any(|case| case.ty.is_some_and(|ty| has_handle(&ty))),
        Type::Option(option) => has_handle(&option.ty()),
        Type::Result(result) => result.ok().iter().chain(result.err().iter()).any(has_handle),
        _ => false,
    }
}

/// Defines the functions of an adapter interface in a check's linker; each goes over the line to the adapter.
pub fn link(linker: &mut Linker<Guest>, component: &Component, engine: &Engine, import: &str) -> wasmtime::Result<()> {
    let mut instance = linker.instance(import)?;
    for (function, _) in functions(engine, component, import, Side::Import).unwrap_or_default() {
        let interface = import.to_owned();
        let name = function.clone();
        instance.func_new_async(&function, move |store, _, params, results| {
            let errand = store.data().granted(&Need::Adapter(bare(&interface).to_owned()));
            let (interface, function, params) = (interface.clone(), name.clone(), params.to_vec());
            Box::new(async move {
                let errand = errand?.map_err(|_| wasmtime::Error::msg(format!("adapter interface {interface} was not granted")))?;
                let answer = call(&errand, interface, function, params, results.len()).await?;
                results.iter_mut().zip(answer).for_each(|(slot, value)| *slot = value);
                Ok(())
            })
        })?;
    }
    Ok(())
}

async fn call(errand: &Errand, interface: String, function: String, params: Vec<Val>, results: usize) -> wasmtime::Result<Vec<Val>> {
    let Some(line) = &errand.adapter else { return Err(wasmtime::Error::msg("the target has no adapter")) };
    let act = errand.act("adapter", format!("{}: {}.{function}()", line.name, bare(&interface)));
    match line.call(interface, function, params, results).await {
        Ok(answer) => {
            errand.observer.record(act, ActResult::Done { amount: answer.len() as u64 });
            Ok(answer)
        }
        Err(message) => {
            let result = ActResult::Refused { code: "adapter".into(), message: message.clone() };
            errand.observer.record(act, result);
            Err(wasmtime::Error::msg(format!("adapter {}: {message}", line.name)))
        }
    }
}

struct Call {
    interface: String,
    function: String,
    params: Vec<Val>,
    results: usize,
    answer: oneshot::Sender<Result<Vec<Val>, String>>,
}

/// The way to an adapter: started with the first call, ended with the last clone.
#[derive(Clone)]
pub struct AdapterLine {
    name: String,
    start: Arc<Mutex<Start>>,
}

enum Start {
    Due(Box<dyn FnOnce(mpsc::Receiver<Call>) -> tokio::task::JoinHandle<()> + Send>),
    Running(mpsc::Sender<Call>, Ended),
    Starting,
}

/// Ends the adapter's task, and with it whatever it was doing on the target.
struct Ended(tokio::task::JoinHandle<()>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl AdapterLine {
    /// To `adapter`, which will act with `errand` in a store of its own.
    pub fn new(host: &Host, adapter: Arc<Plugin>, errand: Errand) -> Self {
        let name = adapter.name().to_owned();
        let store = host.store(Guest::new(&host.limits, Some(errand)));
        let begin = move |calls| tokio::spawn(serve(adapter, store, calls));
        AdapterLine { name, start: Arc::new(Mutex::new(Start::Due(Box::new(begin)))) }
    }

    fn sender(&self) -> mpsc::Sender<Call> {
        let mut start = self.start.lock().unwrap_or_else(PoisonError::into_inner);
        if let Start::Running(sender, _) = &*start {
            return sender.clone();
        }
        let (sender, calls) = mpsc::channel(1);
        if let Start::Due(begin) = std::mem::replace(&mut *start, Start::Starting) {
            *start = Start::Running(sender.clone(), Ended(begin(calls)));
        }
        sender
    }

    async fn call(&self, interface: String, function: String, params: Vec<Val>, results: usize) -> Result<Vec<Val>, String> {
        let (answer, answered) = oneshot::channel();
        let call = Call { interface, function, params, results, answer };
        let gone = || "it has ended".to_owned();
        self.sender().send(call).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

async fn serve(adapter: Arc<Plugin>, mut store: wasmtime::Store<Guest>, mut calls: mpsc::Receiver<Call>) {
    let instance = adapter.ready.instantiate_async(&mut store).await;
    while let Some(call) = calls.recv().await {
        let result = match &instance {
            Ok(instance) => answer(instance, &mut store, &call).await,
            Err(error) => Err(wasmtime::Error::msg(root(error))),
        };
        let failed = result.is_err();
        let panic = store.data_mut().panic.take();
        let told = result.map_err(|error| panic.unwrap_or_else(|| root(&error)));
        let _ = call.answer.send(told);
        if failed {
            return; // A store that trapped is thrown away.
        }
    }
}

async fn answer(
    instance: &wasmtime::component::Instance,
    store: &mut wasmtime::Store<Guest>,
    call: &Call,
) -> wasmtime::Result<Vec<Val>> {
    let missing = || wasmtime::Error::msg(format!("no {}.{}", call.interface, call.function));
    let interface = instance.get_export_index(&mut *store, None, &call.interface).ok_or_else(missing)?;
    let function = instance.get_export_index(&mut *store, Some(&interface), &call.function).ok_or_else(missing)?;
    let function = instance.get_func(&mut *store, function).ok_or_else(missing)?;
    let mut results = vec![Val::Bool(false); call.results];
    function.call_async(&mut *store, &call.params, &mut results).await?;
    Ok(results)
}
