//! What the suite set.

use crate::bindings::params::Host;
use crate::state::State;

impl Host for State {
    fn get(&mut self, name: String) -> wasmtime::Result<Option<String>> {
        Ok(self.hand.run.params.get(&name).cloned())
    }

    fn scratch_name(&mut self) -> wasmtime::Result<String> {
        Ok(self.hand.run.scratch_name.clone())
    }
}
