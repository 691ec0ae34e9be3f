//! The driver's process and the browser that it starts: in a namespace of processes of their own, without our rights, and gone with
//! us however we end.

use crate::ProbeError;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

const DRIVERS: [&str; 1] = ["chromedriver"];
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const PREFIX: &str = "touchstone-browser-";
/// `nobody` of every Linux: the overflow user.
const NOBODY: u32 = 65_534;
const READY: Duration = Duration::from_secs(30);
const GONE: Duration = Duration::from_secs(3);

/// A driver that listens.
pub(super) struct Driver {
    child: Child,
    port: u16,
    browser: PathBuf,
    folder: Option<TempDir>,
    place: PathBuf,
}

impl Driver {
    pub(super) async fn start() -> Result<Self, ProbeError> {
        let none = "no browser on this machine: install chromium and chromium-driver";
        let missing = || ProbeError::Unavailable(none.to_owned());
        let driver = find(&DRIVERS).ok_or_else(missing)?;
        let browser = find(&BROWSERS).ok_or_else(missing)?;
        let folder = folder()?;
        let place = folder.path().to_owned();
        let mut command = Command::new("setpriv");
        // The first dies with us, the one behind `unshare` with it, and with that one every process of the namespace.
        command.args(["--pdeathsig", "KILL", "unshare", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"]);
        if rustix::process::geteuid().is_root() {
            let user = NOBODY.to_string();
            command.args(["setpriv", "--reuid", &user, "--regid", &user, "--clear-groups", "--pdeathsig", "KILL"]);
        } else {
            command.args(["--user", "--map-current-user"]);
        }
        command.arg(driver).arg("--port=0").env_clear();
        command.env("PATH", "/usr/local/bin:/usr/bin:/bin").env("LANG", "C.UTF-8").env("HOME", &place).env("TMPDIR", &place);
        command
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .kill_on_drop(true);
        let failed = |why: String| ProbeError::other("browser", format!("the browser's driver does not start: {why}"));
        let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
        let Some(out) = child.stdout.take() else { return Err(failed("it has no output".to_owned())) };
        let mut lines = BufReader::new(out).lines();
        let listening = async {
            while let Ok(Some(line)) = lines.next_line().await {
                let port = line.rsplit("on port ").next().and_then(|port| port.trim_end_matches('.').parse().ok());
                if let Some(port) = port.filter(|port| *port != 0) {
                    return Some(port);
                }
            }
            None
        };
        let port = tokio::time::timeout(READY, listening).await.ok().flatten();
        let port = port.ok_or_else(|| failed("it names no port".to_owned()))?;
        // What it still says must not stop it.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child, port, browser, folder: Some(folder), place })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn browser(&self) -> &Path {
        &self.browser
    }

    pub(super) fn folder(&self) -> &Path {
        &self.place
    }

    pub(super) fn put_file(&self, name: &str, content: &[u8]) -> Result<(), ProbeError> {
        let path = self.place.join("files");
        let io = |error: std::io::Error| ProbeError::other("io", format!("keeping a file for the browser: {error}"));
        std::fs::create_dir_all(&path).map_err(io)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).map_err(io)?;
        let file = path.join(name);
        std::fs::write(&file, content).map_err(io)?;
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).map_err(io)
    }

    /// Where a file lies that was put there.
    pub(super) fn file(&self, name: &str) -> Result<String, ProbeError> {
        let path = self.place.join("files").join(name);
        match path.to_str() {
            Some(text) if !name.contains('/') && path.is_file() => Ok(text.to_owned()),
            _ => Err(ProbeError::Invalid(format!("no file {name:?} was put there"))),
        }
    }

    pub(super) async fn stop(mut self) {
        let _ = self.child.start_kill();
        let _ = tokio::time::timeout(GONE, self.child.wait()).await;
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.start_kill();
        let Some(folder) = self.folder.take() else { return };
        // What is being ended may write for a moment.
        let path = folder.keep();
        for _ in 0..50 {
            if std::fs::remove_dir_all(&path).is_ok() || !path.exists() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A folder that the browser's user can get at. Those of harnesses that were killed go.
fn folder() -> Result<TempDir, ProbeError> {
    let io = |error: std::io::Error| ProbeError::other("io", format!("making a folder for the browser: {error}"));
    let open =
        |path: &Path| path.ancestors().all(|at| std::fs::metadata(at).is_ok_and(|meta| meta.permissions().mode() & 1 == 1));
    let wanted = std::env::temp_dir();
    let wanted = if open(&wanted) { wanted } else { PathBuf::from("/tmp") };
    for entry in std::fs::read_dir(&wanted).map_err(io)?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next()?.parse::<u32>().ok());
        if owner.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
    let prefix = format!("{PREFIX}{}-", std::process::id());
    let folder = tempfile::Builder::new().prefix(&prefix).tempdir_in(&wanted).map_err(io)?;
    if rustix::process::geteuid().is_root() {
        chown(folder.path(), Some(NOBODY), Some(NOBODY)).map_err(io)?;
    }
    Ok(folder)
}

fn find(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|file| file.is_file())
}
