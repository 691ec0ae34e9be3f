//! How much a plugin may use of the machine that the harness runs on.

use std::time::Duration;

/// Caps of one check run (and, separately, of the adapter that it calls).
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of all linear memories together.
    pub memory_bytes: usize,
    /// Elements of all tables together.
    pub table_elements: usize,
    /// Core and component instances.
    pub instances: usize,
    /// Linear memories.
    pub memories: usize,
    /// Tables.
    pub tables: usize,
    /// Bytes that one call may hand to the host.
    pub call_bytes: usize,
    /// Sessions, connections and swarms open at once.
    pub handles: usize,
    /// Connections of all open swarms together.
    pub swarm_connections: u32,
    /// Parties of visitors that have not been called back: each remembers what it saw.
    pub parties: usize,
    /// Workloads under way: each remembers what it was answered.
    pub workloads: usize,
    /// Loads under way.
    pub loads: usize,
    /// Bytes kept of one stream when the plugin names no limit.
    pub output_default: usize,
    /// Bytes kept of one stream at most.
    pub output_max: usize,
    /// Bytes of evidence; reached, no further act is done.
    pub evidence_bytes: usize,
    /// Acts.
    pub observations: usize,
    /// Decisions on expectations.
    pub reports: usize,
    /// Registered clean-ups.
    pub cleanups: usize,
    /// Notes; those beyond are dropped, with one note that says so.
    pub log_lines: usize,
    /// Bytes of a note, a reason, a figure reported.
    pub text_bytes: usize,
    /// Bytes of all arguments of a command, of a statement, of a URL with its headers.
    pub request_bytes: usize,
    /// Time that a component may take to describe itself.
    pub describe_time: Duration,
    /// Bytes of a component's file.
    pub component_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: usize = 1024 * 1024;
        Self {
            memory_bytes: 64 * MIB,
            table_elements: 10_000,
            instances: 64,
            memories: 8,
            tables: 32,
            call_bytes: 32 * MIB,
            handles: 64,
            swarm_connections: 20_000,
            parties: 4,
            workloads: 4,
            loads: 2,
            output_default: MIB,
            output_max: 16 * MIB,
            evidence_bytes: 64 * MIB,
            observations: 10_000,
            reports: 1_000,
            cleanups: 1_000,
            log_lines: 1_000,
            text_bytes: 16 * 1024,
            request_bytes: MIB,
            describe_time: Duration::from_secs(5),
            component_bytes: 64 * 1024 * 1024,
        }
    }
}
