//! One file that works from disk: both languages, no outside resource, filters that are links.

mod assessment;
mod blocks;
mod check;
mod clauses;
mod comparison;
mod evidence;
mod fold;
mod page;
mod waivers;
mod words;

pub use assessment::assessment_html;
pub use comparison::comparison_html;

use crate::document::{Paper, Source};
use fold::Fold;
use std::collections::HashMap;
use touchstone_model::text::Lang;

/// What the parts of the page share.
struct Page<'a> {
    paper: Paper<'a>,
    /// Each check is shown in full once, under the first selected clause that it decides on; elsewhere there are links.
    home: HashMap<&'a str, &'a str>,
    fold: Fold<'a>,
}

/// The run as one HTML document that opens in `lang` and holds both. Evidence that does not have the hash it is known by is not
/// shown.
pub fn html(source: Source<'_>, lang: Lang) -> String {
    let paper = Paper::new(source);
    let mut home: HashMap<&str, &str> = HashMap::new();
    for (clause, _) in paper.view.selected() {
        for pair in paper.view.of_clause(&clause.id) {
            home.entry(&pair.item.key).or_insert(&clause.id);
        }
    }
    let fold = Fold::of(source.run);
    page::page(&Page { paper, home, fold }, lang).into_string()
}
