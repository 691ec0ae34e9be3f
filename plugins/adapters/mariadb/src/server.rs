//! The target's own server: it says itself where its files are.

use touchstone_sdk::adapter::{Error, Said, setting, shell, sql};
use touchstone_sdk::shell::{Output, Shell};

pub(crate) struct Server {
    pub(crate) shell: Shell,
    /// User that it runs as.
    pub(crate) owner: String,
    pub(crate) socket: String,
    pub(crate) data: String,
    /// Database of the inventory.
    pub(crate) database: String,
}

impl Server {
    pub(crate) fn find() -> Result<Self, Error> {
        let db = sql("admin")?;
        Ok(Self {
            shell: shell(None)?,
            owner: setting("owner").unwrap_or_else(|| "mysql".into()),
            socket: db.scalar("SELECT @@socket")?,
            data: db.scalar("SELECT @@datadir")?,
            database: db.scalar("SELECT DATABASE()")?,
        })
    }

    /// A program that connects as the administrator.
    pub(crate) fn words(&self, argv: &[&str]) -> Vec<String> {
        let mut words: Vec<String> = argv.iter().map(|word| (*word).to_owned()).collect();
        // What comes first must come first.
        words.insert(1, "--no-defaults".into());
        words.extend(["--user=root".into(), format!("--socket={}", self.socket)]);
        words
    }

    /// How a program ended. Its tools tell everything on the error stream: the last line counts.
    pub(crate) fn said(&self, output: &Output) -> Said {
        let last = output.error_text().lines().last().map(str::to_owned);
        let words = match last {
            Some(last) if !output.ok() => last.chars().take(240).collect(),
            _ => output.said(),
        };
        Said { accepted: output.ok(), words }
    }
}
