//! A session by ODBC: the driver runs in a process of its own (`touchstone-odbc`), one a session.

use super::DEFAULT_TIMEOUT;
use super::value::{Outcome, Transaction, Value};
use super::wire::{Ask, PROGRAM, Reply};
use crate::ProbeError;
use crate::secret::{self, Redactor};
use crate::shell::mark;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::Mutex;
use touchstone_model::inventory::{Credential, OdbcSpec};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a driver may take beyond a statement's time to say that it was cancelled.
const CANCEL_WITHIN: Duration = Duration::from_secs(5);
/// A result of 32 MiB, with its escapes and a margin.
const LINE_LIMIT: u64 = 256 * 1024 * 1024;

/// Ends with its process: what the server does not notice by the broken link, the driver's own time-out ends.
pub(super) struct Session {
    role: String,
    pipe: Mutex<Pipe>,
    ended: AtomicBool,
}

struct Pipe {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    stderr: ChildStderr,
}

impl Session {
    pub(super) async fn open(
        spec: &OdbcSpec,
        role: &str,
        credential: &Credential,
        redactor: &Redactor,
    ) -> Result<Self, ProbeError> {
        let mut attributes = Vec::new();
        attributes.extend(spec.dsn.iter().map(|dsn| ("DSN".to_owned(), dsn.clone())));
        attributes.extend(spec.driver.iter().map(|driver| ("DRIVER".to_owned(), driver.clone())));
        attributes.extend(spec.options.iter().map(|(key, value)| (key.clone(), value.clone())));
        if !credential.user.is_empty() {
            attributes.push((spec.user_key.clone(), credential.user.clone()));
        }
        if let Some(source) = &credential.password {
            let password = secret::resolve(source)?;
            redactor.add(&password);
            attributes.push((spec.password_key.clone(), password.expose().to_owned()));
        }
        let place = format!("{}@{}", credential.user, spec.name());
        let mut pipe = Pipe::start()?;
        let login_timeout_s = u32::try_from(CONNECT_TIMEOUT.as_secs()).unwrap_or(15);
        let question = Ask::Connect { attributes, login_timeout_s };
        let asked = pipe.ask(&question);
        let lost = |why: &str| ProbeError::Lost(redactor.text(&format!("ODBC {place}: {why}")));
        match tokio::time::timeout(CONNECT_TIMEOUT + CANCEL_WITHIN, asked).await {
            Ok(Ok(Reply::Connected)) => Ok(Self { role: role.to_owned(), pipe: Mutex::new(pipe), ended: AtomicBool::new(false) }),
            Ok(Ok(Reply::Unconnected(why) | Reply::Invalid(why))) => Err(lost(&why)),
            Ok(Ok(Reply::Outcome(_))) => Err(lost("the driver's process answered out of turn")),
            Ok(Err(why)) => Err(lost(&why)),
            Err(_) => Err(lost(&format!("no session within {} s", CONNECT_TIMEOUT.as_secs()))),
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    pub(super) async fn execute(
        &self,
        statement: &str,
        params: &[Value],
        timeout: Option<Duration>,
    ) -> Result<Outcome, ProbeError> {
        let timeout = timeout.unwrap_or(DEFAULT_TIMEOUT);
        let timeout_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        self.ask(Ask::Execute { statement: statement.to_owned(), params: params.to_vec(), timeout_ms }, timeout).await
    }

    pub(super) async fn transaction(&self, what: Transaction, timeout: Option<Duration>) -> Result<Outcome, ProbeError> {
        self.ask(Ask::Transaction(what), timeout.unwrap_or(DEFAULT_TIMEOUT)).await
    }

    async fn ask(&self, ask: Ask, timeout: Duration) -> Result<Outcome, ProbeError> {
        let mut pipe = self.pipe.lock().await;
        if self.is_closed() {
            return Err(ProbeError::Lost(format!("the SQL session of role {} had ended", self.role)));
        }
        // Dropped half-way, the pipe holds an answer that nobody may take for the next one.
        let mut unfinished = Unfinished { ended: &self.ended, armed: true };
        // A driver's clock knows whole seconds only.
        let within = timeout + Duration::from_secs(1) + CANCEL_WITHIN;
        let outcome = match tokio::time::timeout(within, pipe.ask(&ask)).await {
            Ok(Ok(Reply::Outcome(outcome))) => Ok(outcome),
            Ok(Ok(Reply::Invalid(why))) => Err(ProbeError::Invalid(why)),
            Ok(Ok(Reply::Connected | Reply::Unconnected(_))) => {
                Ok(Outcome::Indeterminate("the driver's process answered out of turn".to_owned()))
            }
            Ok(Err(why)) => Ok(Outcome::Indeterminate(why)),
            Err(_) => Ok(Outcome::Indeterminate("its time was over, and the driver did not confirm its end".to_owned())),
        };
        unfinished.armed = matches!(outcome, Ok(Outcome::Indeterminate(_)));
        if unfinished.armed {
            // Neither a late answer nor a driver that hangs is left.
            let _ = pipe.child.start_kill();
        }
        outcome
    }

    pub(super) async fn close(self) {
        let Pipe { mut child, stdin, .. } = self.pipe.into_inner();
        // The end of its input is the worker's sign to log off.
        drop(stdin);
        if tokio::time::timeout(Duration::from_secs(2), child.wait()).await.is_err() {
            let _ = child.start_kill();
        }
    }
}

struct Unfinished<'a> {
    ended: &'a AtomicBool,
    armed: bool,
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        self.ended.fetch_or(self.armed, Ordering::Relaxed);
    }
}

