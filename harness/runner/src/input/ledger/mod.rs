//! A folder of ledgers into [`Ledgers`]: an index, `ledgers.toml`, and the files it lists, CSV or TOML.
//!
//! Every mistake of every file is told at once; a folder with mistakes yields nothing.

mod columns;
mod file;
mod index;
mod row;
mod rows;
mod separated;

use super::document::unreadable;
use super::problem::BadInput;
use super::source;
use jiff::Timestamp;
use row::Known;
use std::path::Path;
use touchstone_assess::ledger::{Coverage, Kind, Ledgers};
use touchstone_model::catalogue::Catalogue;
use touchstone_model::text::Text;

/// Name of the index in a folder of ledgers.
pub const INDEX: &str = "ledgers.toml";

/// Ledgers without mistakes, and what should be known about their reading.
#[derive(Clone, Debug, Default)]
pub struct LoadedLedgers {
    /// What happened.
    pub ledgers: Ledgers,
    /// Readings that a person should know of: an encoding that was recognised.
    pub notes: Vec<Text>,
    /// The files as they were read, the index first.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Reads a folder of ledgers, as seen at `as_of`.
pub fn load_ledgers(dir: &Path, catalogue: &Catalogue, as_of: Timestamp) -> Result<LoadedLedgers, BadInput> {
    let path = dir.join(INDEX);
    let name = path.display().to_string();
    let text = source::read(&path).map_err(|error| unreadable(&name, &error, false))?;
    let index = index::read(&text);
    let mut problems = index.problems;
    let mut loaded =
        LoadedLedgers { ledgers: index.ledgers, notes: Vec::new(), files: vec![(INDEX.to_owned(), text.bytes.clone())] };
    let services = loaded.ledgers.services.clone();
    let mut known = Known {
        zone_declared: index.zone_declared,
        as_of,
        services: services.iter().map(|service| service.id.as_str()).collect(),
        clauses: catalogue.clauses.iter().map(|clause| clause.id.as_str()).collect(),
        systems: index.files.iter().any(|file| file.kind == Kind::Systems),
    };
    let mut files = index.files;
    // Systems first: incidents name them.
    files.sort_by_key(|file| file.kind);
    for listed in files {
        let before = problems.len();
        problems.extend(file::read(dir, &listed, &known, &mut loaded));
        // What could not be read is among the problems.
        loaded.files.extend(std::fs::read(dir.join(&listed.file)).ok().map(|bytes| (listed.file.clone(), bytes)));
        if listed.kind == Kind::Systems && problems.len() > before {
            known.systems = false;
        }
        loaded.ledgers.coverage.insert(listed.kind, Coverage { from: listed.from, until: listed.until });
    }
    BadInput::unless_empty(problems)?;
    Ok(loaded)
}
