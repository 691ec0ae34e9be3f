//! A machine, or a part of it: files, processes, mounts, devices, network.

use super::Place;
use crate::{LabError, seclusion, system};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Lists everything; arguments are the folders to be listed, `--`, those to be left out.
const SCRIPT: &str = include_str!("machine.sh");

/// A machine that is asked through a shell.
#[derive(Clone, Debug)]
pub struct Machine {
    prefix: Vec<String>,
    folders: Vec<PathBuf>,
    without: Vec<PathBuf>,
    services: Vec<u32>,
}

impl Machine {
    /// This machine, in the folders that a check could touch; inside a [seclusion] in what was changed of them.
    #[must_use]
    pub fn here() -> Self {
        let mut folders: Vec<PathBuf> = ["/tmp", "/var/tmp", "/run", "/dev/shm"].map(PathBuf::from).to_vec();
        if seclusion::is_inside() {
            folders.push(seclusion::changed());
        } else {
            folders.push("/etc".into());
            folders.extend(std::env::var_os("HOME").map(PathBuf::from));
        }
        Self { prefix: Vec::new(), folders, without: Vec::new(), services: Vec::new() }
    }

    /// Asked through another command: ssh, nsenter.
    #[must_use]
    pub fn through(mut self, prefix: impl IntoIterator<Item = String>) -> Self {
        self.prefix = prefix.into_iter().collect();
        self
    }

    /// Without what lies in this folder.
    #[must_use]
    pub fn without(mut self, folder: &Path) -> Self {
        self.without.push(folder.to_owned());
        self
    }

    /// Without these processes and what descends from them.
    #[must_use]
    pub fn without_services(mut self, processes: &[u32]) -> Self {
        self.services.extend(processes);
        self
    }
}

impl Place for Machine {
    fn list(&self) -> Result<String, LabError> {
        let mut words: Vec<String> = vec!["/bin/sh".into(), "-c".into(), SCRIPT.into(), "residue".into()];
        words.push(self.services.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
        words.extend(self.folders.iter().map(|folder| folder.display().to_string()));
        words.push("--".into());
        words.extend(self.without.iter().map(|folder| folder.display().to_string()));
        let mut command = match self.prefix.split_first() {
            None => {
                let mut command = Command::new(&words[0]);
                command.args(&words[1..]);
                command
            }
            // What carries it to another machine hands it to a shell there.
            Some((program, more)) if program.ends_with("ssh") => {
                let mut command = Command::new(program);
                let line: Vec<String> = words.iter().map(|word| format!("'{}'", word.replace('\'', r"'\''"))).collect();
                command.args(more).arg(line.join(" "));
                command
            }
            Some((program, more)) => {
                let mut command = Command::new(program);
                command.args(more).args(&words);
                command
            }
        };
        command.env("PATH", system::SERVICE_PATH).env("LC_ALL", "C");
        system::run(&mut command)
    }
}
