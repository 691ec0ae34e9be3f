//! The host: one for a process.

use crate::bridge;
use crate::cache::Cache;
use crate::engine::Engines;
use crate::limits::Limits;
use crate::load::{self, Admit};
use crate::plugin::Plugin;
use crate::refusal::{BridgeError, HostError, Refusal};
use crate::run::{self, CheckCall};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use touchstone_model::verdict::Termination;

/// How a host is set up.
#[derive(Clone, Debug)]
pub struct HostConfig {
    /// Folder for compiled components, made when absent; must belong to the user alone, else nothing is kept.
    pub cache_dir: PathBuf,
    /// Caps of every run.
    pub limits: Limits,
}

/// Loads components and runs their checks.
pub struct Host {
    pub(crate) engines: Engines,
    pub(crate) cache: Option<Cache>,
    pub(crate) limits: Limits,
}

impl Host {
    /// Sets up the engine and opens the cache.
    ///
    /// # Errors
    /// This machine cannot run WebAssembly.
    pub fn new(config: HostConfig) -> Result<Self, HostError> {
        let engines = Engines::new().map_err(|error| HostError::Engine(format!("{error:#}")))?;
        let cache = Cache::open(&config.cache_dir, engines.engine());
        Ok(Self { engines, cache, limits: config.limits })
    }

    /// Examines, compiles (or takes from the cache) and links a component, and asks it what it is.
    ///
    /// # Errors
    /// It is no component of the contract; the refusal names the file, what is wrong and the remedy.
    pub async fn load(&self, path: &Path) -> Result<Arc<Plugin>, Refusal> {
        self.load_if(path, &|_| Ok(())).await
    }

    /// As [`Host::load`], once `admit` has let its content in: nothing of it is compiled or run before.
    ///
    /// # Errors
    /// As [`Host::load`], or `admit`'s own words.
    pub async fn load_if(&self, path: &Path, admit: Admit<'_>) -> Result<Arc<Plugin>, Refusal> {
        let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        load::load(self, path, admit).await.map(Arc::new).map_err(|reason| Refusal { file, reason })
    }

    /// Says, while planning, whether a check can call an interface of an adapter.
    ///
    /// # Errors
    /// The interface or a function of it is missing or has other types.
    pub fn bridge(&self, check: &Plugin, adapter: &Plugin, interface: &str) -> Result<(), BridgeError> {
        bridge::fits(self.engines.engine(), check, adapter, interface)
    }

    /// Runs one check to its end, whatever that is. Clean-ups are registered with the sink, never done here. Dropping the
    /// future ends the guest and what it had started on the target.
    pub async fn run_check(&self, call: CheckCall<'_>) -> Termination {
        run::run(self, call).await
    }
}
