//! Secrets: where they come from, and that they never get into what is kept.

use crate::ProbeError;
use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use touchstone_model::inventory::SecretSource;
use zeroize::Zeroizing;

const MASK: &[u8] = b"***";
/// Shorter ones would turn whole texts into asterisks: they are replaced only where they stand as a word of their own.
const WORD_ONLY_BELOW: usize = 4;
/// A piece of an encoded secret shorter than this happens by chance.
const ENCODED_AT_LEAST: usize = 6;

/// A password or passphrase; wiped from memory when dropped, never printed.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes over a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The value itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Reads a secret from where the inventory says it is.
///
/// # Errors
/// The variable or file is absent, unreadable, empty or not UTF-8. The message names the place, never the value.
pub fn resolve(source: &SecretSource) -> Result<Secret, ProbeError> {
    let (value, place) = match source {
        SecretSource::Env(name) => {
            let place = format!("the environment variable {name}");
            let value = std::env::var(name).map_err(|error| {
                let why = match error {
                    std::env::VarError::NotPresent => "is not set",
                    std::env::VarError::NotUnicode(_) => "is not UTF-8",
                };
                ProbeError::Unavailable(format!("secret: {place} {why}"))
            })?;
            (Zeroizing::new(value), place)
        }
        SecretSource::File(path) => {
            let place = format!("the file {}", path.display());
            let content = std::fs::read_to_string(path)
                .map(Zeroizing::new)
                .map_err(|error| ProbeError::Unavailable(format!("secret: {place}: {error}")))?;
            (Zeroizing::new(content.lines().next().unwrap_or_default().trim().to_owned()), place)
        }
    };
    if value.is_empty() {
        return Err(ProbeError::Unavailable(format!("secret: {place} is empty")));
    }
    Ok(Secret(value))
}

/// Replaces every known secret by `***`: as it is, in base64 (both alphabets, at any place of a longer encoded text),
/// percent-encoded and escaped in JSON. A secret of fewer than four bytes is replaced only where it stands as a word of its
/// own, and not in encoded forms.
#[derive(Default)]
pub struct Redactor {
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    patterns: Vec<Zeroizing<Vec<u8>>>,
    machine: Option<Arc<AhoCorasick>>,
}

impl Redactor {
    /// Knows no secret yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on this one is replaced.
    pub fn add(&self, secret: &Secret) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let mut forms = forms(secret.expose().as_bytes());
        forms.retain(|form| !state.patterns.contains(form));
        if !forms.is_empty() {
            state.patterns.extend(forms);
            let patterns: Vec<&[u8]> = state.patterns.iter().map(|p| p.as_slice()).collect();
            // Fails only beyond some gigabytes of patterns.
            state.machine = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&patterns).ok().map(Arc::new);
        }
    }

    /// The same bytes without secrets.
    pub fn bytes(&self, content: &[u8]) -> Vec<u8> {
        let machine = self.state.read().unwrap_or_else(PoisonError::into_inner).machine.clone();
        let Some(machine) = machine else { return content.to_vec() };
        let mut clean = Vec::with_capacity(content.len());
        let mut done = 0;
        for found in machine.find_iter(content) {
            if found.len() < WORD_ONLY_BELOW && !is_word(content, found.start(), found.end()) {
                continue;
            }
            clean.extend_from_slice(&content[done..found.start()]);
            clean.extend_from_slice(MASK);
            done = found.end();
        }
        clean.extend_from_slice(&content[done..]);
        clean
    }

    /// The same text without secrets.
    pub fn text(&self, content: &str) -> String {
        String::from_utf8_lossy(&self.bytes(content.as_bytes())).into_owned()
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

fn is_word(content: &[u8], start: usize, end: usize) -> bool {
    let joins = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_' || *b >= 0x80);
    !joins(start.checked_sub(1).and_then(|before| content.get(before))) && !joins(content.get(end))
}

fn forms(secret: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    const UNRESERVED_KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    const SPARING: &AsciiSet =
        &percent_encoding::CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'/').add(b':').add(b'?').add(b'@');
    let mut forms: Vec<Vec<u8>> = Vec::new();
    if secret.is_empty() {
        return Vec::new();
    }
    forms.push(secret.to_vec());
    if secret.len() >= WORD_ONLY_BELOW {
        for set in [NON_ALPHANUMERIC, UNRESERVED_KEPT, SPARING] {
            let encoded = percent_encode(secret, set).to_string();
            forms.push(lower_hex(&encoded).into_bytes());
            forms.push(encoded.replace("%20", "+").into_bytes());
            forms.push(encoded.into_bytes());
        }
        for shift in 0..3 {
            let mut padded = vec![0_u8; shift];
            padded.extend_from_slice(secret);
            for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
                forms.extend(inner_base64(&engine.encode(&padded), shift, padded.len()));
            }
        }
        if let Some(Ok(json)) = std::str::from_utf8(secret).ok().map(serde_json::to_string) {
            forms.push(json.as_bytes()[1..json.len() - 1].to_vec());
        }
    }
    forms.into_iter().map(Zeroizing::new).collect()
}

