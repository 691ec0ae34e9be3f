//! What the inventory says of the target; credentials by name only.

use crate::bindings::target::{Endpoint, Host, Info};
use crate::state::State;
use touchstone_model::inventory::HttpSpec;

impl Host for State {
    fn describe(&mut self) -> wasmtime::Result<Info> {
        let spec = self.hand.run.target.spec();
        Ok(Info {
            name: spec.name.clone(),
            kind: spec.kind.clone(),
            nodes: spec.shells.iter().map(|(name, _)| name.clone()).collect(),
            product: spec.sql.as_ref().and_then(|s| s.product.clone()),
            family: spec.sql.as_ref().and_then(|s| s.family.clone()),
            settings: spec.settings.clone().into_iter().collect(),
            endpoints: spec.http.as_ref().map(endpoints).unwrap_or_default(),
        })
    }
}

fn endpoints(http: &HttpSpec) -> Vec<Endpoint> {
    let endpoint = |(purpose, url): (&String, &String)| Endpoint {
        purpose: purpose.clone(),
        url: url.clone(),
        credential: http.credentials.contains_key(purpose).then(|| purpose.clone()),
    };
    http.endpoints.iter().map(endpoint).collect()
}
