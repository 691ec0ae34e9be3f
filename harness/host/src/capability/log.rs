//! Notes, and the last words of a guest that panics.

use crate::bindings::log::{Host, Level};
use crate::observe::Notebook;
use crate::text::cut;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The SDK writes a panic's message with this in front, right before it traps.
const PANIC: &str = "panic: ";
const PANIC_BYTES: usize = 4096;

/// Takes notes; without a notebook, only of panics.
pub(crate) struct Notes {
    prefix: &'static str,
    notebook: Option<Arc<Notebook>>,
    panic: Option<String>,
    said: BTreeSet<String>,
}

impl Notes {
    pub(crate) fn new(prefix: &'static str, notebook: Option<Arc<Notebook>>) -> Self {
        Self { prefix, notebook, panic: None, said: BTreeSet::new() }
    }

    /// A note of the host's own, written once however often it is given.
    pub(crate) fn once(&mut self, level: &str, message: &str) {
        if let (true, Some(notebook)) = (self.said.insert(message.to_owned()), &self.notebook) {
            notebook.log(level, message);
        }
    }

    /// Message of the last panic.
    pub(crate) fn panic(&self) -> Option<&str> {
        self.panic.as_deref()
    }
}

impl Host for Notes {
    fn write(&mut self, level: Level, message: String) -> wasmtime::Result<()> {
        if let Some(words) = message.strip_prefix(PANIC) {
            // Without secrets first: half a secret would not be known for one.
            let clean = self.notebook.as_ref().map_or_else(|| words.to_owned(), |book| book.redactor().text(words));
            self.panic = Some(cut(&clean, PANIC_BYTES));
        }
        let level = match level {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
        };
        if let Some(notebook) = &self.notebook {
            notebook.log(level, &format!("{}{message}", self.prefix));
        }
        Ok(())
    }
}
