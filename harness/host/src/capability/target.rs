//! `target`

use crate::bindings::touchstone::contract::target::{Endpoint, Host, Info};
use crate::guest::Guest;

impl Host for Guest {
    async fn describe(&mut self) -> wasmtime::Result<Info> {
        let spec = self.errand()?.target.spec();
        let endpoints = spec.http.iter().flat_map(|http| {
            http.endpoints.iter().map(|(purpose, url)| Endpoint {
                purpose: purpose.clone(),
                url: url.clone(),
                credential: http.credentials.contains_key(purpose).then(|| purpose.clone()),
            })
        });
        Ok(Info {
            name: spec.name.clone(),
            kind: spec.kind.clone(),
            nodes: spec.shells.iter().map(|(name, _)| name.clone()).collect(),
            product: spec.sql.as_ref().and_then(|s| s.product.clone()),
            family: spec.sql.as_ref().and_then(|s| s.family.clone()),
            endpoints: endpoints.collect(),
        })
    }
}
