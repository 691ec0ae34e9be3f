//! Writes the folder of a made-up run: `large_run FOLDER [CHECKS] [BYTES]`, with so many bytes of evidence for each check.
#![forbid(unsafe_code)]

#[path = "../../../reports/tests/common/mod.rs"]
mod common;

use std::path::Path;
use std::sync::Arc;
use touchstone_runner::journal::{EVIDENCE, Journal};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(folder) = arguments.first().map(Path::new) else { return Err("usage: large_run FOLDER [CHECKS] [BYTES]".into()) };
    let number = |n: usize, default| arguments.get(n).map_or(Ok(default), |text| text.parse::<usize>());
    let built = common::many(number(1, 5_000)?, number(2, 10_000)?);
    std::fs::create_dir_all(folder)?;
    let (journal, thread) = Journal::create(folder, Arc::new(|_: &touchstone_model::event::Entry| {}))?;
    for (digest, content) in &built.blobs {
        std::fs::write(folder.join(EVIDENCE).join(&digest.0), content)?;
    }
    for entry in built.entries {
        journal.append(entry.event, Vec::new());
    }
    drop(journal);
    thread.join();
    Ok(())
}
