//! Keys in files: the private half readable by its owner only, and never written over.

use crate::SealError;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Reads a PEM file.
pub fn read_pem(path: &Path) -> Result<String, SealError> {
    std::fs::read_to_string(path).map_err(|error| told(path, &error))
}

/// Writes a private key into a new file.
pub fn write_private(path: &Path, pem: &str) -> Result<(), SealError> {
    write(path, pem, 0o600)
}

/// Writes a public key into a new file.
pub fn write_public(path: &Path, pem: &str) -> Result<(), SealError> {
    write(path, pem, 0o644)
}

fn write(path: &Path, pem: &str, mode: u32) -> Result<(), SealError> {
    let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    let mut file = file.map_err(|error| told(path, &error))?;
    file.write_all(pem.as_bytes()).and_then(|()| file.sync_all()).map_err(|error| told(path, &error))
}

fn told(path: &Path, error: &std::io::Error) -> SealError {
    SealError::Io { path: path.display().to_string(), why: error.to_string() }
}
