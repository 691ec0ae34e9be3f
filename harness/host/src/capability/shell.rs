//! Commands and scratch files.

use crate::bindings::shell::{Command, ExitStatus, Host, HostSession, Output};
use crate::bindings::types::Error;
use crate::hand::{Hand, micros, millis};
use crate::observe::{Done, Pieces};
use crate::state::State;
use crate::text::quoted;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use touchstone_model::description::Need;
use touchstone_model::digest::Digest;
use touchstone_model::event::CleanupAct;
use touchstone_model::observation::ActResult;
use touchstone_probes::shell::{self as probe, Node, Status};
use wasmtime::component::Resource;

/// A node that a plugin opened.
pub struct Session {
    node: Arc<Node>,
    scratch: Option<String>,
    /// What it wrote itself, by the digests of name and content: reading that back shows nothing of the target.
    written: HashMap<Digest, Digest>,
}

impl Host for State {
    async fn open(&mut self, node: Option<String>) -> wasmtime::Result<Result<Resource<Session>, Error>> {
        let opened = self.hand.open_shell(node.as_deref(), self.handles).await;
        Ok(match opened {
            Ok(node) => Ok(self.keep(Session { node, scratch: None, written: HashMap::new() })?),
            Err(error) => Err(error),
        })
    }
}

impl HostSession for State {
    async fn run(&mut self, session: Resource<Session>, command: Command) -> wasmtime::Result<Result<Output, Error>> {
        let node = self.table.get(&session)?.node.clone();
        Ok(self.hand.run_command(&node, command).await)
    }

    async fn defer(&mut self, session: Resource<Session>, command: Command) -> wasmtime::Result<Result<(), Error>> {
        let node = self.table.get(&session)?.node.clone();
        Ok(self.hand.defer_command(&node, command).await)
    }

    async fn scratch(&mut self, session: Resource<Session>) -> wasmtime::Result<Result<String, Error>> {
        let Session { node, scratch, .. } = self.table.get(&session)?;
        if let Some(path) = scratch {
            return Ok(Ok(path.clone()));
        }
        let node = node.clone();
        let made = self.hand.make_scratch(&node).await;
        if let Ok(path) = &made {
            self.table.get_mut(&session)?.scratch = Some(path.clone());
        }
        Ok(made)
    }

    async fn write_file(
        &mut self,
        session: Resource<Session>,
        name: String,
        content: Vec<u8>,
    ) -> wasmtime::Result<Result<(), Error>> {
        let Session { node, scratch, .. } = self.table.get(&session)?;
        let (node, scratch) = (node.clone(), scratch.clone());
        let written = self.hand.write_scratch(&node, scratch, &name, &content).await;
        let session = self.table.get_mut(&session)?;
        session.written.insert(Digest::of(name.as_bytes()), Digest::of(&content));
        Ok(written)
    }

    async fn read_file(
        &mut self,
        session: Resource<Session>,
        name: String,
        limit: u32,
    ) -> wasmtime::Result<Result<Vec<u8>, Error>> {
        let Session { node, scratch, written } = self.table.get(&session)?;
        let (node, scratch) = (node.clone(), scratch.clone());
        let own = written.get(&Digest::of(name.as_bytes())).cloned();
        Ok(self.hand.read_scratch(&node, scratch, &name, limit, own).await)
    }

    async fn drop(&mut self, session: Resource<Session>) -> wasmtime::Result<()> {
        self.give_up(session)?;
        Ok(())
    }
}

impl Hand {
    async fn open_shell(&self, node: Option<&str>, open: usize) -> Result<Arc<Node>, Error> {
        let act = self.begin_opening(&Need::Shell, &format!("open shell {}", node.unwrap_or_default()), open)?;
        let opened = self.run.target.shell(node).await;
        act.settle(opened.map(|node| (node, None)).map_err(|error| self.told(error)))
    }

    async fn run_command(&self, node: &Node, command: Command) -> Result<Output, Error> {
        let act = self.begin(&Need::Shell, &self.line(node, &command))?;
        act.settle(self.try_command(node, command).await)
    }

    async fn try_command(&self, node: &Node, command: Command) -> Result<Done<Output>, Error> {
        self.check_command(&command)?;
        let timeout = self.time(command.timeout_ms, probe::DEFAULT_TIMEOUT);
        let stdin = self.clean(&command.stdin);
        // By this the runner finds what a check left running, also after a run that was killed.
        let mut env = command.env;
        env.push((probe::CHECK_MARKER.to_owned(), self.run.scratch_name.clone()));
        let asked = probe::Command {
            argv: command.argv,
            stdin: command.stdin,
            env,
            elevated: command.elevated,
            timeout,
            output_limit: self.output_limit(command.output_limit),
        };
        let output = node.run(asked).await.map_err(|error| self.told(error))?;
        let stdout = self.clean_cut(&output.stdout, output.stdout_truncated);
        let stderr = self.clean_cut(&output.stderr, output.stderr_truncated);
        let (result, status) = match output.status {
            Status::Exited(code) => (ActResult::Exited { code }, ExitStatus::Exited(code)),
            Status::Signalled(signal) => (ActResult::Signalled { signal }, ExitStatus::Signalled(signal)),
            Status::TimedOut => (ActResult::TimedOut { limit_ms: millis(timeout) }, ExitStatus::TimedOut),
            Status::NotFound => (ActResult::NotFound, ExitStatus::NotFound),
        };
        let pieces = Pieces::default().with("stdin", &stdin, false).with("stdout", &stdout, output.stdout_truncated).with(
            "stderr",
            &stderr,
            output.stderr_truncated,
        );
        let output = Output {
            status,
            stdout,
            stderr,
            stdout_truncated: output.stdout_truncated,
            stderr_truncated: output.stderr_truncated,
            elapsed_us: micros(output.elapsed),
        };
        Ok((output, Some((result, pieces))))
    }

