//! Time.

use crate::bindings::clock::Host;
use crate::state::State;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

impl Host for State {
    fn monotonic_ns(&mut self) -> wasmtime::Result<u64> {
        Ok(u64::try_from(self.hand.run.begun.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }

    fn wall_ms(&mut self) -> wasmtime::Result<u64> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    async fn sleep_ms(&mut self, milliseconds: u32) -> wasmtime::Result<()> {
        // The check's time limit drops this future.
        tokio::time::sleep(Duration::from_millis(milliseconds.into())).await;
        Ok(())
    }
}
