//! `shell`

use crate::bindings::touchstone::contract::shell::{Command, ExitStatus, Host, HostSession, Output};
use crate::bindings::touchstone::contract::types::Error;
use crate::guest::{Errand, Guest};
use std::sync::Arc;
use std::time::Duration;
use touchstone_model::description::Need;
use touchstone_model::event::CleanupAct;
use touchstone_model::observation::ActResult;
use touchstone_probes::ProbeError;
use touchstone_probes::shell::{self, Node, Status};
use wasmtime::component::Resource;

/// When the guest names none.
const TIMEOUT: Duration = Duration::from_secs(60);

/// An open node.
pub struct Session {
    node: Arc<Node>,
    scratch: Option<String>,
}

impl Host for Guest {
    async fn open(&mut self, node: Option<String>) -> wasmtime::Result<Result<Resource<Session>, Error>> {
        let errand = match self.granted(&Need::Shell)? {
            Ok(errand) => errand,
            Err(error) => return Ok(Err(error)),
        };
        if let Err(error) = self.take_handle(&errand.limits) {
            return Ok(Err(error));
        }
        let act = errand.act("shell", format!("open {}", node.as_deref().unwrap_or("shell")));
        match errand.target.shell(node.as_deref()).await {
            Ok(node) => Ok(Ok(self.table.push(Session { node, scratch: None })?)),
            Err(error) => {
                self.handles -= 1;
                Ok(Err(errand.could_not(act, error)))
            }
        }
    }
}

impl HostSession for Guest {
    async fn run(&mut self, session: Resource<Session>, command: Command) -> wasmtime::Result<Result<Output, Error>> {
        let errand = self.errand()?.clone();
        let node = self.table.get(&session)?.node.clone();
        Ok(run(&errand, &node, command).await)
    }

    async fn defer(&mut self, session: Resource<Session>, command: Command) -> wasmtime::Result<Result<(), Error>> {
        let errand = self.errand()?.clone();
        let node = self.table.get(&session)?.node.name().to_owned();
        let act = CleanupAct::Command { node, argv: command.argv, elevated: command.elevated };
        Ok(owe(&errand, act).await)
    }

    async fn scratch(&mut self, session: Resource<Session>) -> wasmtime::Result<Result<String, Error>> {
        let errand = self.errand()?.clone();
        Ok(scratch(&errand, self.table.get_mut(&session)?).await)
    }

    async fn write_file(
        &mut self,
        session: Resource<Session>,
        name: String,
        content: Vec<u8>,
    ) -> wasmtime::Result<Result<(), Error>> {
        let errand = self.errand()?.clone();
        let open = self.table.get_mut(&session)?;
        let scratch = match scratch(&errand, open).await {
            Ok(scratch) => scratch,
            Err(error) => return Ok(Err(error)),
        };
        if let Err(error) = errand.within("file", content.len()) {
            return Ok(Err(error));
        }
        let mut act = errand.act("shell", format!("write {scratch}/{name}"));
        act.saw("content", content.clone(), false);
        match open.node.write_file(&scratch, &name, &content).await {
            Ok(()) => {
                errand.observer.record(act, ActResult::Done { amount: content.len() as u64 });
                Ok(Ok(()))
            }
            Err(error) => Ok(Err(errand.could_not(act, error))),
        }
    }

    async fn read_file(&mut self, session: Resource<Session>, name: String, limit: u32) -> wasmtime::Result<Result<Vec<u8>, Error>> {
        let errand = self.errand()?.clone();
        let open = self.table.get_mut(&session)?;
        let scratch = match scratch(&errand, open).await {
            Ok(scratch) => scratch,
            Err(error) => return Ok(Err(error)),
        };
        let mut act = errand.act("shell", format!("read {scratch}/{name}"));
        match open.node.read_file(&scratch, &name, errand.output(Some(limit))).await {
            Ok(content) => {
                act.saw("content", content.clone(), false);
                errand.observer.record(act, ActResult::Done { amount: content.len() as u64 });
                Ok(Ok(content))
            }
            Err(error) => Ok(Err(errand.could_not(act, error))),
        }
    }

    async fn drop(&mut self, session: Resource<Session>) -> wasmtime::Result<()> {
        self.table.delete(session)?;
        self.handles = self.handles.saturating_sub(1);
        Ok(())
    }
}

async fn run(errand: &Errand, node: &Node, command: Command) -> Result<Output, Error> {
    let size = command.stdin.len() + command.argv.iter().map(String::len).sum::<usize>();
    errand.within("command", size)?;
    let elevated = if command.elevated { "# " } else { "$ " };
    let mut act = errand.act("shell", format!("{elevated}{}", line(&command.argv)));
    act.saw("stdin", command.stdin.clone(), false);
    let timeout = command.timeout_ms.map_or(TIMEOUT, |ms| Duration::from_millis(ms.into()));
    let asked = shell::Command {
        argv: command.argv,
        stdin: command.stdin,
        env: command.env,
        elevated: command.elevated,
        timeout,
        output_limit: errand.output(command.output_limit),
    };
    let output = match node.run(asked).await {
        Ok(output) => output,
        Err(error) => return Err(errand.could_not(act, error)),
    };
    act.saw("stdout", output.stdout.clone(), output.stdout_truncated);
    act.saw("stderr", output.stderr.clone(), output.stderr_truncated);
    let (result, status) = match output.status {
        Status::Exited(code) => (ActResult::Exited { code }, ExitStatus::Exited(code)),
        Status::Signalled(signal) => (ActResult::Signalled { signal }, ExitStatus::Signalled(signal)),
        Status::TimedOut => {
            let limit_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
            (ActResult::TimedOut { limit_ms }, ExitStatus::TimedOut)
        }
        Status::NotFound => (ActResult::NotFound, ExitStatus::NotFound),
    };
    errand.observer.record(act, result);
    Ok(Output {
        status,
        stdout: output.stdout,
        stderr: output.stderr,
        stdout_truncated: output.stdout_truncated,
        stderr_truncated: output.stderr_truncated,
        elapsed_us: u64::try_from(output.elapsed.as_micros()).unwrap_or(u64::MAX),
    })
}

/// The session's scratch folder, made when first asked for; its removal is owed before it is made.
async fn scratch(errand: &Errand, session: &mut Session) -> Result<String, Error> {
    if let Some(path) = &session.scratch {
        return Ok(path.clone());
    }
    let act = errand.act("shell", format!("make scratch folder {}", errand.scratch_name));
    let path = match session.node.scratch_path(&errand.scratch_name) {
        Ok(path) => path,
        Err(error) => return Err(errand.could_not(act, error)),
    };
    owe(errand, CleanupAct::ScratchFolder { node: session.node.name().to_owned(), path: path.clone() }).await?;
    match session.node.make_scratch(&errand.scratch_name).await {
        Ok(made) if made == path => {
            session.scratch = Some(made.clone());
            Ok(made)
        }
        Ok(made) => Err(errand.could_not(act, ProbeError::Invalid(format!("scratch folder is {made}, not {path}")))),
        Err(error) => Err(errand.could_not(act, error)),
    }
}

async fn owe(errand: &Errand, act: CleanupAct) -> Result<(), Error> {
    errand.observer.owe(act).await.map_err(Error::Limit)
}

/// As a person would type it.
fn line(argv: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+@%".contains(c);
    let quote = |arg: &String| match arg.is_empty() || !arg.chars().all(plain) {
        true => format!("'{}'", arg.replace('\'', r"'\''")),
        false => arg.clone(),
    };
    argv.iter().map(quote).collect::<Vec<_>>().join(" ")
}
