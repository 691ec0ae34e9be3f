//! Addresses inside a document: anchors, and filters that are links.

use crate::clean::clean_line;

/// Anchor of a check.
pub(crate) fn anchor(key: &str) -> String {
    format!("check:{}", clean_line(key).replace(char::is_whitespace, "_"))
}

/// Anchor of a check's evidence in the annex.
pub(crate) fn evidence_anchor(key: &str) -> String {
    format!("evidence:{}", clean_line(key).replace(char::is_whitespace, "_"))
}

/// A fragment as a link writes it.
pub(crate) fn fragment(id: &str) -> String {
    let mut out = String::from("#");
    for byte in id.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b':' | b'/' | b'@' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// A filter as a link; the values hold none of the characters that separate.
pub(crate) fn filter(pairs: &[(&str, &str)]) -> String {
    let parts: Vec<String> =
        pairs.iter().map(|(key, value)| format!("{key}={}", fragment(value).trim_start_matches('#'))).collect();
    format!("#{}", parts.join("&"))
}
