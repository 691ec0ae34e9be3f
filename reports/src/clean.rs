//! Makes characters visible that would otherwise steer a terminal, break XML or deceive a reader.

use std::borrow::Cow;

/// Replaces control characters by their pictures and others that must not act by `⟨U+XXXX⟩`; keeps line feeds and tabs.
///
/// What targets say passes through here on its way into every document but JSON, which has escapes of its own.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(acts) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\0'..='\u{1f}' if acts(c) => out.extend(char::from_u32(0x2400 + c as u32)),
            '\u{7f}' => out.push('\u{2421}'),
            c if acts(c) => out.push_str(&format!("⟨U+{:04X}⟩", c as u32)),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

fn acts(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => true,
        // Reorder what stands beside them: an actual value could be made to look like the expected one.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => true,
        '\u{2028}' | '\u{2029}' | '\u{feff}' => true,
        c => (c as u32) & 0xfffe == 0xfffe,
    }
}

/// As [`clean`], on one line.
pub(crate) fn clean_line(text: &str) -> String {
    clean(text).trim_end().replace('\n', " ⏎ ").replace('\t', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_borrowed() {
        assert!(matches!(clean("内核 4.19\n\tok ✓"), Cow::Borrowed(_)));
    }

    #[test]
    fn what_acts_becomes_visible() {
        assert_eq!(clean("a\u{1b}[31m\0\u{7f}"), "a␛[31m␀␡");
        assert_eq!(clean("a\r\nb\rc"), "a\nb␍c");
        assert_eq!(clean("\u{202e}x\u{85}\u{fffe}\u{1ffff}"), "⟨U+202E⟩x⟨U+0085⟩⟨U+FFFE⟩⟨U+1FFFF⟩");
        assert_eq!(clean_line("a\nb\n"), "a ⏎ b");
    }
}
