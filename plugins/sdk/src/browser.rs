//! A real browser for the target's endpoints.

use crate::bindings::touchstone::contract::browser as contract;
use crate::stop::Stop;

pub use contract::{Attached, Entrusted, Locator, Page, Step, Taken, Typed, Visit};

/// How long a step may take: pages may be compiled when they are asked for first.
const PATIENCE_MS: u32 = 30_000;

/// A browser with a profile of its own.
pub struct Browser {
    session: contract::Session,
}

impl Browser {
    pub(crate) fn open() -> Result<Self, Stop> {
        Ok(Self { session: contract::open()? })
    }

    /// A file that can be attached.
    pub fn put_file(&self, name: &str, content: &[u8]) -> Result<(), Stop> {
        Ok(self.session.put_file(name, content)?)
    }

    /// Takes steps one after the other; what kept it from taking one of them.
    pub fn take(&self, steps: &[Step]) -> Result<Result<(), String>, Stop> {
        for step in steps {
            match self.session.take(step, PATIENCE_MS)? {
                Taken::Done => {}
                Taken::Absent(what) => return Ok(Err(format!("not on the page: {what}"))),
                Taken::Failed(why) => return Ok(Err(format!("no page: {why}"))),
            }
        }
        Ok(Ok(()))
    }

    /// What is shown now; a screenshot is kept.
    pub fn look(&self) -> Result<Page, Stop> {
        Ok(self.session.look()?)
    }

    /// What an element shows now; none where there is none.
    pub fn text_of(&self, at: &Locator) -> Result<Option<String>, Stop> {
        Ok(self.session.text_of(at)?)
    }
}
