//! Commands on this machine.

use super::capture::{Capture, ErrorStream, Stage};
use super::command::{Command, Output, Status};
use super::feed::feed;
use super::launch::{Ended, GRACE, Launch};
use super::wrapper::{ADMIN_PATH, MARKER};
use super::{mark, procfs};
use crate::ProbeError;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt};

/// What a command gets of the harness's own environment: what a login would give it. Other variables may be secrets.
const KEPT: [&str; 12] = [
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "LC_MESSAGES",
    "TZ",
    "TMPDIR",
    "XDG_RUNTIME_DIR",
];

/// Longest wait for killed processes to be gone.
const KILL_WITHIN: Duration = Duration::from_secs(5);

/// Ends what a command started, also when the future that runs it is dropped.
struct Guard {
    root: Option<u32>,
    marker: String,
    armed: bool,
}

impl Guard {
    async fn end_all(&mut self) -> Vec<u32> {
        let (root, marker) = (self.root, self.marker.clone());
        let left = tokio::task::spawn_blocking(move || procfs::end_all(root, &marker, KILL_WITHIN)).await.unwrap_or_default();
        self.armed = !left.is_empty();
        left
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // What is alive now dies now; what is being born at this moment is looked for by a thread, which needs no runtime.
        if self.armed && !procfs::end_once(self.root, &self.marker).is_empty() {
            let (root, marker) = (self.root, std::mem::take(&mut self.marker));
            std::thread::spawn(move || procfs::end_all(root, &marker, KILL_WITHIN));
        }
    }
}

/// Ends every process of this machine whose check marker begins with `marker`; returns those that cannot be ended.
pub(super) async fn end_marked(marker: &str) -> Vec<u32> {
    let marker = marker.to_owned();
    let ended = tokio::task::spawn_blocking(move || procfs::end_marked(&marker, KILL_WITHIN)).await;
    ended.unwrap_or_default()
}

