//! What the browser may reach, and whom it trusts.

use crate::http::{Client, connect};
use base64::Engine as _;
use std::collections::BTreeSet;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Chromium's `--host-resolver-rules`: names and literals of the target mean what the run resolved them to, all others nothing.
pub(super) async fn names(http: &Client) -> String {
    let mut rules = String::new();
    for (host, port) in http.reach().known() {
        // What cannot be resolved is reached by nobody.
        let Ok(found) = http.reach().resolve(&host, port, None).await else { continue };
        let host = if host.contains(':') { format!("[{host}]") } else { host };
        if let Some(address) = found.first() {
            rules += &format!("MAP {host}:{port} {address}, ");
        }
    }
    rules + "MAP * ~NOTFOUND"
}

/// SHA-256 of the public keys, in base64, of endpoints whose certificates the inventory has us trust: those that the system
/// knows nothing of are then trusted by the browser, too, and no others.
pub(super) async fn trusted_keys(http: &Client) -> Vec<String> {
    let mut keys = BTreeSet::new();
    for (host, port) in http.secure_endpoints() {
        let Ok(tls) = http.tls() else { continue };
        let Ok(certificate) = connect::certificate(http.reach(), &host, port, tls).await else { continue };
        if let Ok((_, certificate)) = X509Certificate::from_der(&certificate) {
            let digest = touchstone_model::digest::Digest::of(certificate.public_key().raw);
            if let Ok(digest) = hex::decode(digest.to_string()) {
                keys.insert(base64::engine::general_purpose::STANDARD.encode(digest));
            }
        }
    }
    keys.into_iter().collect()
}
