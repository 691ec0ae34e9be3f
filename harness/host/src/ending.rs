//! How a guest ended that did not return.

use crate::capability::log::Notes;
use crate::engine::Limiter;
use crate::state::State;
use wasmtime::{Error, Trap, WasmBacktrace};

/// Function names of a backtrace that are told.
const FRAMES: usize = 8;
/// The way from a panic to its trap, and from the export to the plugin's own code: the same in every plugin.
const NOISE: [&str; 8] =
    ["core::panicking", "std::panicking", "std::sys", "rust_begin_unwind", "__rust", "rust_panic", "abort", "wit_bindgen"];

pub(crate) enum Ending {
    /// Something was asked for beyond a limit.
    Limit(String),
    /// It trapped.
    Trap(String),
}

impl Ending {
    pub(crate) fn words(self) -> String {
        match self {
            Ending::Limit(what) => format!("a limit was exceeded: {what}"),
            Ending::Trap(message) => message,
        }
    }
}

pub(crate) fn of_state(error: &Error, state: &State) -> Ending {
    of(error, state.limiter_ref(), &state.notes)
}

/// Tells a limit from a trap, and gives a panic its words.
pub(crate) fn of(error: &Error, limiter: &Limiter, notes: &Notes) -> Ending {
    let trap = error.downcast_ref::<Trap>();
    if let Some(denied) = limiter.denied() {
        return Ending::Limit(denied.to_owned());
    }
    let root = error.root_cause().to_string();
    // The engine has no public type for this one.
    if trap.is_none() && root.contains("copied between the host and the guest") {
        return Ending::Limit(format!("values handed over in one call: {root}"));
    }
    let what = match (notes.panic(), trap) {
        (Some(panic), _) => format!("panic: {panic}"),
        (None, Some(trap)) => trap.to_string(),
        (None, None) => root,
    };
    match error.downcast_ref::<WasmBacktrace>().map(names) {
        Some(names) if !names.is_empty() => Ending::Trap(format!("{what} (in {})", names.join(" < "))),
        _ => Ending::Trap(what),
    }
}

fn names(backtrace: &WasmBacktrace) -> Vec<String> {
    let names = backtrace.frames().iter().filter_map(|frame| frame.func_name());
    names.filter(|name| !NOISE.iter().any(|noise| name.contains(noise))).take(FRAMES).map(plain).collect()
}

/// Without the hash that the compiler puts behind a name.
fn plain(name: &str) -> String {
    match name.rsplit_once("::h") {
        Some((path, hash)) if hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => path.to_owned(),
        _ => name.to_owned(),
    }
}
