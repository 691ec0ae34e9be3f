//! An SQLite database, reached by its ODBC driver.

use crate::{Lab, LabError, odbc};
use std::path::PathBuf;

/// A database file; there is no server.
#[derive(Debug)]
pub struct Sqlite {
    /// The file.
    pub path: PathBuf,
    /// The driver's library.
    pub driver: PathBuf,
}

impl Sqlite {
    /// Makes a folder for the file; the driver makes the file.
    ///
    /// # Errors
    /// The driver's package is absent.
    pub fn start(lab: &Lab) -> Result<Self, LabError> {
        let driver = odbc::driver("libsqlite3odbc.so")?;
        Ok(Self { path: lab.folder("sqlite")?.join("app.sqlite"), driver })
    }

    /// Attributes of the connection string.
    #[must_use]
    pub fn options(&self) -> Vec<(&'static str, String)> {
        // Another session of the same file is waited for; enough for checks that use two.
        vec![("Database", self.path.to_string_lossy().into_owned()), ("Timeout", "10000".to_owned())]
    }
}
