//! A service's process: started in a group of its own, watched, and ended together with all it started.

use crate::error::Doing;
use crate::{Lab, LabError};
use rustix::process::{Pid, Signal, kill_process};
use std::collections::BTreeMap;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a service is given to start.
pub(crate) const READY_WITHIN: Duration = Duration::from_secs(60);
/// How long a service is given to end by itself before it is killed.
const STOP_WITHIN: Duration = Duration::from_secs(5);
/// How long dead orphans may stay in the process table: some systems' first process collects them slowly.
const REAPED_WITHIN: Duration = Duration::from_secs(4);

/// A running service process.
#[derive(Debug)]
pub(crate) struct Daemon {
    name: String,
    child: Child,
    log: PathBuf,
    stop_signal: Signal,
    ended: bool,
}

impl Daemon {
    /// Starts `command` with its output in `log`.
    pub(crate) fn spawn(lab: &Lab, name: &str, command: &mut Command, log: &Path) -> Result<Self, LabError> {
        let out = std::fs::File::options().create(true).append(true).open(log).doing(|| format!("opening {}", log.display()))?;
        let err = out.try_clone().doing(|| format!("opening {}", log.display()))?;
        command.stdout(Stdio::from(out)).stderr(Stdio::from(err)).stdin(Stdio::null());
        Self::spawn_with_own_output(lab, name, command, log)
    }

    /// Starts `command` whose streams the caller has set; `log` is only read for error messages.
    pub(crate) fn spawn_with_own_output(lab: &Lab, name: &str, command: &mut Command, log: &Path) -> Result<Self, LabError> {
        // A group of its own: Ctrl-C at the terminal must not reach the services before the lab stops them.
        if command.get_current_dir().is_none() {
            // No service may keep a folder of the caller's busy.
            command.current_dir("/");
        }
        let child = command.process_group(0).spawn().doing(|| format!("starting {name}"))?;
        if let Some(stat) = Stat::of(child.id()) {
            lab.guard().process(child.id(), stat.started);
        }
        Ok(Self { name: name.to_owned(), child, log: log.to_owned(), stop_signal: Signal::TERM, ended: false })
    }

    /// The signal that makes this service end quickly and in order, if it is not TERM.
    pub(crate) fn stop_with(mut self, signal: Signal) -> Self {
        self.stop_signal = signal;
        self
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn child_mut(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Waits until `ready` says so; an error if the process ends or the time passes before.
    pub(crate) fn wait_ready(&mut self, mut ready: impl FnMut() -> bool) -> Result<(), LabError> {
        let begun = Instant::now();
        let mut pause = Duration::from_millis(2);
        loop {
            if ready() {
                return Ok(());
            }
            let state = match self.child.try_wait() {
                Ok(Some(status)) => format!("it ended: {status}"),
                _ if begun.elapsed() > READY_WITHIN => "it still runs".to_owned(),
                _ => {
                    std::thread::sleep(pause);
                    pause = (pause * 2).min(Duration::from_millis(20));
                    continue;
                }
            };
            return Err(LabError::NotReady {
                service: self.name.clone(),
                waited: begun.elapsed(),
                state,
                log: self.log.clone(),
                tail: tail(&self.log),
            });
        }
    }

    /// Ends the service in order; kills what is left after a few seconds. Nothing of it runs when this returns.
    pub(crate) fn stop(&mut self) {
        self.end(Some(self.stop_signal));
    }

    /// Kills the service and everything it started, at once.
    pub(crate) fn kill(&mut self) {
        self.end(None);
    }

    fn end(&mut self, politely: Option<Signal>) {
        if self.ended {
            return;
        }
        self.ended = true;
        // Listed before anything dies: an orphan's parent is no longer known.
        let mut family = family_of(self.child.id());
        if let Some(signal) = politely
            && self.child.try_wait().is_ok_and(|status| status.is_none())
        {
            send(self.child.id(), signal);
            let begun = Instant::now();
            while begun.elapsed() < STOP_WITHIN && self.child.try_wait().is_ok_and(|status| status.is_none()) {
                std::thread::sleep(Duration::from_millis(2));
            }
            if self.child.try_wait().is_ok_and(|status| status.is_none()) {
                // It refused, and may have started more meanwhile.
                family.append(&mut family_of(self.child.id()));
            }
        }
        let _ = self.child.kill();
        for (pid, started) in &family {
            if is_same(*pid, *started) {
                send(*pid, Signal::KILL);
            }
        }
        let _ = self.child.wait();
        let begun = Instant::now();
        while begun.elapsed() < REAPED_WITHIN && family.iter().any(|(pid, started)| is_same(*pid, *started)) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Sends a signal; a process that is gone already is what was wanted.
fn send(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

/// What /proc says about a process.
struct Stat {
    parent: u32,
    group: u32,
    started: u64,
}

impl Stat {
    fn of(pid: u32) -> Option<Self> {
        let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name is in parentheses and may itself hold spaces and parentheses.
        let mut rest = text.rsplit_once(") ")?.1.split(' ');
        let parent = rest.nth(1)?.parse().ok()?;
        let group = rest.next()?.parse().ok()?;
        let started = rest.nth(16)?.parse().ok()?;
        Some(Self { parent, group, started })
    }
}

fn is_same(pid: u32, started: u64) -> bool {
    Stat::of(pid).is_some_and(|stat| stat.started == started)
}

/// Children, their children and so on, and whoever is in the process group that `ancestor` leads or led (a child whose
/// parent died is known by its group only); with their times of start.
fn family_of(ancestor: u32) -> Vec<(u32, u64)> {
    let mut children: BTreeMap<u32, Vec<(u32, u64)>> = BTreeMap::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        if let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok())
            && let Some(stat) = Stat::of(pid)
            && pid != ancestor
        {
            let parent = if stat.group == ancestor { ancestor } else { stat.parent };
            children.entry(parent).or_default().push((pid, stat.started));
        }
    }
    let mut found = Vec::new();
    let mut open = vec![ancestor];
    while let Some(parent) = open.pop() {
        for (pid, started) in children.remove(&parent).unwrap_or_default() {
            open.push(pid);
            found.push((pid, started));
        }
    }
    found
}

/// The end of a log, for error messages.
fn tail(log: &Path) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().rev().take(12).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
