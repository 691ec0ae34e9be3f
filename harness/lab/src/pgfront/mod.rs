//! A PostgreSQL-protocol front before an engine that is not PostgreSQL.
//!
//! The engine is a child process that speaks JSON lines (see `engines/serve.py`); the front translates the simple and
//! the extended protocol. It never says that a statement was done unless the engine said so, and runs no statement
//! twice: what a client asks to have described is only prepared, and run when the client says so.

mod access;
mod engine;
mod handler;
mod rows;
mod server;

pub(crate) use engine::Engine;
pub(crate) use server::Front;

use crate::process::Daemon;
use crate::{Lab, LabError, system};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The shared half of every engine script.
const SERVE: &str = include_str!("../../engines/serve.py");

/// What stand-ins keep their tables in.
const STORE: &str = include_str!("../../engines/store.py");

/// Name that engines' database and user go by.
pub(crate) const NAME: &str = "app";

/// An engine with its front: port and password.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) port: u16,
    pub(crate) password: String,
    // Dropped in this order: first the door, then the engine.
    _front: Front,
    daemon: Daemon,
}

impl Service {
    /// Starts the engine's script in a folder of its own, then the front.
    pub(crate) fn start(lab: &Lab, name: &str, script: &str, arguments: &[&str]) -> Result<Self, LabError> {
        let python = python()?;
        let folder = lab.folder(name)?;
        let main = folder.join("engine.py");
        system::write_file(&main, script)?;
        system::write_file(&folder.join("serve.py"), SERVE)?;
        system::write_file(&folder.join("store.py"), STORE)?;
        let mut command = Command::new(python);
        command
            .arg("-B")
            .arg(&main)
            .args(arguments)
            .current_dir(&folder)
            .env_clear()
            .env("PATH", system::SERVICE_PATH)
            .env("LANG", "C.UTF-8")
            .env("HOME", &folder)
            .env("FIREBIRD_LOCK", &folder)
            .env("FIREBIRD_TMP", &folder);
        let (engine, daemon) = Engine::start(lab, name, &mut command, &folder.join("engine.log"))?;
        let password = system::random_password()?;
        let port = lab.free_port()?;
        let front = Front::start(port, engine, password.clone())?;
        Ok(Self { port, password, _front: front, daemon })
    }

    /// Kills the engine; the front stays and its sessions end.
    pub(crate) fn kill(&mut self) {
        self.daemon.kill();
    }

    pub(crate) fn pid(&self) -> u32 {
        self.daemon.pid()
    }
}

/// The interpreter that has the engines' packages.
fn python() -> Result<PathBuf, LabError> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(|| {
        let home = std::env::var_os("HOME")?;
        Some(Path::new(&home).join(".cache"))
    });
    cache
        .map(|cache| cache.join("touchstone/venv/bin/python"))
        .filter(|python| python.is_file())
        .ok_or_else(|| LabError::Missing { what: "the Python environment of the engines".to_owned() })
}