    async fn defer_command(&self, node: &Node, command: Command) -> Result<(), Error> {
        let act = self.begin(&Need::Shell, &format!("defer {}", self.line(node, &command)))?;
        act.settle(self.try_defer_command(node, command).await)
    }

    async fn try_defer_command(&self, node: &Node, command: Command) -> Result<Done<()>, Error> {
        self.check_command(&command)?;
        if !command.stdin.is_empty() || !command.env.is_empty() {
            return Err(Error::Invalid("a deferred command has neither standard input nor environment".to_owned()));
        }
        let cleanup = CleanupAct::Command { node: node.name().to_owned(), argv: command.argv, elevated: command.elevated };
        self.run.notebook.cleanup(cleanup).await?;
        Ok(((), None))
    }

    async fn make_scratch(&self, node: &Node) -> Result<String, Error> {
        let act = self.begin(&Need::Shell, &format!("{}: make scratch folder", node.name()))?;
        act.settle(self.try_make_scratch(node).await)
    }

    async fn try_make_scratch(&self, node: &Node) -> Result<Done<String>, Error> {
        let name = match self.run.scratches.fetch_add(1, Ordering::Relaxed) {
            0 => self.run.scratch_name.clone(),
            earlier => format!("{}-{}", self.run.scratch_name, earlier.saturating_add(1)),
        };
        let path = node.scratch_path(&name).map_err(|error| self.told(error))?;
        // On disk before the folder exists: whatever happens, it is removed.
        self.run.notebook.cleanup(CleanupAct::ScratchFolder { node: node.name().to_owned(), path }).await?;
        let path = node.make_scratch(&name).await.map_err(|error| self.told(error))?;
        Ok((path, None))
    }

    async fn write_scratch(&self, node: &Node, scratch: Option<String>, name: &str, content: &[u8]) -> Result<(), Error> {
        let line = format!("{}: write {} bytes to scratch file {name}", node.name(), content.len());
        let act = self.begin(&Need::Shell, &line)?;
        act.settle(self.try_write_scratch(node, scratch, name, content).await)
    }

    async fn try_write_scratch(
        &self,
        node: &Node,
        scratch: Option<String>,
        name: &str,
        content: &[u8],
    ) -> Result<Done<()>, Error> {
        self.check_size("name of a file", name.len())?;
        self.check_content("content of a file", content.len())?;
        let scratch = scratch.ok_or_else(no_scratch)?;
        node.write_file(&scratch, name, content).await.map_err(|error| self.told(error))?;
        let pieces = Pieces::default().with("content", &self.clean(content), false);
        Ok(((), Some((ActResult::Local { amount: content.len() as u64 }, pieces))))
    }

    async fn read_scratch(
        &self,
        node: &Node,
        scratch: Option<String>,
        name: &str,
        limit: u32,
        own: Option<Digest>,
    ) -> Result<Vec<u8>, Error> {
        let act = self.begin(&Need::Shell, &format!("{}: read scratch file {name}", node.name()))?;
        act.settle(self.try_read_scratch(node, scratch, name, limit, own).await)
    }

    async fn try_read_scratch(
        &self,
        node: &Node,
        scratch: Option<String>,
        name: &str,
        limit: u32,
        own: Option<Digest>,
    ) -> Result<Done<Vec<u8>>, Error> {
        self.check_size("name of a file", name.len())?;
        let scratch = scratch.ok_or_else(no_scratch)?;
        let content = node.read_file(&scratch, name, self.output_limit(Some(limit))).await.map_err(|error| self.told(error))?;
        let unchanged = own.is_some_and(|own| own == Digest::of(&content));
        let content = self.clean(&content);
        let amount = content.len() as u64;
        let result = if unchanged { ActResult::Local { amount } } else { ActResult::Done { amount } };
        let pieces = Pieces::default().with("content", &content, false);
        Ok((content, Some((result, pieces))))
    }

    /// `node$ command`: the node's name where it is not the target's own, and `#` for administrator rights.
    fn line(&self, node: &Node, command: &Command) -> String {
        let place = if node.name() == self.run.target.spec().name { "" } else { node.name() };
        let sign = if command.elevated { '#' } else { '$' };
        let assign = |(name, value): &(String, String)| format!("{name}={} ", quoted(std::slice::from_ref(value)));
        let env: String = command.env.iter().map(assign).collect();
        format!("{place}{sign} {env}{}", quoted(&command.argv))
    }

    fn check_command(&self, command: &Command) -> Result<(), Error> {
        let env = command.env.iter().map(|(name, value)| name.len() + value.len() + 2);
        let words: usize = command.argv.iter().map(|word| word.len() + 1).chain(env).sum();
        self.check_size("arguments of a command", words)?;
        self.check_content("standard input", command.stdin.len())
    }
}

fn no_scratch() -> Error {
    Error::Invalid("the session has no scratch folder yet".to_owned())
}
