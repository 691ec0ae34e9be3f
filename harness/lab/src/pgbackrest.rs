//! A PostgreSQL server with a pgBackRest repository.

use crate::error::Doing;
use crate::{Lab, LabError, Postgres, system};
use std::path::{Path, PathBuf};

const USER: &str = "postgres";
const STANZA: &str = "main";

/// A PostgreSQL server whose log of changes goes to a pgBackRest repository of its own.
#[derive(Debug)]
pub struct PgBackRest {
    server: Postgres,
    config: PathBuf,
}

impl PgBackRest {
    /// Makes the server, the repository and its stanza.
    ///
    /// # Errors
    /// A package is absent, or the server does not come up.
    pub fn start(lab: &Lab) -> Result<Self, LabError> {
        let program = system::program("pgbackrest")?;
        let folder = lab.folder("pgbackrest")?;
        let config = folder.join("pgbackrest.conf");
        let archive =
            format!("archive_command = '{} --config={} --stanza={STANZA} archive-push %p'", program.display(), config.display());
        let server = Postgres::start_with(lab, &["wal_level = replica", "archive_mode = on", &archive])?;
        std::fs::write(&config, configuration(&folder, &server)).doing(|| format!("writing {}", config.display()))?;
        system::give_to(USER, &folder)?;
        let mut create = system::command_as(USER, &program)?;
        create.arg(format!("--config={}", config.display())).args([&format!("--stanza={STANZA}"), "stanza-create"]);
        system::run(&mut create)?;
        Ok(Self { server, config })
    }

    /// The server.
    #[must_use]
    pub fn server(&self) -> &Postgres {
        &self.server
    }

    /// What its adapter wants to know.
    #[must_use]
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("pgbackrest_config", self.config.display().to_string()),
            ("stanza", STANZA.to_owned()),
            // Declared by whoever operates this server.
            ("table_restore", "side-instance".to_owned()),
        ]
    }
}

fn configuration(folder: &Path, server: &Postgres) -> String {
    let folder = folder.display();
    format!(
        "[global]\nrepo1-path={folder}/repository\nrepo1-retention-full=9\ncompress-type=zst\ncompress-level=1\nstart-fast=y\n\
         lock-path={folder}/lock\nlog-path={folder}/log\nlog-level-file=off\nlog-level-console=warn\n\
         [{STANZA}]\npg1-path={data}\npg1-port={port}\npg1-socket-path={socket}\npg1-user={user}\n",
        data = server.data().display(),
        socket = server.socket().display(),
        port = server.port,
        user = server.superuser,
    )
}
