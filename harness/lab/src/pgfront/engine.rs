//! The engine's process and the JSON lines to and from it.

use crate::error::Doing;
use crate::process::Daemon;
use crate::{Lab, LabError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::oneshot;

/// What is asked.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Op {
    /// Run the statement.
    Run,
    /// Prepare it and say what it would answer.
    Describe,
    /// The session is over.
    Close,
}

#[derive(Serialize)]
struct Request<'a> {
    id: u64,
    session: u64,
    op: Op,
    sql: &'a str,
    params: Option<&'a [Value]>,
}

/// The engine's answer.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Reply {
    #[serde(default)]
    id: u64,
    /// Absent if the statement answers no rows.
    pub(crate) columns: Option<Vec<Column>>,
    pub(crate) rows: Option<Vec<Vec<Value>>>,
    /// Rows changed, where the engine tells.
    pub(crate) affected: Option<u64>,
    #[serde(default)]
    pub(crate) tag: String,
    /// Number of parameters, when described.
    #[serde(default)]
    pub(crate) params: usize,
    /// A transaction is open after this.
    #[serde(default)]
    pub(crate) open: bool,
    pub(crate) error: Option<Refusal>,
}

/// A column of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Column {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
}

/// The types that engines' values are told as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Int8,
    Float8,
    Bool,
    Text,
}

/// Why the engine did not do it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Refusal {
    pub(crate) sqlstate: String,
    pub(crate) message: String,
}

/// The engine's process is gone.
#[derive(Debug)]
pub(crate) struct Gone;

/// A way to ask the engine; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Engine {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    stdin: Mutex<ChildStdin>,
    waiting: Mutex<HashMap<u64, oneshot::Sender<Reply>>>,
    gone: AtomicBool,
    last: AtomicU64,
}

impl Engine {
    /// Starts the engine and waits until it says that it is ready.
    pub(crate) fn start(lab: &Lab, name: &str, command: &mut Command, log: &Path) -> Result<(Self, Daemon), LabError> {
        let errors = std::fs::File::create(log).doing(|| format!("making {}", log.display()))?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::from(errors));
        let mut daemon = Daemon::spawn_with_own_output(lab, name, command, log)?
            // What an engine holds goes with it, and some catch TERM and stay.
            .stop_with(rustix::process::Signal::KILL);
        let pipes = (daemon.child_mut().stdin.take(), daemon.child_mut().stdout.take());
        let (Some(stdin), Some(stdout)) = pipes else {
            return Err(LabError::Unable { service: name.to_owned(), reason: "no pipes to the engine".to_owned() });
        };
        let engine = Self {
            shared: Arc::new(Shared {
                stdin: Mutex::new(stdin),
                waiting: Mutex::default(),
                gone: AtomicBool::new(false),
                last: AtomicU64::new(0),
            }),
        };
        let (ready, is_ready) = std::sync::mpsc::channel();
        let shared = Arc::clone(&engine.shared);
        // Ends with the engine's output, that is with the engine.
        std::thread::spawn(move || {
            let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
            if lines.next().is_some() {
                let _ = ready.send(());
            }
            for line in lines {
                shared.deliver(&line);
            }
            shared.end();
        });
        daemon.wait_ready(|| is_ready.try_recv().is_ok())?;
        Ok((engine, daemon))
    }

    /// A number for a new session.
    pub(crate) fn session(&self) -> u64 {
        self.shared.last.fetch_add(1, Ordering::Relaxed)
    }

    /// Asks and waits for the answer; [`Gone`] if the engine ends first.
    pub(crate) async fn ask(&self, session: u64, op: Op, sql: &str, params: Option<&[Value]>) -> Result<Reply, Gone> {
        let id = self.session();
        let (sender, receiver) = oneshot::channel();
        lock(&self.shared.waiting).insert(id, sender);
        // Looked at after the entry was made: the end either finds the entry or is seen here.
        if self.shared.gone.load(Ordering::SeqCst) {
            return Err(Gone);
        }
        self.send(&Request { id, session, op, sql, params })?;
        receiver.await.map_err(|_| Gone)
    }

    /// Tells the engine that a session is over; nobody waits for it.
    pub(crate) fn close(&self, session: u64) {
        let (id, op, sql, params) = (0, Op::Close, "", None);
        // An engine that is gone has no sessions.
        let _ = self.send(&Request { id, session, op, sql, params });
    }

    fn send(&self, request: &Request<'_>) -> Result<(), Gone> {
        let mut line = serde_json::to_vec(request).map_err(|_| Gone)?;
        line.push(b'\n');
        lock(&self.shared.stdin).write_all(&line).map_err(|_| Gone)
    }
}

impl Shared {
    fn deliver(&self, line: &str) {
        // A line that can't be read answers nobody: whoever waits sees the engine end, never a success.
        let Ok(reply) = serde_json::from_str::<Reply>(line) else {
            return self.end();
        };
        if let Some(sender) = lock(&self.waiting).remove(&reply.id) {
            let _ = sender.send(reply);
        }
    }

    fn end(&self) {
        self.gone.store(true, Ordering::SeqCst);
        lock(&self.waiting).clear();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
