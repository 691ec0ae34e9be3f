//! Forms of names, and how they are quoted in sentences.

use touchstone_model::text::Text;

/// A [`Text`] of two format strings over the same variables.
macro_rules! both {
    ($zh:literal, $en:literal) => {
        touchstone_model::text::Text::new(format!($zh), format!($en))
    };
}
pub(super) use both;

/// Longest piece of a document repeated in a sentence, in characters.
const QUOTED: usize = 60;

/// The candidate that `word` was probably meant to be.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let tolerated = match word.chars().count() {
        0..=2 => 0,
        3..=5 => 1,
        6..=8 => 2,
        longer => longer / 3,
    };
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= tolerated)
        .map(|(_, candidate)| candidate)
}

/// `word` for a sentence: in backquotes, one line, bounded, without control characters.
pub(super) fn quote(word: &str) -> String {
    let mut shown: String = word.chars().take(QUOTED).flat_map(visible).collect();
    if word.chars().nth(QUOTED).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

fn visible(c: char) -> impl Iterator<Item = char> {
    let plain = (!c.is_control()).then_some(c);
    let escaped = c.is_control().then(|| c.escape_default());
    plain.into_iter().chain(escaped.into_iter().flatten())
}

/// "Did you mean ...?" if anything is near, then the words that are allowed.
pub(super) fn suggest(word: &str, allowed: &[&str]) -> Text {
    let list = allowed.join(", ");
    match nearest(word, allowed.iter().copied()).map(quote) {
        Some(near) => both!("是不是想写{near}？可用：{list}", "did you mean {near}? allowed: {list}"),
        None => both!("可用：{list}", "allowed: {list}"),
    }
}

/// "Did you mean ...?" out of many candidates, or `otherwise`.
pub(super) fn suggest_one<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>, otherwise: Text) -> Text {
    match nearest(word, candidates).map(quote) {
        Some(near) => both!("是不是想写{near}？", "did you mean {near}?"),
        None => otherwise,
    }
}

/// Lower-case letters, digits and single inner hyphens, beginning with a letter or digit.
pub(super) fn is_kebab(word: &str) -> bool {
    word.split('-').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

/// `[a-z0-9][a-z0-9._-]*`, at most 64 characters: targets and nodes.
pub(super) fn is_target_name(word: &str) -> bool {
    word.len() <= 64
        && word.bytes().next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-'))
}

/// `plugin/check`, both kebab-case.
pub(super) fn split_check_id(word: &str) -> Option<(&str, &str)> {
    word.split_once('/').filter(|(plugin, check)| is_kebab(plugin) && is_kebab(check))
}

/// `AREA-NN`: capitals, a hyphen, digits.
pub(super) fn is_clause_id(word: &str) -> bool {
    word.split_once('-').is_some_and(|(area, number)| {
        is_area_id(area) && !number.is_empty() && number.len() <= 4 && number.bytes().all(|b| b.is_ascii_digit())
    })
}

/// Two to eight capitals.
pub(super) fn is_area_id(word: &str) -> bool {
    (2..=8).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_uppercase())
}
