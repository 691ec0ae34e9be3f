//! Undoing what a check left on its target, whatever became of the check.

use std::time::Duration;
use touchstone_model::event::CleanupAct;
use touchstone_probes::shell::{Command, Status};
use touchstone_probes::{Target, sql};

/// For one act of undoing.
const LIMIT: Duration = Duration::from_secs(60);

/// Undoes one act; the error says what is left and how to remove it by hand.
pub async fn undo(target: &Target, act: &CleanupAct) -> Result<(), String> {
    match tokio::time::timeout(LIMIT, attempt(target, act)).await {
        Ok(result) => result,
        Err(_) => Err(format!("not done within {} s: {}", LIMIT.as_secs(), by_hand(act))),
    }
}

async fn attempt(target: &Target, act: &CleanupAct) -> Result<(), String> {
    let failed = |why: String| format!("{why}; to do by hand: {}", by_hand(act));
    match act {
        CleanupAct::Command { node, argv, elevated } => {
            let node = target.shell(Some(node)).await.map_err(|e| failed(e.to_string()))?;
            let command = Command {
                argv: argv.clone(),
                stdin: Vec::new(),
                env: Vec::new(),
                elevated: *elevated,
                timeout: LIMIT,
                output_limit: 4096,
            };
            let output = node.run(command).await.map_err(|e| failed(e.to_string()))?;
            match output.status {
                Status::Exited(0) => Ok(()),
                status => Err(failed(format!("{status:?}: {}", String::from_utf8_lossy(&output.stderr).trim()))),
            }
        }
        CleanupAct::ScratchFolder { node, path } => {
            let node = target.shell(Some(node)).await.map_err(|e| failed(e.to_string()))?;
            node.remove_scratch(path).await.map_err(|e| failed(e.to_string()))
        }
        CleanupAct::Statement { role, statement } => {
            let session = target.sql(role).await.map_err(|e| failed(e.to_string()))?;
            match session.execute(statement, &[], Some(LIMIT)).await.map_err(|e| failed(e.to_string()))? {
                sql::Outcome::Done(_) => Ok(()),
                sql::Outcome::Failed { sqlstate, message } => Err(failed(format!("{sqlstate} {message}"))),
                sql::Outcome::Indeterminate(reason) => Err(failed(reason)),
            }
        }
    }
}

fn by_hand(act: &CleanupAct) -> String {
    match act {
        CleanupAct::Command { node, argv, .. } => format!("on {node}: {}", argv.join(" ")),
        CleanupAct::ScratchFolder { node, path } => format!("on {node}: rm -rf {path}"),
        CleanupAct::Statement { role, statement } => format!("as {role}: {statement}"),
    }
}
