//! What is left on a target: its state is listed before and after, and compared.
//!
//! A state is a set of lines, each a kind and a thing of that kind; what was added, is gone or has changed shows as a
//! difference. Lists are taken with the tools of the target itself (a shell, psql, HTTP), never with the harness's own hands,
//! which are what is judged.
//!
//! Three rules keep what has nothing to do with a check out of the lists:
//! 1. Places are named: the folders, the server, the network namespace that the caller asks for. On a machine that others use
//!    too, the caller first secludes itself ([`crate::seclusion`]).
//! 2. What the lab itself runs is no residue: descendants of its services, and its scratch folder.
//! 3. What goes away by itself within [`SETTLES_WITHIN`] (a session that is just ending, a device that the kernel is about
//!    to free) is no residue.

mod applications;
mod database;
mod machine;

pub use applications::Applications;
pub use database::Database;
pub use machine::Machine;

use crate::LabError;
use std::collections::BTreeSet;
use std::fmt;
use std::time::{Duration, Instant};

/// How long things may take to go away by themselves.
pub const SETTLES_WITHIN: Duration = Duration::from_secs(30);

/// Something whose state can be listed.
pub trait Place {
    /// One line a thing: the kind, a tab, the thing.
    ///
    /// # Errors
    /// The place cannot be asked.
    fn list(&self) -> Result<String, LabError>;
}

/// The state of some places at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    things: BTreeSet<String>,
}

/// What differs between two snapshots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Only in the later one.
    pub added: Vec<String>,
    /// Only in the earlier one.
    pub gone: Vec<String>,
}

impl Snapshot {
    /// Looks at all the places.
    ///
    /// # Errors
    /// A place cannot be asked.
    pub fn take(places: &[&dyn Place]) -> Result<Self, LabError> {
        let mut things = BTreeSet::new();
        for place in places {
            let list = place.list()?;
            things.extend(list.lines().filter(|line| !line.is_empty()).map(str::to_owned));
        }
        Ok(Self { things })
    }

    /// Things of one kind.
    pub fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a str> {
        self.things.iter().filter_map(move |thing| thing.strip_prefix(kind)?.strip_prefix('\t'))
    }

    /// What is different later.
    #[must_use]
    pub fn to(&self, later: &Snapshot) -> Difference {
        Difference {
            added: later.things.difference(&self.things).cloned().collect(),
            gone: self.things.difference(&later.things).cloned().collect(),
        }
    }

    /// Looks again until nothing differs from this one or the time is over.
    ///
    /// # Errors
    /// A place cannot be asked.
    pub fn compare(&self, places: &[&dyn Place]) -> Result<Difference, LabError> {
        let until = Instant::now() + SETTLES_WITHIN;
        loop {
            let difference = self.to(&Snapshot::take(places)?);
            if difference.is_empty() || Instant::now() >= until {
                return Ok(difference);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Difference {
    /// Nothing was left, nothing is missing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.gone.is_empty()
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for thing in &self.added {
            writeln!(f, "+ {}", thing.replace('\t', " "))?;
        }
        for thing in &self.gone {
            writeln!(f, "- {}", thing.replace('\t', " "))?;
        }
        Ok(())
    }
}
