//! A host, a target on this machine, and a sink that remembers.

use crate::guest::Guest;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use touchstone_host::{CheckCall, Host, HostConfig, Limits, Plugin, PluginKind, Reason, Sink};
use touchstone_model::description::CheckDescription;
use touchstone_model::event::Cleanup;
use touchstone_model::inventory::{ShellSpec, TargetSpec, Transport};
use touchstone_model::observation::{Blob, Observation};
use touchstone_model::verdict::{ExpectationReport, Termination};
use touchstone_probes::Target;
use touchstone_probes::secret::{Redactor, Secret};

/// Everything that came to the sink, in order.
#[derive(Default)]
pub struct Recorder {
    pub observations: Mutex<Vec<Observation>>,
    pub reports: Mutex<Vec<ExpectationReport>>,
    pub notes: Mutex<Vec<(String, String)>>,
    pub cleanups: Mutex<Vec<Cleanup>>,
    /// Clean-ups cannot be written down.
    pub full: bool,
}

#[async_trait::async_trait]
impl Sink for Recorder {
    fn observed(&self, observation: Observation, _: Vec<Blob>) {
        self.observations.lock().unwrap().push(observation);
    }
    fn reported(&self, report: ExpectationReport) {
        self.reports.lock().unwrap().push(report);
    }
    fn logged(&self, level: &str, message: String) {
        self.notes.lock().unwrap().push((level.to_owned(), message));
    }
    async fn cleanup_registered(&self, cleanup: Cleanup) -> Result<(), String> {
        if self.full {
            return Err("no space left".to_owned());
        }
        self.cleanups.lock().unwrap().push(cleanup);
        Ok(())
    }
}

pub struct Workshop {
    pub folder: tempfile::TempDir,
    pub host: Host,
    pub redactor: Arc<Redactor>,
    pub target: Arc<Target>,
}

/// How a run went.
pub struct Went {
    pub termination: Termination,
    pub sink: Arc<Recorder>,
    pub took: Duration,
}

impl Went {
    pub fn observations(&self) -> Vec<Observation> {
        self.sink.observations.lock().unwrap().clone()
    }
    pub fn notes(&self) -> Vec<(String, String)> {
        self.sink.notes.lock().unwrap().clone()
    }
}

impl Workshop {
    pub fn new() -> Self {
        Self::with(Limits::default())
    }

    pub fn with(limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let host = Host::new(HostConfig { cache_dir: folder.path().join("cache"), limits }).unwrap();
        let redactor = Arc::new(Redactor::new());
        redactor.add(&Secret::new("hunter2-correct-horse"));
        let shell = ShellSpec { transport: Transport::Local, enter: Vec::new(), sudo: None };
        let spec = TargetSpec {
            name: "here".to_owned(),
            kind: "host".to_owned(),
            tags: Vec::new(),
            adapter: None,
            params: BTreeMap::new(),
            settings: BTreeMap::new(),
            permits: Vec::new(),
            shells: vec![("here".to_owned(), shell)],
            sql: None,
            http: None,
            addresses: Vec::new(),
            load: None,
        };
        let target = Arc::new(Target::new(spec, redactor.clone()));
        Self { folder, host, redactor, target }
    }

    pub fn file(&self, bytes: &[u8]) -> PathBuf {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let path = self.folder.path().join(format!("plugin-{}.wasm", NEXT.fetch_add(1, Ordering::Relaxed)));
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub async fn load(&self, bytes: &[u8]) -> Arc<Plugin> {
        self.host.load(&self.file(bytes)).await.unwrap()
    }

    pub async fn refusal(&self, bytes: &[u8]) -> Reason {
        let refusal = self.host.load(&self.file(bytes)).await.unwrap_err();
        assert!(refusal.to_string().starts_with("plugin-"), "{refusal}");
        assert!(!refusal.words().zh.is_empty());
        refusal.reason
    }

    pub fn call<'a>(&self, plugin: &Arc<Plugin>, check: &'a CheckDescription, sink: &Arc<Recorder>) -> CheckCall<'a> {
        CheckCall {
            plugin: plugin.clone(),
            check,
            target: self.target.clone(),
            dialect: Default::default(),
            adapter: None,
            params: BTreeMap::new(),
            scratch_name: format!("ts{:x}", std::ptr::from_ref(&**sink) as usize),
            time_limit: Duration::from_secs(10),
            sink: sink.clone(),
            redactor: self.redactor.clone(),
        }
    }

    pub async fn run(&self, guest: Guest) -> Went {
        self.run_within(guest, Duration::from_secs(10)).await
    }

    pub async fn run_within(&self, guest: Guest, limit: Duration) -> Went {
        let plugin = self.load(&guest.checks()).await;
        self.run_loaded(&plugin, None, limit).await
    }

    pub async fn run_loaded(&self, plugin: &Arc<Plugin>, adapter: Option<Arc<Plugin>>, limit: Duration) -> Went {
        let sink = Arc::new(Recorder::default());
        let check = first_check(plugin);
        let mut call = self.call(plugin, &check, &sink);
        call.time_limit = limit;
        call.adapter = adapter;
        let begun = Instant::now();
        let termination = self.host.run_check(call).await;
        Went { termination, sink, took: begun.elapsed() }
    }
}

pub fn first_check(plugin: &Plugin) -> CheckDescription {
    match plugin.kind() {
        PluginKind::Checks(checks) => checks[0].clone(),
        PluginKind::Adapter(_) => panic!("an adapter"),
    }
}
