//! `clock`

use crate::bindings::touchstone::contract::clock::Host;
use crate::guest::Guest;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

impl Host for Guest {
    async fn monotonic_ns(&mut self) -> wasmtime::Result<u64> {
        Ok(u64::try_from(self.errand()?.started.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }

    async fn wall_ms(&mut self) -> wasmtime::Result<u64> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    async fn sleep_ms(&mut self, milliseconds: u32) -> wasmtime::Result<()> {
        self.errand()?;
        tokio::time::sleep(Duration::from_millis(milliseconds.into())).await;
        Ok(())
    }
}
