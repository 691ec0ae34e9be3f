//! A member's machine, and how the product is reached there.

use std::ops::Deref;
use touchstone_sdk::adapter::cluster::Machine;
use touchstone_sdk::adapter::{Error, setting};

pub(crate) struct Member {
    machine: Machine,
    /// Empty: no Patroni.
    pub(crate) config: String,
}

impl Deref for Member {
    type Target = Machine;

    fn deref(&self) -> &Machine {
        &self.machine
    }
}

impl Member {
    pub(crate) fn find(name: &str) -> Result<Self, Error> {
        let machine = Machine::find(name)?;
        Ok(Self { config: machine.setting("config").unwrap_or_default(), machine })
    }

    /// Starts it after a loss of power.
    pub(crate) fn start(&self) -> [String; 3] {
        self.machine.start("systemctl start patroni")
    }

    /// A command as the servers' user, with the server's programs at hand.
    pub(crate) fn as_owner(&self, words: &[&str]) -> Vec<String> {
        let owner = setting("owner").unwrap_or_else(|| "postgres".into());
        let script =
            "cd /; for d in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin; do [ -d \"$d\" ] && PATH=$d:$PATH; done; exec \"$@\"";
        let mut all: Vec<String> = ["runuser", "-u", &owner, "--", "sh", "-c", script, "sh"].map(str::to_owned).to_vec();
        all.extend(words.iter().map(|word| (*word).to_owned()));
        all
    }
}
