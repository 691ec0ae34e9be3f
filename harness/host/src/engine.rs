//! The wasmtime engine and the clock that keeps a busy guest from holding a thread.

use std::time::Duration;
use wasmtime::{Config, Engine};

/// How often a busy guest gives way.
const TICK: Duration = Duration::from_millis(10);

/// Component model only, interruptible, with function names in traps.
pub fn engine() -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    config.wasm_component_model(true);
    config.epoch_interruption(true);
    config.max_wasm_stack(512 * 1024);
    config.wasm_backtrace_max_frames(std::num::NonZeroUsize::new(20));
    Engine::new(&config)
}

/// Counts epochs while the engine lives. The thread holds it weakly and ends by itself when it is gone.
pub fn tick(engine: &Engine) {
    let weak = engine.weak();
    std::thread::spawn(move || {
        while let Some(engine) = weak.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(TICK);
        }
    });
}
