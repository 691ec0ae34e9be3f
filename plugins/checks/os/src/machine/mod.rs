//! Kernel, processors, memory.

pub mod boot_chain;
pub mod kernel_version;
pub mod kvm;
pub mod memory_ceiling;
pub mod multi_core;
pub mod numa;
pub mod processor_ceiling;
