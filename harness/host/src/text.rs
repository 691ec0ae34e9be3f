//! Texts for people, kept short.

/// At most `limit` bytes, with a mark where something was left out.
pub(crate) fn cut(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let end = (0..=limit).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}…", &text[..end])
}

/// A command the way a person would type it: words that need it are in single quotes.
pub(crate) fn quoted(argv: &[String]) -> String {
    let plain = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-+=./,:@%".contains(&b));
    let quote = |word: &String| if plain(word) { word.clone() } else { format!("'{}'", word.replace('\'', r"'\''")) };
    argv.iter().map(quote).collect::<Vec<_>>().join(" ")
}

/// Lower-case letters and digits in words joined by single hyphens, beginning with a letter.
pub(crate) fn is_kebab(name: &str) -> bool {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    name.len() <= 100 && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.split('-').all(word)
}