pub(super) async fn run(launch: &Launch, command: &Command) -> Result<Ended, ProbeError> {
    let started = Instant::now();
    let mut stdout = Capture::after(command.output_limit, launch.word.as_deref());
    let mut stderr = ErrorStream::new(command.output_limit, launch.word.clone(), launch.stage.clone());
    let path = search_path(&launch.env);
    let program = match find(&launch.argv[0], &path) {
        Some(program) => program,
        None => return Ok(Ended::of(Status::NotFound, stdout, stderr, started.elapsed())),
    };
    // A full path and no hook between fork and exec: the standard library then takes the fast way (posix_spawn).
    let mut process = tokio::process::Command::new(&program);
    process
        .arg0(&launch.argv[0])
        .args(&launch.argv[1..])
        .env_clear()
        .envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
        .env("PATH", &path)
        .envs(launch.env.iter().map(|(name, value)| (name, value)))
        .env(MARKER, &launch.marker)
        .process_group(0)
        .stdin(if command.stdin.is_empty() && launch.password.is_none() { Stdio::null() } else { Stdio::piped() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = match mark::inherited(launch.mark, || process.spawn()) {
        Ok(child) => child,
        Err(error) => return refused(error, stdout, stderr, started),
    };
    let mut guard = Guard { root: child.id(), marker: launch.marker.clone(), armed: true };
    let input = child.stdin.take();
    let (from_out, from_err) = (child.stdout.take(), child.stderr.take());
    let stage = stderr.follow();
    let mut ended: Option<(ExitStatus, Duration)> = None;
    let work = async {
        let feeding = async {
            if let Some(input) = input {
                feed(input, &command.stdin, launch.password.as_ref(), stage).await;
            }
        };
        let draining = async {
            tokio::join!(drain(from_out, |data| stdout.push(data)), drain(from_err, |data| stderr.push(data)));
        };
        tokio::pin!(feeding, draining);
        let (mut fed, mut drained) = (false, false);
        let status = loop {
            tokio::select! {
                biased;
                status = child.wait() => break status?,
                () = &mut draining, if !drained => drained = true,
                () = &mut feeding, if !fed => fed = true,
            }
        };
        ended = Some((status, started.elapsed()));
        if !drained {
            // A daemon may hold the pipes open for ever; what the program itself wrote is in them already.
            let _ = tokio::time::timeout(GRACE, &mut draining).await;
        }
        Ok::<_, io::Error>(())
    };
    let outcome = tokio::time::timeout(command.timeout, work).await;
    if let Some((status, elapsed)) = ended {
        guard.armed = false;
        let status = match status.signal() {
            Some(signal) => Status::Signalled(signal),
            None => Status::Exited(status.code().unwrap_or(-1)),
        };
        return Ok(Ended::of(status, stdout, stderr, elapsed));
    }
    let left = guard.end_all().await;
    // Collects the dead child, so that nothing of it stays in the table of processes.
    let _ = tokio::time::timeout(GRACE, child.wait()).await;
    if let Ok(Err(error)) = outcome {
        return Err(ProbeError::other("process", format!("waiting for {}: {error}", command.argv[0])));
    }
    Ok(Ended { left: !left.is_empty(), ..Ended::of(Status::TimedOut, stdout, stderr, started.elapsed()) })
}

fn refused(error: io::Error, stdout: Capture, mut stderr: ErrorStream, started: Instant) -> Result<Ended, ProbeError> {
    const ENOEXEC: i32 = 8;
    let status = match (error.kind(), error.raw_os_error()) {
        // The program is there, but not the interpreter that its first line names.
        (io::ErrorKind::NotFound, _) => Status::NotFound,
        // As a shell tells it: there, but not to be executed.
        (io::ErrorKind::PermissionDenied, _) | (_, Some(ENOEXEC)) => Status::Exited(126),
        (io::ErrorKind::ArgumentListTooLong, _) => return Err(ProbeError::Invalid("the argument list is too long".to_owned())),
        _ => return Err(ProbeError::other("spawn", error.to_string())),
    };
    stderr.capture.push(error.to_string().as_bytes());
    Ok(Ended::of(status, stdout, stderr, started.elapsed()))
}

async fn drain(from: Option<impl AsyncRead + Unpin>, mut keep: impl FnMut(&[u8])) {
    let Some(mut from) = from else { return };
    let mut buffer = vec![0_u8; 16 * 1024];
    loop {
        match from.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(n) => keep(&buffer[..n]),
        }
    }
}

fn search_path(env: &[(String, String)]) -> String {
    if let Some((_, own)) = env.iter().rev().find(|(name, _)| name == "PATH") {
        return own.clone();
    }
    let inherited = std::env::var("PATH").unwrap_or_default();
    let inherited = if inherited.is_empty() { "/usr/local/bin:/usr/bin:/bin".to_owned() } else { inherited };
    format!("{inherited}:{ADMIN_PATH}")
}

fn find(program: &str, path: &str) -> Option<PathBuf> {
    if program.contains('/') {
        // Whether it is there at all: the system itself says what else may be wrong with it.
        return Some(PathBuf::from(program));
    }
    path.split(':')
        .map(|folder| PathBuf::from(if folder.is_empty() { "." } else { folder }).join(program))
        .find(|candidate| std::fs::metadata(candidate).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0))
}

/// Whether the harness itself has administrator rights.
pub(super) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

impl From<Ended> for Output {
    fn from(ended: Ended) -> Self {
        let status = if ended.stderr.stage() == Stage::Absent { Status::NotFound } else { ended.status };
        let (out, err) = (ended.stdout, ended.stderr.capture);
        Self {
            status,
            stdout: out.bytes,
            stderr: err.bytes,
            stdout_truncated: out.truncated,
            stderr_truncated: err.truncated,
            elapsed: ended.elapsed,
        }
    }
}
