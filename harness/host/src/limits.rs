//! What a guest may use, and the watch over it.

use wasmtime::ResourceLimiter;

/// Caps of one check run (and, separately, of the adapter it calls).
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of linear memory.
    pub memory: usize,
    /// Elements of a table.
    pub table: usize,
    /// Sessions, connections and swarms open at once.
    pub handles: usize,
    /// Connections of one swarm.
    pub swarm: u32,
    /// Bytes kept of a stream or a body when the guest names no number.
    pub output: usize,
    /// Bytes kept at most, whatever the guest asks for.
    pub output_cap: usize,
    /// Bytes of evidence of one check run.
    pub evidence: u64,
    /// Bytes of one string or list that a guest hands over (statements, argument lists, standard input).
    pub input: usize,
    /// Notes kept.
    pub notes: usize,
    /// Reports of expectations.
    pub reports: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            memory: 64 << 20,
            table: 10_000,
            handles: 64,
            swarm: 20_000,
            output: 1 << 20,
            output_cap: 16 << 20,
            evidence: 64 << 20,
            input: 16 << 20,
            notes: 1000,
            reports: 1000,
        }
    }
}

/// Watches memory and tables of one store and remembers what was refused.
#[derive(Debug)]
pub struct Watch {
    memory: usize,
    table: usize,
    /// What was asked for beyond the limit.
    pub exceeded: Option<String>,
}

impl Watch {
    /// With the caps of `limits`.
    pub fn new(limits: &Limits) -> Self {
        Watch { memory: limits.memory, table: limits.table, exceeded: None }
    }
}

impl ResourceLimiter for Watch {
    fn memory_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        if desired > self.memory {
            self.exceeded = Some(format!("memory: {desired} bytes asked, {} allowed", self.memory));
        }
        Ok(desired <= self.memory)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        if desired > self.table {
            self.exceeded = Some(format!("table: {desired} elements asked, {} allowed", self.table));
        }
        Ok(desired <= self.table)
    }

    fn instances(&self) -> usize {
        100
    }

    fn tables(&self) -> usize {
        100
    }

    fn memories(&self) -> usize {
        20
    }
}
