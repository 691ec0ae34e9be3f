//! `params`

use crate::bindings::touchstone::contract::{params, types};
use crate::guest::Guest;

impl types::Host for Guest {}

impl params::Host for Guest {
    async fn get(&mut self, name: String) -> wasmtime::Result<Option<String>> {
        Ok(self.errand()?.params.get(&name).cloned())
    }

    async fn scratch_name(&mut self) -> wasmtime::Result<String> {
        Ok(self.errand()?.scratch_name.clone())
    }
}
