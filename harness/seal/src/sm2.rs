//! SM2 signatures with SM3 (GM/T 0003.2, GB/T 32918.2), in DER as OpenSSL reads them.

use crate::{SealError, random};
use sm2::dsa::signature::{Signer as _, Verifier as _};
use sm2::dsa::{Signature, SigningKey, VerifyingKey};
use sm2::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _, LineEnding};
use sm2::{PublicKey, SecretKey};
use touchstone_model::digest::Digest;

/// Identity of the signer, the standard's default (GM/T 0009, section 10): OpenSSL must be told the same.
pub const DISTID: &str = "1234567812345678";

/// A private key.
pub struct Sm2Key(SecretKey);

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sm2Public(PublicKey);

impl Sm2Key {
    /// A new one, from the system's random numbers.
    pub fn generate() -> Result<Self, SealError> {
        loop {
            // Out of range once in about 2^32 times.
            if let Ok(key) = SecretKey::from_slice(&random()?) {
                return Ok(Self(key));
            }
        }
    }

    /// From PKCS#8.
    pub fn from_pem(pem: &str) -> Result<Self, SealError> {
        let key = SecretKey::from_pkcs8_pem(pem.trim_start());
        key.map(Self).map_err(|_| SealError::NotAKey { wanted: "private SM2 key" })
    }

    /// As PKCS#8.
    pub fn to_pem(&self) -> Result<String, SealError> {
        let pem = self.0.to_pkcs8_pem(LineEnding::LF).map_err(|_| SealError::Signing)?;
        Ok(pem.to_string())
    }

    /// Its public half.
    pub fn public(&self) -> Sm2Public {
        Sm2Public(self.0.public_key())
    }

    /// In DER.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SealError> {
        let key = SigningKey::new(DISTID, &self.0).map_err(|_| SealError::Signing)?;
        let signature: Signature = key.try_sign(message).map_err(|_| SealError::Signing)?;
        Ok(signature.to_der().as_bytes().to_vec())
    }
}

impl Sm2Public {
    /// From SubjectPublicKeyInfo.
    pub fn from_pem(pem: &str) -> Result<Self, SealError> {
        let key = PublicKey::from_public_key_pem(pem.trim_start());
        key.map(Self).map_err(|_| SealError::NotAKey { wanted: "public SM2 key" })
    }

    /// As SubjectPublicKeyInfo.
    pub fn to_pem(&self) -> Result<String, SealError> {
        self.0.to_public_key_pem(LineEnding::LF).map_err(|_| SealError::Signing)
    }

    /// SHA-256 of its DER.
    pub fn fingerprint(&self) -> Digest {
        self.0.to_public_key_der().map(|der| Digest::of(der.as_bytes())).unwrap_or_default()
    }

    /// Whether the signature, in DER, is this key's over the message.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let Ok(signature) = Signature::from_der(signature) else { return false };
        VerifyingKey::new(DISTID, self.0).is_ok_and(|key| key.verify(message, &signature).is_ok())
    }
}