impl Pipe {
    fn start() -> Result<Self, ProbeError> {
        let program = program()?;
        let failed = |error: std::io::Error| ProbeError::other("odbc", format!("{}: {error}", program.display()));
        let mut command = Command::new(&program);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        // No part of what a check starts on its target.
        let mut child = mark::inherited(None, || command.spawn()).map_err(failed)?;
        match (child.stdin.take(), child.stdout.take(), child.stderr.take()) {
            (Some(stdin), Some(stdout), Some(stderr)) => Ok(Self { child, stdin, stdout: BufReader::new(stdout), stderr }),
            _ => Err(ProbeError::other("odbc", "no pipes to the driver's process")),
        }
    }

    /// The answer, or why there is none.
    async fn ask(&mut self, ask: &Ask) -> Result<Reply, String> {
        let mut line = serde_json::to_vec(ask).map_err(|error| error.to_string())?;
        line.push(b'\n');
        let sent = async {
            self.stdin.write_all(&line).await?;
            self.stdin.flush().await?;
            let mut answer = Vec::new();
            (&mut self.stdout).take(LINE_LIMIT).read_until(b'\n', &mut answer).await?;
            Ok::<_, std::io::Error>(answer)
        };
        match sent.await {
            Ok(answer) if answer.ends_with(b"\n") => serde_json::from_slice(&answer).map_err(|error| error.to_string()),
            _ => Err(self.last_words().await),
        }
    }

    /// What the process said before it ended: a library that is missing, a driver that crashed.
    async fn last_words(&mut self) -> String {
        let mut said = Vec::new();
        let _ = tokio::time::timeout(Duration::from_secs(1), (&mut self.stderr).take(4096).read_to_end(&mut said)).await;
        let status = tokio::time::timeout(Duration::from_secs(1), self.child.wait()).await;
        let status = status.ok().and_then(Result::ok).map_or("no status".to_owned(), |status| status.to_string());
        let said = String::from_utf8_lossy(&said);
        format!("the driver's process ended ({status}): {}", said.trim())
    }
}

/// The program beside this one; of a test, in the folder above.
fn program() -> Result<PathBuf, ProbeError> {
    let own = std::env::current_exe().map_err(|error| ProbeError::other("odbc", error.to_string()))?;
    own.ancestors()
        .skip(1)
        .take(2)
        .map(|folder: &Path| folder.join(PROGRAM))
        .find(|path| path.is_file())
        .ok_or_else(|| ProbeError::Unavailable(format!("{PROGRAM} is not beside this program: ODBC cannot be used")))
}
