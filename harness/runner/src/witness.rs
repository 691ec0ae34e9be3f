//! Takes down what the host sees during one check: into the journal at once, and in memory for the verdict.

use crate::execute::IDS_OF_AN_ATTEMPT;
use crate::journal::{Journal, JournalError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use touchstone_host::Sink;
use touchstone_model::event::{Cleanup, Event};
use touchstone_model::observation::{Blob, Observation};
use touchstone_model::text::Text;
use touchstone_model::verdict::ExpectationReport;

/// What was seen and decided during one check.
#[derive(Clone, Default)]
pub struct Seen {
    /// In order.
    pub observations: Vec<Observation>,
    /// In order.
    pub reports: Vec<ExpectationReport>,
    /// In the order of their registration.
    pub cleanups: Vec<Cleanup>,
}

/// The sink of one check run.
pub struct Witness {
    item: String,
    journal: Journal,
    attempt: u32,
    seen: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    seen: Seen,
    closed: bool,
}

impl Witness {
    /// For the plan item of that key.
    pub fn new(item: String, journal: Journal, attempt: u32) -> Self {
        Witness { item, journal, attempt, seen: Mutex::default() }
    }

    /// Registers what must be undone; returns when it is on disk.
    ///
    /// # Errors
    /// It is not on disk: what it undoes must not be done.
    pub async fn owe(&self, cleanup: Cleanup) -> Result<(), JournalError> {
        {
            let mut book = self.lock();
            if book.closed {
                return Err(JournalError::Gone("the check is over".to_owned()));
            }
            book.seen.cleanups.push(cleanup.clone());
        }
        self.journal.durable(Event::CleanupRegistered { item: self.item.clone(), cleanup }).await
    }

    /// What was seen. What is still told afterwards counts for nothing: the journal must hold just what the verdict rests on.
    pub fn close(&self) -> Seen {
        let mut book = self.lock();
        book.closed = true;
        std::mem::take(&mut book.seen)
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait::async_trait]
impl Sink for Witness {
    fn observed(&self, observation: Observation, blobs: Vec<Blob>) {
        let mut book = self.lock();
        if book.closed {
            return;
        }
        book.seen.observations.push(observation.clone());
        self.journal.append(Event::Observed { item: self.item.clone(), observation }, blobs);
    }

    fn reported(&self, report: ExpectationReport) {
        let mut book = self.lock();
        if book.closed {
            return;
        }
        book.seen.reports.push(report.clone());
        self.journal.append(Event::Reported { item: self.item.clone(), report }, Vec::new());
    }

    fn logged(&self, level: &str, message: String) {
        self.journal.append(Event::Logged { item: self.item.clone(), level: level.to_owned(), message }, Vec::new());
    }

    fn progress(&self, words: Text) {
        self.journal.glimpse(&self.item, &words);
    }

    async fn cleanup_registered(&self, mut cleanup: Cleanup) -> Result<(), String> {
        cleanup.id += (self.attempt - 1) * IDS_OF_AN_ATTEMPT;
        self.owe(cleanup).await.map_err(|e| e.to_string())
    }
}