/// Those characters of an encoded text that depend on the secret alone, whatever stands before and after it.
fn inner_base64(encoded: &str, shift: usize, length: usize) -> Option<Vec<u8>> {
    let start = [0, 2, 3][shift];
    let end = if length.is_multiple_of(3) { encoded.len() } else { encoded.len() - 1 };
    encoded.get(start..end).filter(|inner| inner.len() >= ENCODED_AT_LEAST).map(|inner| inner.as_bytes().to_vec())
}

fn lower_hex(encoded: &str) -> String {
    let mut left = 0;
    encoded
        .chars()
        .map(|c| {
            if c == '%' {
                left = 2;
                c
            } else if left > 0 {
                left -= 1;
                c.to_ascii_lowercase()
            } else {
                c
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor(secret: &str) -> Redactor {
        let redactor = Redactor::new();
        redactor.add(&Secret::new(secret));
        redactor
    }

    #[test]
    fn plain_and_encoded_forms_are_replaced() {
        let secret = "p@ss w\"örd/+?";
        let redactor = redactor(secret);
        let sparing: String = secret.replace('%', "%25").replace('@', "%40").replace(' ', "%20").replace('"', "%22");
        for text in [
            secret.to_owned(),
            percent_encode(secret.as_bytes(), NON_ALPHANUMERIC).to_string(),
            percent_encode(secret.as_bytes(), NON_ALPHANUMERIC).to_string().to_lowercase(),
            serde_json::to_string(secret).unwrap(),
        ] {
            let clean = redactor.text(&format!("<{text}>"));
            assert!(clean.contains("***") && !clean.contains("ss"), "{text} became {clean}");
        }
        assert!(!sparing.is_empty());
    }

    #[test]
    fn base64_is_found_at_any_place() {
        let secret = "correct-horse-battery";
        let redactor = redactor(secret);
        for before in ["", "u:", "us:", "user:", "some-user:"] {
            for after in ["", "x", "xy", "\n"] {
                for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
                    let encoded = engine.encode(format!("{before}{secret}{after}"));
                    let clean = redactor.text(&format!("Authorization: Basic {encoded}"));
                    assert!(clean.contains("***"), "{encoded}");
                    let core = &STANDARD_NO_PAD.encode(secret)[4..20];
                    assert!(!clean.contains(core));
                }
            }
        }
    }

    #[test]
    fn a_short_secret_goes_only_as_a_word() {
        let redactor = redactor("abc");
        assert_eq!(redactor.text("abc abcd xabc (abc) pw=abc"), "*** abcd xabc (***) pw=***");
    }

    #[test]
    fn several_secrets_and_the_longer_first() {
        let redactor = redactor("secret");
        redactor.add(&Secret::new("secret-longer"));
        assert_eq!(redactor.text("a secret-longer b secret c"), "a *** b *** c");
    }

    #[test]
    fn binary_is_kept() {
        let redactor = redactor("secret");
        assert_eq!(redactor.bytes(b"\x00\xffsecret\xfe"), b"\x00\xff***\xfe");
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new("hidden")), "***");
    }

    #[test]
    fn a_file_gives_its_first_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        std::fs::write(&file, "  s3cret \nsecond\n").unwrap();
        assert_eq!(resolve(&SecretSource::File(file.clone())).unwrap().expose(), "s3cret");
        std::fs::write(&file, "\n").unwrap();
        assert!(resolve(&SecretSource::File(file)).is_err());
        assert!(resolve(&SecretSource::Env("TOUCHSTONE_NO_SUCH_VARIABLE".into())).is_err());
    }
}
