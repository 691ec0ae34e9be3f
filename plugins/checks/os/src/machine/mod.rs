//! Kernel, processors, memory.

pub mod kernel_version;
pub mod memory_ceiling;
pub mod multi_core;
pub mod processor_ceiling;
