//! Backups by pg_basebackup, where there is no pgBackRest: full ones, each a folder.

use crate::installation::Installation;
use touchstone_sdk::adapter::{Error, Location, Said, Taken};

pub(crate) fn take(server: &Installation, name: &str) -> Result<Taken, Error> {
    let folder = server.folder(name)?;
    let words = ["pg_basebackup", "-w", "-D", &folder, "-X", "stream", "-c", "fast"];
    let output = server.client(&words, "postgres")?;
    let said = Said { accepted: output.ok(), words: output.said() };
    let files = output.ok().then(|| Location { node: None, path: folder.clone() });
    Ok(Taken { name: output.ok().then_some(folder), said, files })
}

pub(crate) fn verify(server: &Installation, set: &str) -> Result<Said, Error> {
    let output = server.run(&["pg_verifybackup", set])?;
    Ok(Said { accepted: output.ok(), words: output.said() })
}

/// Lays its files where an instance is to be.
pub(crate) fn lay(server: &Installation, set: &str, data: &str) -> Result<Said, Error> {
    let output = server.run(&["cp", "-a", &format!("{set}/."), data])?;
    Ok(Said { accepted: output.ok(), words: output.said() })
}
