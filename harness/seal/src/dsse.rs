//! The envelope of a signed statement: DSSE 1.0 (secure-systems-lab/dsse).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use touchstone_model::digest::Digest;

/// Type of an in-toto statement.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// One signature in an envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Fingerprint of the key.
    pub key: Digest,
    /// The signature.
    pub signature: Vec<u8>,
}

/// What is signed instead of the payload itself: type and payload, each with its length.
pub fn pre_authentication_encoding(payload: &[u8]) -> Vec<u8> {
    let mut encoding = format!("DSSEv1 {} {PAYLOAD_TYPE} {} ", PAYLOAD_TYPE.len(), payload.len()).into_bytes();
    encoding.extend_from_slice(payload);
    encoding
}

/// The envelope as JSON in one line, without anything that a shell's `printf` could not write the same.
pub fn envelope(payload: &[u8], signatures: &[Signed]) -> String {
    let one = |s: &Signed| format!(r#"{{"keyid":"{}","sig":"{}"}}"#, s.key, STANDARD.encode(&s.signature));
    let signatures = signatures.iter().map(one).collect::<Vec<_>>().join(",");
    let payload = STANDARD.encode(payload);
    format!(r#"{{"payloadType":"{PAYLOAD_TYPE}","payload":"{payload}","signatures":[{signatures}]}}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_the_standards() {
        assert_eq!(pre_authentication_encoding(b"{}"), b"DSSEv1 28 application/vnd.in-toto+json 2 {}");
        let envelope = envelope(b"{}", &[Signed { key: Digest("k".into()), signature: vec![1, 2] }]);
        assert_eq!(
            envelope,
            r#"{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[{"keyid":"k","sig":"AQI="}]}"#
        );
    }
}
