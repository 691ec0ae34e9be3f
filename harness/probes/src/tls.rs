//! TLS as a client, with one provider of cryptography, named explicitly.

use crate::ProbeError;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::path::Path;
use std::sync::Arc;
use touchstone_model::inventory::HttpSpec;

/// Whom to trust.
pub(crate) enum Trust<'a> {
    /// Whoever answers.
    Anybody,
    /// The authorities of this PEM file.
    File(&'a Path),
    /// The system's authorities.
    System,
}

impl<'a> Trust<'a> {
    /// As the inventory has it for a target's HTTP endpoints.
    pub(crate) fn of(http: Option<&'a HttpSpec>) -> Self {
        match http.map(|http| (http.insecure, &http.ca_file)) {
            Some((true, _)) => Trust::Anybody,
            Some((false, Some(file))) => Trust::File(file),
            _ => Trust::System,
        }
    }
}

pub(crate) fn client(trust: &Trust<'_>) -> Result<ClientConfig, ProbeError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| ProbeError::other("tls", error.to_string()))?;
    Ok(match trust {
        Trust::Anybody => builder.dangerous().with_custom_certificate_verifier(Arc::new(Anybody(provider))).with_no_client_auth(),
        Trust::File(file) => builder.with_root_certificates(from_file(file)?).with_no_client_auth(),
        Trust::System => builder.with_root_certificates(from_system()).with_no_client_auth(),
    })
}

fn from_file(file: &Path) -> Result<RootCertStore, ProbeError> {
    let unusable = |why: String| ProbeError::Unavailable(format!("the file of authorities {}: {why}", file.display()));
    let content = std::fs::read(file).map_err(|error| unusable(error.to_string()))?;
    let mut store = RootCertStore::empty();
    for certificate in rustls_pemfile::certs(&mut content.as_slice()) {
        let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
        store.add(certificate).map_err(|error| unusable(error.to_string()))?;
    }
    if store.is_empty() { Err(unusable("holds no certificate".to_owned())) } else { Ok(store) }
}

/// The system's authorities, and where it has none the ones that browsers trust.
fn from_system() -> RootCertStore {
    let mut store = RootCertStore::empty();
    for certificate in rustls_native_certs::load_native_certs().certs {
        let _ = store.add(certificate);
    }
    if store.is_empty() {
        store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    store
}

/// Accepts any certificate, but still asks for the proof that the other side has its key.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
