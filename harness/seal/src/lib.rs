//! Keys, signatures and sums: what shows that something is as it was, and who says so.
//!
//! Keys are PEM files as OpenSSL writes and reads them: PKCS#8 for the private half, SubjectPublicKeyInfo for the public
//! one. A key is known by its fingerprint, the SHA-256 of its public half in DER.
#![forbid(unsafe_code)]

pub mod dsse;
mod ed25519;
mod file;
pub mod plugin;
mod sm2;
mod sums;
pub mod time_stamp;

pub use ed25519::{Ed25519Key, Ed25519Public};
pub use file::{read_pem, write_private, write_public};
pub use sm2::{DISTID, Sm2Key, Sm2Public};
pub use sums::sm3;

use thiserror::Error;

/// Why a key or signature cannot be used.
#[derive(Debug, Error)]
pub enum SealError {
    /// A file could not be read or written.
    #[error("{path}: {why}")]
    Io {
        /// The file.
        path: String,
        /// What the file system said.
        why: String,
    },
    /// It is no key of that kind.
    #[error("is no {wanted} in PEM (make one with `touchstone key`, or openssl genpkey)")]
    NotAKey {
        /// What was wanted.
        wanted: &'static str,
    },
    /// The system gave no random numbers.
    #[error("the system gave no random numbers: {0}")]
    Random(String),
    /// Making a signature failed.
    #[error("a signature could not be made with this key")]
    Signing,
}

/// Random bytes of the system.
pub fn random() -> Result<[u8; 32], SealError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| SealError::Random(error.to_string()))?;
    Ok(bytes)
}
