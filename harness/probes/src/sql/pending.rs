//! A statement that nobody waits for yet.

use super::session::Session;
use super::value::{Outcome, Value};
use crate::ProbeError;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// A statement under way. Dropped before its answer came, it is cancelled on the server and its session ends.
pub struct Pending {
    /// None: the answer was given.
    task: Option<JoinHandle<Result<Outcome, ProbeError>>>,
}

impl Session {
    /// As [`Session::execute`], without waiting. What the session is asked meanwhile is done after it.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    #[must_use]
    pub fn start(self: &Arc<Self>, statement: String, params: Vec<Value>, timeout: Option<Duration>) -> Pending {
        let session = Arc::clone(self);
        let task = tokio::spawn(async move { session.execute(&statement, &params, timeout).await });
        Pending { task: Some(task) }
    }
}

impl Pending {
    /// The answer; none when it did not come within this time.
    ///
    /// # Errors
    /// As for [`Session::execute`]; or the answer was given already.
    pub async fn wait(&mut self, within: Duration) -> Result<Option<Outcome>, ProbeError> {
        let Some(task) = &mut self.task else {
            return Err(ProbeError::Invalid("the statement's answer was given already".to_owned()));
        };
        let Ok(ended) = tokio::time::timeout(within, task).await else { return Ok(None) };
        self.task = None;
        match ended {
            Ok(outcome) => outcome.map(Some),
            Err(error) => Err(ProbeError::other("sql", error.to_string())),
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}
