//! Backups by pgBackRest: its stanza, its sets, its folder.

use crate::installation::Installation;
use touchstone_sdk::adapter::{Error, failed, scratch_name, setting};
use touchstone_sdk::shell::{ExitStatus, Output};

/// "Unable to acquire lock": another one is at work.
const LOCKED: i32 = 50;

pub(crate) struct Repository<'a> {
    pub(crate) server: &'a Installation,
    program: String,
    config: String,
    stanza: String,
}

impl<'a> Repository<'a> {
    /// None: it is not installed here.
    pub(crate) fn of(server: &'a Installation) -> Option<Self> {
        let config = setting("pgbackrest_config")?;
        let program = setting("pgbackrest").unwrap_or_else(|| "pgbackrest".into());
        Some(Self { server, program, config, stanza: setting("stanza").unwrap_or_else(|| "main".into()) })
    }

    fn words<'b>(&'b self, config: &'b str, stanza: &'b str, more: &[&'b str]) -> Vec<&'b str> {
        let mut words = vec![self.program.as_str(), config, stanza];
        words.extend(more);
        words
    }

    pub(crate) fn run(&self, more: &[&str]) -> Result<Output, Error> {
        let (config, stanza) = (format!("--config={}", self.config), format!("--stanza={}", self.stanza));
        let words = self.words(&config, &stanza, more);
        for _ in 0..60 {
            let output = self.server.run(&words)?;
            if !matches!(output.status, ExitStatus::Exited(LOCKED)) {
                return Ok(output);
            }
            self.server.shell.run(["sleep", "1"])?;
        }
        Err(failed("pgBackRest is at work for somebody else, for more than a minute"))
    }

    /// Folder of all sets of the stanza.
    pub(crate) fn folder(&self) -> Result<String, Error> {
        let script = "sed -n 's/^ *repo1-path *= *//p' \"$1\" | head -n 1";
        let path = self.server.shell.root(["sh", "-c", script, "sh", &self.config])?.success()?.text();
        let path = if path.is_empty() { "/var/lib/pgbackrest".to_owned() } else { path };
        Ok(format!("{path}/backup/{}", self.stanza))
    }

    /// Has the sets of this run removed in the end, known by a note that each bears. The only full backup of a repository is
    /// one that pgBackRest does not expire: its files are removed, and it forgets it when it next looks.
    pub(crate) fn undo(&self) -> Result<(), Error> {
        let script = "cd \"$4\" 2>/dev/null || exit 0; for set in [0-9]*F*; do [ -d \"$set\" ] || continue; \
            \"$1\" --config=\"$2\" --stanza=\"$3\" info --set=\"$set\" 2>/dev/null | grep -q \"touchstone: $5\\$\" || continue; \
            \"$1\" --config=\"$2\" --stanza=\"$3\" --log-level-console=off --log-level-stderr=off expire --set=\"$set\"; \
            rm -rf -- \"$set\"; done; exit 0";
        let words = ["sh", "-c", script, "sh", &self.program, &self.config, &self.stanza, &self.folder()?, &scratch_name()];
        Ok(self.server.shell.undo(self.server.argv(&words))?)
    }
}
