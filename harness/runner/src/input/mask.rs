//! Hides secrets in the text that is shown back.
//!
//! Shown is what the reader recognised as harmless; what raw text betrays as a secret is hidden even then. Hiding too much
//! is harmless. Bytes and characters keep their count, so that every span still fits.

use std::ops::Range;
use touchstone_model::text::Text;

/// Keys whose plain value is a secret, whatever surrounds the word.
const WORDS: [&str; 6] = ["passw", "passphrase", "pwd", "secret", "token", "private"];

/// Ranges of an inventory's text that hold or may hold a secret.
fn secrets(text: &str) -> Vec<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for word in WORDS {
        for (at, _) in lower.match_indices(word) {
            found.extend(value_of_key(text, at));
        }
    }
    for (at, _) in text.match_indices("://") {
        let rest = &text[at + 3..];
        let authority = rest.find(['/', '"', '\'', ' ', '\t', '\n', '?', '#']).unwrap_or(rest.len());
        if let Some(end) = rest[..authority].rfind('@') {
            found.push(at + 3..at + 3 + end);
        }
    }
    found
}

/// The text of an inventory as it may be shown: punctuation, headers of tables, and what the reader recognised as harmless.
///
/// Showing only what was recognised keeps a secret hidden also where a slip made it look like something else.
pub(super) fn conceal(text: &str, revealed: &[Range<usize>], hidden: &[Range<usize>]) -> String {
    let mut shown = vec![false; text.len()];
    let mut set = |range: &Range<usize>, yes: bool| {
        if let Some(part) = shown.get_mut(range.start.min(text.len())..range.end.min(text.len())) {
            part.fill(yes);
        }
    };
    revealed
        .iter()
        .filter(|range| text.get((*range).clone()).is_some_and(|part| !part.contains('\n')))
        .for_each(|range| set(range, true));
    headers(text).iter().for_each(|range| set(range, true));
    hidden.iter().chain(&secrets(text)).for_each(|range| set(range, false));
    let stars = |(at, c): (usize, char)| match c {
        ' ' | '\t' | '\r' | '\n' | '[' | ']' | '{' | '}' | '=' | ',' | '.' | '"' | '\'' => c,
        _ if shown.get(at).copied().unwrap_or(false) => c,
        // As many bytes as the character has.
        _ => ['*', '×', '＊', '\u{10100}'][c.len_utf8() - 1],
    };
    text.char_indices().map(stars).collect()
}

/// Words about an inventory without the secrets that stand in it: a quotation mark too few makes a password a part of something
/// else, which a message may repeat.
pub(super) fn silenced(text: &str, words: &Text) -> Text {
    let mut words = words.clone();
    for range in secrets(text) {
        let secret = text[range].trim_matches(['"', '\'', ' ', '\t']);
        for form in [secret.to_owned(), secret.escape_debug().to_string()] {
            if !form.is_empty() {
                words = Text { zh: words.zh.replace(&form, "***"), en: words.en.replace(&form, "***") };
            }
        }
    }
    words
}

/// The text without characters that act on a terminal; each is replaced by one of the same length in bytes.
pub(super) fn printable(text: &str) -> String {
    let mut chars = text.chars().peekable();
    let mut out = String::with_capacity(text.len());
    while let Some(c) = chars.next() {
        out.push(match c {
            '\n' | '\t' => c,
            '\r' if chars.peek() == Some(&'\n') => c,
            // Direction marks could make a line look like another one.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
            _ if c.is_control() => ['?', '¿'][(c.len_utf8() - 1).min(1)],
            _ => c,
        });
    }
    out
}

/// Lines like `[target.sql]`.
fn headers(text: &str) -> Vec<Range<usize>> {
    let is_header = |line: &str| {
        let inner = line.trim_start_matches('[').trim_end_matches(']');
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '"');
        line.starts_with('[') && line.ends_with(']') && inner.starts_with("target") && inner.chars().all(plain)
    };
    let lines = text.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start, line.trim_end()))
    });
    lines.filter(|(_, line)| is_header(line)).map(|(start, line)| start..start + line.len()).collect()
}

fn value_of_key(text: &str, at: usize) -> Vec<Range<usize>> {
    let is_key = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '"' | '\'');
    let after_key = at + text[at..].find(|c| !is_key(c)).unwrap_or(text.len() - at);
    let Some(equals) = skip(text, after_key, " \t").filter(|p| text[*p..].starts_with('=')) else { return Vec::new() };
    let Some(start) = skip(text, equals + 1, " \t=") else { return Vec::new() };
    if text[start..].starts_with('{') {
        return strings_in_braces(text, start + 1);
    }
    let end = value_end(text, start);
    vec![Range { start, end }]
}

/// In `{ env = "X" }` names stay visible; any other string in the braces does not.
fn strings_in_braces(text: &str, start: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = start;
    let mut key = String::new();
    while let Some(c) = text[at..].chars().next() {
        match c {
            '}' => break,
            '"' | '\'' => {
                let end = value_end(text, at);
                if !matches!(key.trim(), "env" | "file") {
                    found.push(at..end);
                }
                at = end;
                continue;
            }
            '{' | ',' => key.clear(),
            '=' => {}
            _ => key.push(c),
        }
        at += c.len_utf8();
    }
    found
}

fn skip(text: &str, from: usize, these: &str) -> Option<usize> {
    text.get(from..)?.find(|c| !these.contains(c)).map(|ahead| from + ahead)
}

/// Where the value that begins at `start` ends, as far as can be told from raw text.
fn value_end(text: &str, start: usize) -> usize {
    let rest = &text[start..];
    for fence in ["\"\"\"", "'''"] {
        if let Some(inner) = rest.strip_prefix(fence) {
            return inner.find(fence).map_or(text.len(), |end| start + 3 + end + 3);
        }
    }
    let line = rest.find('\n').unwrap_or(rest.len());
    let closing = match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let mut escaped = false;
            rest[1..line].char_indices().find_map(|(at, c)| {
                let closes = c == quote && !escaped;
                escaped = c == '\\' && !escaped && quote == '"';
                closes.then_some(at + 2)
            })
        }
        _ => rest[..line].find([',', '}', '#']),
    };
    start + closing.unwrap_or(line)
}
