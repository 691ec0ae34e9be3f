//! Requests for time stamps and what must be true of an answer before it is kept (RFC 3161).
//!
//! Whether the authority's signature holds is for `openssl ts -verify` to say, with the authority's certificate had by another way:
//! here only what is asked and what is answered are held against each other.

use crate::sums::sm3;
use touchstone_model::digest::Digest;

/// Digest by which content is stamped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imprint {
    /// SHA-256.
    Sha256,
    /// SM3.
    Sm3,
}

impl Imprint {
    /// Both.
    pub const ALL: [Imprint; 2] = [Imprint::Sha256, Imprint::Sm3];

    /// Its name as OpenSSL has it.
    pub fn name(self) -> &'static str {
        match self {
            Imprint::Sha256 => "sha256",
            Imprint::Sm3 => "sm3",
        }
    }

    /// Object identifier in DER: 2.16.840.1.101.3.4.2.1 (NIST), 1.2.156.10197.1.401 (GM/T 0006).
    fn oid(self) -> &'static [u8] {
        match self {
            Imprint::Sha256 => &[0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01],
            Imprint::Sm3 => &[0x06, 0x08, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x11],
        }
    }

    fn of(self, content: &[u8]) -> Vec<u8> {
        let hex = match self {
            Imprint::Sha256 => Digest::of(content).0,
            Imprint::Sm3 => sm3(content),
        };
        // Our own hexadecimal always decodes.
        hex::decode(hex).unwrap_or_default()
    }
}

/// Why an answer is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotStamped {
    /// It is no TimeStampResp.
    #[error("is no answer of a time-stamping authority (RFC 3161)")]
    NoResponse,
    /// The authority refused.
    #[error("the time-stamping authority refused: status {0}")]
    Refused(u8),
    /// It is about something else.
    #[error("is a time stamp of something else")]
    Other,
}

/// A TimeStampReq for content; the certificate is asked for, so that the answer can be verified by itself.
pub fn query(content: &[u8], imprint: Imprint, nonce: [u8; 8]) -> Vec<u8> {
    let algorithm = sequence(&[imprint.oid(), &[0x05, 0x00]]);
    let message = sequence(&[&algorithm, &tagged(0x04, &imprint.of(content))]);
    let mut number = nonce;
    // Positive and of the same length whatever was drawn.
    number[0] = number[0] & 0x3f | 0x40;
    sequence(&[&[0x02, 0x01, 0x01], &message, &tagged(0x02, &number), &[0x01, 0x01, 0xff]])
}

/// By which digest an answer stamps content.
pub fn stamped(response: &[u8], content: &[u8]) -> Result<Imprint, NotStamped> {
    let body = inside(response, 0x30).filter(|(_, rest)| rest.is_empty()).map(|(body, _)| body);
    let (info, token) = body.and_then(|body| inside(body, 0x30)).ok_or(NotStamped::NoResponse)?;
    let (status, _) = inside(info, 0x02).ok_or(NotStamped::NoResponse)?;
    // 0 granted, 1 granted with changes.
    match status {
        [0 | 1] => {}
        [code] => return Err(NotStamped::Refused(*code)),
        _ => return Err(NotStamped::NoResponse),
    }
    inside(token, 0x30).filter(|(_, rest)| rest.is_empty()).ok_or(NotStamped::NoResponse)?;
    let has = |part: &[u8]| token.windows(part.len()).any(|window| window == part);
    let found = Imprint::ALL
        .into_iter()
        .find(|imprint| has(&[0x04, 0x20].iter().copied().chain(imprint.of(content)).collect::<Vec<_>>()));
    found.filter(|imprint| has(imprint.oid())).ok_or(NotStamped::Other)
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    // Everything in a request is shorter than 128 bytes.
    let mut out = vec![tag, content.len() as u8];
    out.extend_from_slice(content);
    out
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tagged(0x30, &parts.concat())
}

/// What an element of that tag holds, and what follows it.
fn inside(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first()?;
    if *first != tag {
        return None;
    }
    let (length, rest) = match *length {
        short @ 0..=0x7f => (usize::from(short), rest),
        long @ 0x81..=0x84 => {
            let (size, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
            (size.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_the_one_that_openssl_reads() {
        let query = query(b"abc", Imprint::Sha256, [0xff; 8]);
        assert_eq!(query.len(), usize::from(query[1]) + 2);
        assert!(inside(&query, 0x30).is_some_and(|(_, rest)| rest.is_empty()));
    }

    #[test]
    fn what_is_no_answer_is_not_taken_for_one() {
        for bytes in [&b""[..], b"x", b"\x30\x00", b"\x30\x80\x00\x00", b"\x30\x84\xff\xff\xff\xff", b"<html>"] {
            assert_eq!(stamped(bytes, b"abc"), Err(NotStamped::NoResponse), "{bytes:?}");
        }
        let refused = [0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x02];
        assert_eq!(stamped(&refused, b"abc"), Err(NotStamped::Refused(2)));
    }
}
