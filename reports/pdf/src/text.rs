//! Makes every text fit to be set: characters that no font has are shown by their numbers (PDF/A allows no missing glyph), and long
//! words may be broken.

use serde_json::Value;
use typst::text::Font;

/// Longest word that is not broken, in characters.
const LONG: usize = 18;
/// Where a word may be broken; nothing to be seen.
const BREAK: char = '\u{200b}';

/// Prepares every string but drawings and anchors.
pub fn prepare(data: &mut Value, fonts: &[Font]) {
    match data {
        Value::Array(items) => items.iter_mut().for_each(|item| prepare(item, fonts)),
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                match value {
                    Value::String(text) if key == "symbol" => text.retain(|c| has(fonts, c)),
                    Value::String(text) if matches!(key.as_str(), "t" | "title" | "kind" | "maker" | "run") => {
                        *text = breakable(&shown(text, fonts));
                    }
                    Value::String(_) => {}
                    other => prepare(other, fonts),
                }
            }
        }
        Value::String(text) => *text = breakable(&shown(text, fonts)),
        _ => {}
    }
}

fn has(fonts: &[Font], c: char) -> bool {
    fonts.iter().any(|font| font.info().coverage.contains(c as u32))
}

fn shown(text: &str, fonts: &[Font]) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' | ' ' => shown.push(c),
            c if has(fonts, c) => shown.push(c),
            c => shown.push_str(&format!("<U+{:04X}>", c as u32)),
        }
    }
    shown
}

fn breakable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (n, word) in text.split(' ').enumerate() {
        if n > 0 {
            out.push(' ');
        }
        if !word.is_ascii() || word.len() <= LONG {
            out.push_str(word);
            continue;
        }
        let mut since = 0;
        for c in word.chars() {
            out.push(c);
            since += 1;
            if since >= 8 && (matches!(c, '/' | '-' | '_' | '.' | ':' | '@' | '=' | ',') || since >= 16) {
                out.push(BREAK);
                since = 0;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_long_words_are_broken_and_nothing_is_lost() {
        assert_eq!(breakable("short words stay"), "short words stay");
        let hash = "0123456789abcdef".repeat(4);
        let broken = breakable(&hash);
        assert!(broken.contains(BREAK));
        assert_eq!(broken.replace(BREAK, ""), hash);
    }
}
