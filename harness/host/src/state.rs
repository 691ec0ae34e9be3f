//! What the host knows of one running guest.

use crate::bridge::Line;
use crate::capability::log::Notes;
use crate::engine::{Bounded, Limiter};
use crate::hand::{Hand, Voice};
use std::sync::Arc;
use wasmtime::component::{Resource, ResourceTable};

/// Data of a guest's store.
pub(crate) struct State {
    pub(crate) hand: Arc<Hand>,
    pub(crate) table: ResourceTable,
    pub(crate) handles: usize,
    pub(crate) swarm_connections: u32,
    pub(crate) parties: usize,
    pub(crate) browsers: usize,
    pub(crate) workloads: usize,
    pub(crate) loads: usize,
    pub(crate) notes: Notes,
    /// The line to the adapter; an adapter has none.
    pub(crate) line: Option<Line>,
    limiter: Limiter,
}

impl State {
    pub(crate) fn new(hand: Hand, line: Option<Line>) -> Self {
        let prefix = if hand.voice == Voice::Adapter { "adapter: " } else { "" };
        Self {
            table: ResourceTable::new(),
            handles: 0,
            swarm_connections: 0,
            parties: 0,
            browsers: 0,
            workloads: 0,
            loads: 0,
            notes: Notes::new(prefix, Some(hand.run.notebook.clone())),
            line,
            limiter: Limiter::new(&hand.run.limits),
            hand: Arc::new(hand),
        }
    }

    /// What it took and was denied.
    pub(crate) fn limiter_ref(&self) -> &Limiter {
        &self.limiter
    }

    /// Gives the guest a handle.
    pub(crate) fn keep<T: Send + 'static>(&mut self, handle: T) -> wasmtime::Result<Resource<T>> {
        self.handles += 1;
        Ok(self.table.push(handle)?)
    }

    /// Takes a handle back.
    pub(crate) fn give_up<T: Send + 'static>(&mut self, handle: Resource<T>) -> wasmtime::Result<T> {
        self.handles = self.handles.saturating_sub(1);
        Ok(self.table.delete(handle)?)
    }
}

impl Bounded for State {
    fn limiter(&mut self) -> &mut Limiter {
        &mut self.limiter
    }
}
