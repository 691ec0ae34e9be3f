//! `log`

use crate::bindings::touchstone::contract::log::{Host, Level};
use crate::guest::Guest;

/// What the SDK's panic hook says last.
const PANIC: &str = "panic: ";

impl Host for Guest {
    async fn write(&mut self, level: Level, message: String) -> wasmtime::Result<()> {
        if let Some(words) = message.strip_prefix(PANIC) {
            self.panic = Some(words.chars().take(2000).collect());
        }
        let level = match level {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
        };
        if let Some(errand) = &self.errand {
            errand.observer.note(level, &message);
        }
        Ok(())
    }
}
