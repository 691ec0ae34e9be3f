//! `touchstone-lab`: starts real systems on this machine, runs a command with them, and stops them.

use clap::{Parser, Subcommand};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use touchstone_lab::inventory::render;
use touchstone_lab::roster::{self, Name, Running};
use touchstone_lab::{Lab, LabError};

/// Exit code when the lab itself failed; a command's own code is passed on, 126 and 127 say that it could not run.
const LAB_FAILED: u8 = 125;
/// How long a command is given to end after a signal before it is killed.
const GRACE: Duration = Duration::from_secs(10);

/// Real systems on this machine, for trying checks out. 在本机启动真实系统，供检查试用。
#[derive(Parser)]
#[command(name = "touchstone-lab", version)]
struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Start services, run a command with TOUCHSTONE_INVENTORY set, stop them; ends with the command's code.
    /// 启动服务，执行命令（环境变量 TOUCHSTONE_INVENTORY 指向目标清单），随后停止服务。
    With {
        #[command(flatten)]
        what: What,
        /// The command. 要执行的命令。
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
    /// Start services and keep them until Ctrl-C. 启动服务并保持运行，直到按 Ctrl-C。
    Up {
        #[command(flatten)]
        what: What,
    },
}

#[derive(clap::Args)]
struct What {
    /// Services, separated by commas. 服务名，以逗号分隔。
    #[arg(value_delimiter = ',', required = true)]
    services: Vec<Name>,
    /// Where to write the inventory; otherwise into the lab's scratch folder. 目标清单写到何处。
    #[arg(long, value_name = "FILE")]
    inventory: Option<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse().action).await {
        Ok(code) => ExitCode::from(code),
        Err(problem) => {
            eprintln!("touchstone-lab: {problem}");
            ExitCode::from(LAB_FAILED)
        }
    }
}

async fn run(action: Action) -> Result<u8, Box<dyn std::error::Error>> {
    // From here on a signal no longer ends the process by itself, so that everything that was started is stopped.
    let mut signals = Signals { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? };
    let (what, command) = match action {
        Action::With { what, command } => (what, Some(command)),
        Action::Up { what } => (what, None),
    };
    let mut names = what.services;
    names.sort_unstable();
    names.dedup();
    let lab = Lab::new()?;
    let starting = lab.clone();
    let mut starting = tokio::task::spawn_blocking(move || roster::start(&starting, &names));
    let started = tokio::select! {
        started = &mut starting => started?,
        code = signals.any() => {
            // What is half started must first be whole before it can be stopped.
            let _ = starting.await;
            return Ok(code);
        }
    };
    let services = all_or_nothing(started)?;
    let inventory = write_inventory(&lab, what.inventory.as_deref(), &services)?;
    let code = match command {
        Some(command) => run_command(&command, &inventory, &mut signals).await?,
        None => {
            println!("{}", inventory.display());
            eprintln!("Ctrl-C stops the services. 按 Ctrl-C 停止服务。");
            signals.any().await;
            0
        }
    };
    if let Some(outside) = what.inventory {
        // It points at secrets that are about to go.
        let _ = std::fs::remove_file(outside);
    }
    Ok(code)
}

fn all_or_nothing(started: Vec<(Name, Result<Running, LabError>)>) -> Result<Vec<Running>, LabError> {
    let mut running = Vec::new();
    let mut failure = None;
    for (name, result) in started {
        match result {
            Ok(service) => {
                eprintln!("touchstone-lab: {name} ready in {:.2} s", service.took.as_secs_f64());
                running.push(service);
            }
            Err(error) => {
                eprintln!("touchstone-lab: {name} failed");
                failure = failure.or(Some(error));
            }
        }
    }
    failure.map_or(Ok(running), Err)
}

fn write_inventory(lab: &Lab, wanted: Option<&Path>, services: &[Running]) -> Result<PathBuf, std::io::Error> {
    let path = wanted.map_or_else(|| lab.root().join("inventory.toml"), Path::to_path_buf);
    let mut targets = vec![roster::this_machine()];
    targets.extend(services.iter().flat_map(|service| service.targets.iter().cloned()));
    std::fs::write(&path, render(&targets))?;
    path.canonicalize()
}

async fn run_command(command: &[String], inventory: &Path, signals: &mut Signals) -> std::io::Result<u8> {
    let Some((program, arguments)) = command.split_first() else {
        return Ok(LAB_FAILED);
    };
    let spawned =
        tokio::process::Command::new(program).args(arguments).env("TOUCHSTONE_INVENTORY", inventory).kill_on_drop(true).spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => {
            eprintln!("touchstone-lab: {program}: {error}");
            return Ok(if error.kind() == std::io::ErrorKind::NotFound { 127 } else { 126 });
        }
    };
    let status = tokio::select! {
        status = child.wait() => status?,
        _ = signals.any() => {
            // Ctrl-C at a terminal reached the command too; a signal sent to us alone did not.
            if let Some(pid) = child.id().and_then(|pid| rustix::process::Pid::from_raw(pid.cast_signed())) {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
            }
            match tokio::time::timeout(GRACE, child.wait()).await {
                Ok(status) => status?,
                Err(_) => {
                    child.kill().await?;
                    child.wait().await?
                }
            }
        }
    };
    let code = status.code().or_else(|| status.signal().map(|number| 128 + number));
    Ok(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(LAB_FAILED))
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Waits for a signal; the exit code that shells give to it.
    async fn any(&mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => 130,
            _ = self.terminate.recv() => 143,
        }
    }
}
