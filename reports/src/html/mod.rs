//! One file that works from disk: both languages, no outside resource, filters that are links.

mod assessment;
mod check;
mod clauses;
mod comparison;
mod evidence;
mod open;
mod page;
mod rounds;
mod summary;
mod waivers;
mod words;

pub use assessment::assessment_html;
pub use comparison::comparison_html;

use crate::clean::clean_line;
use crate::view::View;
use std::collections::HashMap;
use touchstone_model::digest::Digest;
use touchstone_model::run::Run;
use touchstone_model::text::Lang;

/// What the parts of the page share.
struct Page<'a> {
    view: View<'a>,
    evidence: &'a dyn Fn(&Digest) -> Option<Vec<u8>>,
    /// Each check is shown in full once, under the first selected clause that it decides on; elsewhere there are links.
    home: HashMap<&'a str, &'a str>,
}

/// The run as one HTML document that opens in `lang` and holds both. `evidence` gives the content of what the journal
/// does not hold itself; content that does not have the hash it is known by is not shown.
pub fn html(run: &Run, lang: Lang, evidence: &dyn Fn(&Digest) -> Option<Vec<u8>>) -> String {
    let view = View::new(run);
    let mut home: HashMap<&str, &str> = HashMap::new();
    for (clause, _) in view.selected() {
        for pair in view.of_clause(&clause.id) {
            home.entry(&pair.item.key).or_insert(&clause.id);
        }
    }
    page::page(&Page { view, evidence, home }, lang).into_string()
}

/// Anchor of a check.
fn anchor(key: &str) -> String {
    format!("check:{}", clean_line(key).replace(char::is_whitespace, "_"))
}

/// A fragment as a link writes it.
fn fragment(id: &str) -> String {
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
fn filter(pairs: &[(&str, &str)]) -> String {
    let parts: Vec<String> =
        pairs.iter().map(|(key, value)| format!("{key}={}", fragment(value).trim_start_matches('#'))).collect();
    format!("#{}", parts.join("&"))
}
