//! From a file to a plugin that may be run: compiled, looked through, described, linked with what it was granted.

use crate::bridge;
use crate::capability::{self, ALWAYS};
use crate::describe;
use crate::guest::Guest;
use crate::refusal::Refusal;
use crate::{CONTRACT, CONTRACT_VERSION, Host};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use touchstone_model::description::{AdapterDescription, CheckDescription, Need};
use touchstone_model::digest::Digest;
use wasmtime::component::{Component, InstancePre, Linker};

/// First bytes of every WebAssembly file, then of a component and of a core module.
const MAGIC: &[u8] = b"\0asm";
const COMPONENT: &[u8] = &[0x0d, 0, 1, 0];
const MODULE: &[u8] = &[1, 0, 0, 0];

/// What a plugin is.
#[derive(Clone, Debug)]
pub enum PluginKind {
    /// A component of checks.
    Checks(Vec<CheckDescription>),
    /// An adapter.
    Adapter(AdapterDescription),
}

/// A component that was let in.
pub struct Plugin {
    name: String,
    version: String,
    sha256: Digest,
    kind: PluginKind,
    imports: Vec<String>,
    pub(crate) component: Component,
    pub(crate) ready: InstancePre<Guest>,
}

impl Plugin {
    /// The name that it gives itself.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its own version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Of the file.
    pub fn sha256(&self) -> &Digest {
        &self.sha256
    }

    /// Checks or adapter.
    pub fn kind(&self) -> &PluginKind {
        &self.kind
    }

    /// Names of the interfaces that it imports, in full.
    pub fn imports(&self) -> Vec<String> {
        self.imports.clone()
    }
}

impl Host {
    /// Loads a component, or says why it is not let in.
    pub async fn load(&self, path: &Path) -> Result<Arc<Plugin>, Refusal> {
        let wasm = read(path)?;
        let sha256 = Digest::of(&wasm);
        let invalid = |error: wasmtime::Error| Refusal::Invalid { path: path.to_owned(), message: root(&error) };
        let component = self.cache.component(&self.engine, &wasm, &sha256).map_err(invalid)?;
        let imports = self.looked_through(path, &component)?;
        let described = describe::describe(self, path, &component).await?;
        let needs = described.needs();
        let mut linker = Linker::new(&self.engine);
        let linked = capability::link_always(&mut linker)
            .and_then(|()| needs.iter().try_for_each(|need| capability::link(&mut linker, need)));
        linked.map_err(invalid)?;
        for import in &imports {
            let bare = bare(import);
            if ALWAYS.contains(&bare) || needs.iter().any(|need| need.to_string() == bare) {
                continue;
            }
            if needs.contains(&Need::Adapter(bare.to_owned())) {
                bridge::link(&mut linker, &component, &self.engine, import).map_err(invalid)?;
                continue;
            }
            return Err(Refusal::UndeclaredImport { path: path.to_owned(), import: import.clone() });
        }
        let ready = linker.instantiate_pre(&component).map_err(invalid)?;
        let describe::Described { name, version, kind } = described;
        Ok(Arc::new(Plugin { name, version, sha256, kind, imports, component, ready }))
    }

    /// The imports, all of this contract and of this version.
    fn looked_through(&self, path: &Path, component: &Component) -> Result<Vec<String>, Refusal> {
        let ty = component.component_type();
        let names: Vec<String> = ty.imports(&self.engine).map(|(name, _)| name.to_owned()).collect();
        let exported = ty.exports(&self.engine).map(|(name, _)| name.to_owned());
        for name in names.iter().cloned().chain(exported) {
            let (package, version) = split(&name);
            let ours = package.starts_with(&format!("{CONTRACT}/"));
            if ours && version != CONTRACT_VERSION {
                let wanted = format!("{CONTRACT}@{CONTRACT_VERSION}");
                return Err(Refusal::ContractVersion { path: path.to_owned(), found: name, wanted });
            }
            if !ours && names.contains(&name) {
                return Err(Refusal::ForbiddenImport { path: path.to_owned(), import: name });
            }
        }
        Ok(names)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Refusal> {
    let path_owned = || path.to_owned();
    let wasm =
        std::fs::read(path).map_err(|error| Refusal::Unreadable { path: path_owned(), message: error.to_string() })?;
    match (wasm.get(..4), wasm.get(4..8)) {
        (Some(MAGIC), Some(COMPONENT)) => Ok(wasm),
        (Some(MAGIC), Some(MODULE)) => Err(Refusal::CoreModule { path: path_owned() }),
        (Some(MAGIC), _) => Err(Refusal::Invalid { path: path_owned(), message: "cut short or of an unknown version".into() }),
        _ => Err(Refusal::NotWasm { path: path_owned() }),
    }
}

/// `touchstone:contract/shell@0.1.0` -> (`touchstone:contract/shell`, `0.1.0`).
fn split(name: &str) -> (&str, &str) {
    name.split_once('@').unwrap_or((name, ""))
}

/// `touchstone:contract/shell@0.1.0` -> `shell`.
pub fn bare(name: &str) -> &str {
    split(name).0.rsplit('/').next().unwrap_or(name)
}

/// An interface of this contract, in full.
pub fn full(bare: &str) -> String {
    format!("{CONTRACT}/{bare}@{CONTRACT_VERSION}")
}

/// The innermost cause, in one line.
pub fn root(error: &wasmtime::Error) -> String {
    let text = error.root_cause().to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

/// Needs of all parts together.
pub fn union<'a>(needs: impl IntoIterator<Item = &'a BTreeSet<Need>>) -> BTreeSet<Need> {
    needs.into_iter().flatten().cloned().collect()
}
