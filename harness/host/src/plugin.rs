//! A loaded component.

use crate::bindings::CheckPre;
use crate::state::State;
use touchstone_model::description::{AdapterDescription, CheckDescription};
use touchstone_model::digest::Digest;
use wasmtime::component::{Component, InstancePre};

/// What a component is, in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PluginKind {
    /// It decides.
    Checks(Vec<CheckDescription>),
    /// It knows a product.
    Adapter(AdapterDescription),
}

/// Linked with what it was granted, ready to be started.
pub(crate) enum Prepared {
    Checks(CheckPre<State>),
    Adapter(InstancePre<State>),
}

/// A component that was examined, compiled and linked.
pub struct Plugin {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) sha256: Digest,
    pub(crate) kind: PluginKind,
    pub(crate) imports: Vec<String>,
    pub(crate) component: Component,
    pub(crate) prepared: Prepared,
}

impl Plugin {
    /// Name that it gives itself.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its own version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Of its file.
    pub fn sha256(&self) -> &Digest {
        &self.sha256
    }

    /// What it is.
    pub fn kind(&self) -> &PluginKind {
        &self.kind
    }

    /// Interfaces that it can call, with their versions.
    pub fn imports(&self) -> Vec<String> {
        self.imports.clone()
    }

    pub(crate) fn component(&self) -> &Component {
        &self.component
    }

    pub(crate) fn prepared(&self) -> &Prepared {
        &self.prepared
    }
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plugin").field("name", &self.name).field("sha256", &self.sha256).finish_non_exhaustive()
    }
}
