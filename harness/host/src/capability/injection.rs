//! Faults injected into a node: in the journal before they are there, and taken back whatever happens.

use crate::bindings::injection::{Delay, Direction, Fault, Host, HostInjected, Loss, Traffic};
use crate::bindings::types::{Error, ErrorDetail};
use crate::hand::Hand;
use crate::observe::{Done, Pieces};
use crate::state::State;
use crate::text::quoted;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use touchstone_model::description::{Impact, Need};
use touchstone_model::event::CleanupAct;
use touchstone_model::observation::ActResult;
use touchstone_probes::fault as probe;
use touchstone_probes::shell::{Command, Node, Output, Status};
use wasmtime::component::Resource;

/// Of one command.
const PATIENCE: Duration = Duration::from_secs(30);

/// A fault that is there.
pub struct Injected {
    words: String,
    node: Arc<Node>,
    /// None: it cannot be taken back.
    revert: Option<Vec<String>>,
}

impl Host for State {
    async fn inject(&mut self, node: Option<String>, fault: Fault) -> wasmtime::Result<Result<Resource<Injected>, Error>> {
        let hand = self.hand.clone();
        Ok(match hand.inject(node.as_deref(), to_probe(fault), self.handles).await {
            Ok(injected) => Ok(self.keep(injected)?),
            Err(error) => Err(error),
        })
    }
}

impl HostInjected for State {
    async fn revert(&mut self, injected: Resource<Injected>) -> wasmtime::Result<Result<(), Error>> {
        let hand = self.hand.clone();
        Ok(hand.revert(self.table.get(&injected)?).await)
    }

    /// The fault stays until the check is over, or it is reverted.
    async fn drop(&mut self, injected: Resource<Injected>) -> wasmtime::Result<()> {
        self.give_up(injected)?;
        Ok(())
    }
}

impl Hand {
    async fn inject(&self, node: Option<&str>, fault: probe::Fault, open: usize) -> Result<Injected, Error> {
        let act = self.begin_opening(&Need::Shell, &format!("{}: {}", node.unwrap_or("node"), fault.words()), open)?;
        act.settle(self.try_inject(node, &fault).await)
    }

    async fn try_inject(&self, node: Option<&str>, fault: &probe::Fault) -> Result<Done<Injected>, Error> {
        if self.run.impact < Impact::Disrupt {
            let words = format!("the check declares an impact of {}: faults need disrupt", self.run.impact.name());
            return Err(Error::Denied(words));
        }
        let number = self.run.scratches.fetch_add(1, Ordering::Relaxed);
        let commands = fault.commands(&format!("{}-f{number}", self.run.scratch_name)).map_err(|error| self.told(error))?;
        let node = self.run.target.shell(node).await.map_err(|error| self.told(error))?;
        let can = self.act_on(&node, &commands.can).await?;
        if can.status != Status::Exited(0) {
            let why = self.clean_text(&said(&can));
            return Err(Error::Unavailable(format!("{}: it cannot be injected here: {why}", fault.words())));
        }
        let commands = commands.knowing(&String::from_utf8_lossy(&can.stdout));
        if let Some(revert) = &commands.revert {
            // On disk before the fault is there: whatever happens, it is taken back.
            let act = CleanupAct::Command { node: node.name().to_owned(), argv: revert.clone(), elevated: true };
            self.run.notebook.cleanup(act).await?;
        }
        let injected = Injected { words: fault.words(), node, revert: commands.revert };
        let done = self.act_on(&injected.node, &commands.inject).await;
        match done {
            Ok(output) if output.status == Status::Exited(0) => {
                // It shows nothing of the target: what the fault brings about is yet to be seen.
                Ok((injected, Some((ActResult::Local { amount: 1 }, Pieces::default()))))
            }
            other => {
                // Half of it may be there.
                let back = self.take_back(&injected).await;
                let why = other.map_or_else(|error| format!("{error:?}"), |output| said(&output));
                let message = format!("{}: it could not be injected: {}", injected.words, self.clean_text(&why));
                back?;
                Err(Error::Other(ErrorDetail { code: "not-injected".to_owned(), message }))
            }
        }
    }

    async fn revert(&self, injected: &Injected) -> Result<(), Error> {
        let act = self.begin(&Need::Shell, &format!("{}: take back: {}", injected.node.name(), injected.words))?;
        let done = self.take_back(injected).await;
        act.settle(done.map(|()| ((), Some((ActResult::Local { amount: 1 }, Pieces::default())))))
    }

    async fn take_back(&self, injected: &Injected) -> Result<(), Error> {
        let Some(revert) = &injected.revert else { return Ok(()) };
        let output = self.act_on(&injected.node, revert).await?;
        if output.status == Status::Exited(0) {
            return Ok(());
        }
        let message = format!(
            "{} on {}: it could not be taken back: {}; by hand, as root: {}",
            injected.words,
            injected.node.name(),
            self.clean_text(&said(&output)),
            quoted(revert)
        );
        self.run.notebook.log("warn", &message);
        Err(Error::Other(ErrorDetail { code: "not-reverted".to_owned(), message }))
    }

    async fn act_on(&self, node: &Node, argv: &[String]) -> Result<Output, Error> {
        let mut command = Command::new(argv.iter().cloned());
        command.elevated = true;
        command.timeout = PATIENCE;
        node.run(command).await.map_err(|error| self.told(error))
    }
}

fn said(output: &Output) -> String {
    let words = String::from_utf8_lossy(&output.stderr);
    let words: String = words.trim().chars().take(300).collect();
    if words.is_empty() { format!("{:?}", output.status) } else { words }
}

fn to_probe(fault: Fault) -> probe::Fault {
    let traffic = |Traffic { peers, direction }| {
        let direction = match direction {
            Direction::Both => probe::Direction::Both,
            Direction::Inbound => probe::Direction::Inbound,
            Direction::Outbound => probe::Direction::Outbound,
        };
        probe::Traffic { peers, direction }
    };
    match fault {
        Fault::Partition(of) => probe::Fault::Partition(traffic(of)),
        Fault::Loss(Loss { traffic: of, per_cent }) => probe::Fault::Loss(traffic(of), per_cent),
        Fault::Delay(Delay { device, milliseconds }) => probe::Fault::Delay(device, milliseconds),
        Fault::DiskFull(folder) => probe::Fault::DiskFull(folder),
        Fault::Stopped(processes) => probe::Fault::Stopped(processes),
        Fault::Killed(processes) => probe::Fault::Killed(processes),
        Fault::ClockJump(seconds) => probe::Fault::ClockJump(seconds),
    }
}
