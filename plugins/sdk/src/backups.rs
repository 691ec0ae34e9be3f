//! What a check has the target's adapter do: backups of an instance that does not run, and parts brought back from a physical
//! backup. What the product says of them is no evidence.

use crate::Context;
use crate::bindings::touchstone::contract::types::Said;
use crate::bindings::touchstone::contract::{offline, parts};
use crate::stop::Stop;

pub use offline::{Running, Taken as TakenOffline};
pub use parts::{Part as PhysicalPart, Taken as TakenPart};

impl Context {
    /// Whether the product can be backed up while it does not run, as its adapter says.
    pub fn offline_offered(&self) -> Result<bool, Stop> {
        Ok(offline::offered()?)
    }

    /// Has the target's adapter make an instance beside the target's. Look at what answers there.
    pub fn make_offline(&self, name: &str) -> Result<Running, Stop> {
        Ok(offline::make(name)?)
    }

    /// Has the target's adapter stop such an instance. Look whether it still answers.
    pub fn stop_offline(&self, name: &str) -> Result<Said, Stop> {
        Ok(offline::stop(name)?)
    }

    /// Has the target's adapter start such an instance again.
    pub fn start_offline(&self, name: &str) -> Result<Running, Stop> {
        Ok(offline::start(name)?)
    }

    /// Has the target's adapter back a stopped instance up.
    pub fn take_offline(&self, name: &str) -> Result<TakenOffline, Stop> {
        Ok(offline::take(name)?)
    }

    /// Has the target's adapter make another instance of such a backup.
    pub fn restore_offline(&self, backup: &str, name: &str) -> Result<Running, Stop> {
        Ok(offline::restore(backup, name)?)
    }

    /// Has the target's adapter end and remove such an instance.
    pub fn discard_offline(&self, name: &str) -> Result<Said, Stop> {
        Ok(offline::discard(name)?)
    }

    /// Parts that the product can bring back from a physical backup by themselves, as its adapter says.
    pub fn physical_parts(&self) -> Result<Vec<PhysicalPart>, Stop> {
        Ok(parts::offered()?)
    }

    /// Has the target's adapter take a physical backup with that part in it.
    pub fn take_part(&self, part: PhysicalPart, name: &str) -> Result<TakenPart, Stop> {
        Ok(parts::take(part, name)?)
    }

    /// Has the target's adapter bring a part back. Look at it, and at what is beside it.
    pub fn bring_back(&self, set: &str, part: PhysicalPart, name: &str) -> Result<Said, Stop> {
        Ok(parts::bring_back(set, part, name)?)
    }
}
