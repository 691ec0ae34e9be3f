//! Undoes what a check did; called by the runner when the check is over, however it ended.

use std::collections::HashMap;
use std::time::{Duration, Instant};
use touchstone_model::event::CleanupAct;
use touchstone_probes::http::{Exchange, Request};
use touchstone_probes::shell::{Command, Status};
use touchstone_probes::sql::{Outcome, Session};
use touchstone_probes::{ProbeError, Target};

/// Longest time of one clean-up.
pub const TIME_LIMIT: Duration = Duration::from_secs(60);
/// Between two attempts at a target that is away.
const PAUSE: Duration = Duration::from_millis(500);
/// Letters of a target's own words that are told.
const WORDS: usize = 400;

/// It was not done, or it cannot be said whether it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Why, for the report; without secrets.
    pub words: String,
    /// The target could not be reached, or the link to it broke.
    pub lost: bool,
}

/// Sessions by role, for the acts of one clean-up after the other: most are one short statement, and logging in takes longer than
/// those. Nothing but what one check did is undone in them, so no state of theirs reaches another check; one whose last statement
/// was not done is thrown away.
#[derive(Debug, Default)]
pub struct Sessions(HashMap<String, Session>);

/// Undoes one act by itself; see [`undo_with`].
///
/// # Errors
/// As there.
pub async fn undo(target: &Target, act: &CleanupAct, patience: Duration) -> Result<(), Failure> {
    undo_with(&mut Sessions::default(), target, act, patience).await
}

/// Undoes one act. While the target cannot be reached (it restarts, the link is broken) it is tried again for as long as
/// `patience`; what undoes may always be done twice.
///
/// # Errors
/// It was not done within [`TIME_LIMIT`], or refused.
pub async fn undo_with(sessions: &mut Sessions, target: &Target, act: &CleanupAct, patience: Duration) -> Result<(), Failure> {
    let begun = Instant::now();
    loop {
        let failure = match tokio::time::timeout(TIME_LIMIT, attempt(sessions, target, act)).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(failure)) => failure,
            Err(_) => Failure { words: format!("not done within {} s", TIME_LIMIT.as_secs()), lost: false },
        };
        if !failure.lost || begun.elapsed() + PAUSE > patience {
            return Err(Failure { words: shown(target, &failure.words), ..failure });
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Without secrets first, and only then shortened: half a secret would not be known for one.
fn shown(target: &Target, words: &str) -> String {
    target.redactor().text(words).chars().take(WORDS).collect()
}

impl From<ProbeError> for Failure {
    fn from(error: ProbeError) -> Self {
        Failure { lost: matches!(error, ProbeError::Lost(_)), words: error.to_string() }
    }
}

fn refused(words: String) -> Failure {
    Failure { words, lost: false }
}

async fn attempt(sessions: &mut Sessions, target: &Target, act: &CleanupAct) -> Result<(), Failure> {
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
                    Err(refused(format!("{}: {status:?} {}", argv.join(" "), words.trim())))
                }
            }
        }
        CleanupAct::Processes { node, marker } => Ok(target.shell(Some(node)).await?.end_all(marker).await?),
        CleanupAct::ScratchFolder { node, path } => Ok(target.shell(Some(node)).await?.remove_scratch(path).await?),
        CleanupAct::Request { method, url, credential, answer } => {
            let request = Request {
                method: method.clone(),
                credential: credential.clone(),
                timeout: TIME_LIMIT,
                ..Request::get(url.clone())
            };
            match target.http()?.send(request).await? {
                Exchange::Answered(response) if response.status < 300 && response.body.starts_with(answer.as_bytes()) => Ok(()),
                Exchange::Answered(response) => {
                    let words = String::from_utf8_lossy(&response.body);
                    Err(refused(format!("{method} {url}: status {} {}", response.status, words.trim())))
                }
                Exchange::Failed(why) => Err(Failure { words: format!("{method} {url}: {why}"), lost: true }),
            }
        }
        CleanupAct::Sessions { role, marker } => Ok(target.end_sessions(role, marker).await?),
        CleanupAct::Statement { role, statement } => {
            let session = match sessions.0.remove(role) {
                Some(session) => session,
                None => target.sql(role).await?,
            };
            match session.execute(statement, &[], Some(TIME_LIMIT)).await? {
                Outcome::Done(_) => {
                    sessions.0.insert(role.clone(), session);
                    Ok(())
                }
                Outcome::Failed { sqlstate, message } => {
                    let words = format!("refused: {sqlstate} {message}");
                    // Class 40 (ISO/IEC 9075-2): rolled back for the sake of others, to be tried again.
                    Err(Failure { words, lost: sqlstate.starts_with("40") })
                }
                Outcome::Indeterminate(reason) => Err(Failure { words: format!("indeterminate: {reason}"), lost: true }),
            }
        }
    }
}
