//! How a secret looks in other clothes, as far as they can be listed. Those that mix (some letters escaped, others not) are
//! found by [`super::views`].

use super::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A piece of an encoded secret shorter than this happens by chance.
const ENCODED_AT_LEAST: usize = 6;

/// A pattern to be searched for.
pub(super) struct Form {
    pub(super) bytes: Bytes,
    /// Base64 and hexadecimal text may be broken into lines.
    pub(super) wraps: bool,
}

/// The secret itself and its encodings.
pub(super) fn of(secret: &[u8]) -> Vec<Form> {
    let mut forms = vec![plain(secret.to_vec())];
    let text = std::str::from_utf8(secret).unwrap_or_default();
    // As a form of a web page sends a blank, as shells and SQL write a quote.
    for (letter, written) in [(" ", "+"), ("'", "'\\''"), ("'", "''"), ("\"", "\"\"")] {
        if text.contains(letter) {
            forms.push(plain(text.replace(letter, written).into_bytes()));
        }
    }
    forms.push(wrapping(hex::encode(secret).into_bytes()));
    forms.push(wrapping(hex::encode_upper(secret).into_bytes()));
    for shift in 0..3 {
        let mut padded = vec![0_u8; shift];
        padded.extend_from_slice(secret);
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            forms.extend(inner_base64(&engine.encode(&padded), shift, padded.len()).map(wrapping));
        }
    }
    // As a program shows bytes that it was debugged with.
    forms.push(plain(listed(secret, |byte| byte.to_string())));
    forms
}

fn plain(bytes: Vec<u8>) -> Form {
    Form { bytes: Bytes::new(bytes), wraps: false }
}

fn wrapping(bytes: Vec<u8>) -> Form {
    Form { bytes: Bytes::new(bytes), wraps: true }
}

fn listed(secret: &[u8], shown: impl Fn(&u8) -> String) -> Vec<u8> {
    secret.iter().map(shown).collect::<Vec<_>>().join(", ").into_bytes()
}

/// Those characters of an encoded text that depend on the secret alone, whatever stands before and after it.
fn inner_base64(encoded: &str, shift: usize, length: usize) -> Option<Vec<u8>> {
    let start = [0, 2, 3][shift];
    let end = if length.is_multiple_of(3) { encoded.len() } else { encoded.len() - 1 };
    encoded.get(start..end).filter(|inner| inner.len() >= ENCODED_AT_LEAST).map(|inner| inner.as_bytes().to_vec())
}
