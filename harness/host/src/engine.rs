//! One engine for all components: how it compiles, how time passes in it, how stores are bounded.

use crate::limits::Limits;
use std::sync::Once;
use std::time::Duration;
use wasmtime::{Config, Engine, ResourceLimiter, Store, WasmBacktraceDetails};

/// After this time a guest that computes gives way to the others of its thread.
const TICK: Duration = Duration::from_millis(10);
const WASM_STACK: usize = 512 * 1024;
/// Host functions run on the same stack as the guest that calls them.
const FIBER_STACK: usize = 2 * 1024 * 1024;

pub(crate) struct Engines {
    engine: Engine,
    ticking: Once,
}

impl Engines {
    pub(crate) fn new() -> wasmtime::Result<Self> {
        let mut config = Config::new();
        config
            .epoch_interruption(true)
            .consume_fuel(false)
            .max_wasm_stack(WASM_STACK)
            .async_stack_size(FIBER_STACK)
            .wasm_backtrace_details(WasmBacktraceDetails::Disable)
            .wasm_component_model(true)
            .wasm_memory64(false)
            .wasm_relaxed_simd(false)
            .wasm_tail_call(false)
            .concurrency_support(false);
        Ok(Self { engine: Engine::new(&config)?, ticking: Once::new() })
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// A store that gives way every tick, so that a busy guest blocks no thread and its time limit can end it.
    pub(crate) fn store<T: Bounded + Send + 'static>(&self, data: T, limits: &Limits) -> Store<T> {
        self.ticking.call_once(|| self.tick());
        let mut store = Store::new(&self.engine, data);
        store.limiter(|data| data.limiter());
        store.set_hostcall_fuel(limits.call_bytes);
        store.set_epoch_deadline(1);
        store.epoch_deadline_async_yield_and_update(1);
        store
    }

    fn tick(&self) {
        // A weak handle: the thread must not keep the engine alive, and ends with it.
        let engine = self.engine.weak();
        std::thread::spawn(move || {
            while let Some(engine) = engine.upgrade() {
                engine.increment_epoch();
                drop(engine);
                std::thread::sleep(TICK);
            }
        });
    }
}

/// Data of a store that bounds what its guest takes.
pub(crate) trait Bounded {
    fn limiter(&mut self) -> &mut Limiter;
}

/// Counts memory and table elements over the whole store, and remembers what was denied.
pub(crate) struct Limiter {
    memory_left: usize,
    elements_left: usize,
    instances: usize,
    memories: usize,
    tables: usize,
    denied: Option<String>,
}

impl Limiter {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            memory_left: limits.memory_bytes,
            elements_left: limits.table_elements,
            instances: limits.instances,
            memories: limits.memories,
            tables: limits.tables,
            denied: None,
        }
    }

    /// What was denied last: the cause of a trap that follows.
    pub(crate) fn denied(&self) -> Option<&str> {
        self.denied.as_deref()
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let wanted = desired.saturating_sub(current);
        let granted = wanted <= self.memory_left;
        if granted {
            self.memory_left -= wanted;
        } else {
            self.denied = Some(format!("memory: {wanted} bytes more were asked for, {} are left", self.memory_left));
        }
        Ok(granted)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let wanted = desired.saturating_sub(current);
        let granted = wanted <= self.elements_left;
        if granted {
            self.elements_left -= wanted;
        } else {
            self.denied = Some(format!("tables: {wanted} elements more were asked for, {} are left", self.elements_left));
        }
        Ok(granted)
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.tables
    }

    fn memories(&self) -> usize {
        self.memories
    }
}
