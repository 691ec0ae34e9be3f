//! ODBC drivers of the distribution's packages.

use crate::LabError;
use std::path::{Path, PathBuf};

/// Full path of a driver's library, by its file name.
///
/// # Errors
/// The package is absent.
pub fn driver(name: &str) -> Result<PathBuf, LabError> {
    // One folder an architecture, and on some systems none.
    let folders = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|entry| entry.path());
    let folders = folders.chain([Path::new("/usr/lib").to_owned()]);
    folders
        .map(|folder| folder.join("odbc").join(name))
        .find(|path| path.is_file())
        .ok_or_else(|| LabError::Missing { what: name.to_owned() })
}
