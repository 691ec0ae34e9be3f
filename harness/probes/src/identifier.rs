//! Random names.

use crate::ProbeError;

/// 128 random bits in hexadecimal: nobody meets it by chance.
pub(crate) fn random() -> Result<String, ProbeError> {
    let mut bytes = [0_u8; 16];
    let filled = rustix::rand::getrandom(&mut bytes[..], rustix::rand::GetRandomFlags::empty());
    match filled {
        Ok(16) => Ok(hex::encode(bytes)),
        Ok(_) => Err(ProbeError::other("random", "the system gave too few random bytes")),
        Err(error) => Err(ProbeError::other("random", error.to_string())),
    }
}
