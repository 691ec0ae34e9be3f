//! Ed25519 (RFC 8032).

use crate::{SealError, random};
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{
    DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _, KeypairBytes,
};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use touchstone_model::digest::Digest;

/// A private key.
pub struct Ed25519Key(SigningKey);

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ed25519Public(VerifyingKey);

impl Ed25519Key {
    /// A new one, from the system's random numbers.
    pub fn generate() -> Result<Self, SealError> {
        Ok(Self(SigningKey::from_bytes(&random()?)))
    }

    /// From PKCS#8.
    pub fn from_pem(pem: &str) -> Result<Self, SealError> {
        let key = SigningKey::from_pkcs8_pem(pem.trim_start());
        key.map(Self).map_err(|_| SealError::NotAKey { wanted: "private Ed25519 key" })
    }

    /// As PKCS#8, the form without the public half: OpenSSL 3.0 reads no other.
    pub fn to_pem(&self) -> Result<String, SealError> {
        let bytes = KeypairBytes { secret_key: self.0.to_bytes(), public_key: None };
        let pem = bytes.to_pkcs8_pem(LineEnding::LF).map_err(|_| SealError::Signing)?;
        Ok(pem.to_string())
    }

    /// Its public half.
    pub fn public(&self) -> Ed25519Public {
        Ed25519Public(self.0.verifying_key())
    }

    /// 64 bytes.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).to_bytes().to_vec()
    }
}

impl Ed25519Public {
    /// From SubjectPublicKeyInfo.
    pub fn from_pem(pem: &str) -> Result<Self, SealError> {
        let key = VerifyingKey::from_public_key_pem(pem.trim_start());
        key.map(Self).map_err(|_| SealError::NotAKey { wanted: "public Ed25519 key" })
    }

    /// From its 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        VerifyingKey::from_bytes(bytes.try_into().ok()?).ok().map(Self)
    }

    /// Its 32 bytes.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// As SubjectPublicKeyInfo.
    pub fn to_pem(&self) -> Result<String, SealError> {
        self.0.to_public_key_pem(LineEnding::LF).map_err(|_| SealError::Signing)
    }

    /// SHA-256 of its DER.
    pub fn fingerprint(&self) -> Digest {
        self.0.to_public_key_der().map(|der| Digest::of(der.as_bytes())).unwrap_or_default()
    }

    /// Whether the signature is this key's over the message; refuses weak keys and other encodings of one signature.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.0.verify_strict(message, &signature).is_ok())
    }
}
