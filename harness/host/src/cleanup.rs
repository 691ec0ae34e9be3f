//! Undoes what a check did; called by the runner when the check is over, however it ended.

use std::time::Duration;
use touchstone_model::event::CleanupAct;
use touchstone_probes::shell::{Command, Status};
use touchstone_probes::sql::Outcome;
use touchstone_probes::{ProbeError, Target};

/// Longest time of one clean-up.
pub const TIME_LIMIT: Duration = Duration::from_secs(60);

/// Undoes one act, within [`TIME_LIMIT`].
///
/// # Errors
/// It was not done, or it cannot be said whether it was; why, in words for the report.
pub async fn undo(target: &Target, act: &CleanupAct) -> Result<(), String> {
    match tokio::time::timeout(TIME_LIMIT, attempt(target, act)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(Failure::Probe(error))) => Err(error.to_string()),
        Ok(Err(Failure::Target(words))) => Err(words),
        Err(_) => Err(format!("not done within {} s", TIME_LIMIT.as_secs())),
    }
}

enum Failure {
    Probe(ProbeError),
    Target(String),
}

impl From<ProbeError> for Failure {
    fn from(error: ProbeError) -> Self {
        Failure::Probe(error)
    }
}

async fn attempt(target: &Target, act: &CleanupAct) -> Result<(), Failure> {
    match act {
        CleanupAct::Command { node, argv, elevated } => {
            let mut command = Command::new(argv.iter().cloned());
            command.elevated = *elevated;
            command.timeout = TIME_LIMIT;
            let output = target.shell(Some(node)).await?.run(command).await?;
            match output.status {
                Status::Exited(0) => Ok(()),
                status => {
                    let words = String::from_utf8_lossy(&output.stderr);
                    let words = words.trim().chars().take(400).collect::<String>();
                    Err(Failure::Target(format!("{}: {status:?} {words}", argv.join(" "))))
                }
            }
        }
        CleanupAct::Processes { node, marker } => Ok(target.shell(Some(node)).await?.end_all(marker).await?),
        CleanupAct::ScratchFolder { node, path } => Ok(target.shell(Some(node)).await?.remove_scratch(path).await?),
        CleanupAct::Statement { role, statement } => {
            let session = target.sql(role).await?;
            match session.execute(statement, &[], Some(TIME_LIMIT)).await? {
                Outcome::Done(_) => Ok(()),
                Outcome::Failed { sqlstate, message } => Err(Failure::Target(format!("refused: {sqlstate} {message}"))),
                Outcome::Indeterminate(reason) => Err(Failure::Target(format!("indeterminate: {reason}"))),
            }
        }
    }
}
