//! Namespaces held open by one process: what is mounted inside goes when the process does.

use crate::process::Daemon;
use crate::{Lab, LabError, system};
use std::path::Path;
use std::process::Command;

/// Runs a shell script in new namespaces; ready when the script has made the file `$READY`.
pub(crate) fn hold(
    lab: &Lab,
    name: &str,
    kinds: &[&str],
    script: &str,
    variables: &[(&str, &Path)],
    folder: &Path,
) -> Result<Daemon, LabError> {
    let ready = folder.join("ready");
    let mut command = Command::new(system::program("unshare")?);
    command
        .args(kinds)
        .args(["--propagation", "private", "/bin/sh", "-euc", script])
        .env_clear()
        .env("PATH", system::SERVICE_PATH)
        .env("LANG", "C.UTF-8")
        .env("READY", &ready);
    for (variable, value) in variables {
        command.env(variable, value);
    }
    let mut daemon = Daemon::spawn(lab, name, &mut command, &folder.join("log"))?;
    daemon.wait_ready(|| ready.exists())?;
    Ok(daemon)
}

/// Command prefix that enters the namespaces of a process.
pub(crate) fn enter(daemon: &Daemon, kinds: &[&str]) -> Vec<String> {
    let mut prefix = vec!["nsenter".to_owned(), "-t".to_owned(), daemon.pid().to_string()];
    prefix.extend(kinds.iter().map(|kind| (*kind).to_owned()));
    prefix.push("--".to_owned());
    prefix
}
