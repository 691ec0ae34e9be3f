//! A member's server, as its own machine sees it.

use touchstone_sdk::adapter::cluster::Machine;
use touchstone_sdk::adapter::{Error, Said};
use touchstone_sdk::shell::Output;

/// Statements of standard input, as the system's administrator.
const CLIENT: &str = "exec mariadb --no-defaults --user=root --socket=\"$1\" --batch --skip-column-names";

pub(crate) struct Server {
    pub(crate) machine: Machine,
    pub(crate) socket: String,
}

impl Server {
    pub(crate) fn find(name: &str) -> Result<Self, Error> {
        let machine = Machine::find(name)?;
        let socket = machine.setting("socket").unwrap_or_else(|| "/run/mysqld/mysqld.sock".into());
        Ok(Self { machine, socket })
    }

    /// Has it execute statements; the last answer is the output.
    pub(crate) fn tell(&self, statements: &str) -> Result<Output, Error> {
        let command = self.machine.shell.command(["sh", "-c", CLIENT, "sh", &self.socket]);
        Ok(command.elevated().stdin(format!("{statements}\n")).timeout_s(60).run()?)
    }

    /// As words, for what undoes something: succeeds also where the server is away or refuses.
    pub(crate) fn told(&self, statements: &str) -> Vec<String> {
        let script = format!("echo \"$2\" | timeout 20 sh -c '{CLIENT}' sh \"$1\"; exit 0");
        ["sh", "-c", &script, "sh", &self.socket, statements].map(str::to_owned).to_vec()
    }
}

pub(crate) fn said(output: &Output) -> Said {
    Said { accepted: output.ok(), words: output.said() }
}
