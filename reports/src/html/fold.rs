//! Content that opens on demand. In a small run it is part of the page, so that it shows without script and prints; in a large one it
//! is kept aside as data, so that a browser has no million elements to build before the first of them is looked at.

use super::evidence::SHOWN;
use maud::{Markup, PreEscaped, html};
use std::collections::HashSet;
use touchstone_model::run::{CheckRun, Run};
use touchstone_model::verdict::Verdict;

/// Observations up to which everything is part of the page.
const FEW: usize = 3_000;
/// Bytes of evidence whose content a page holds; of what is beyond, its hash.
const LIGHT: u64 = 6 << 20;

pub(super) enum Fold<'a> {
    Inside,
    /// With the checks whose evidence the page holds.
    Aside(HashSet<&'a str>),
}

impl<'a> Fold<'a> {
    pub(super) fn of(run: &'a Run) -> Fold<'a> {
        let observations: usize = run.checks.iter().map(|check| check.observations.len()).sum();
        let bytes: u64 = run.checks.iter().map(weight).sum();
        if observations <= FEW && bytes <= LIGHT {
            return Fold::Inside;
        }
        // What has to be explained comes first.
        let explained = |check: &&CheckRun| !matches!(check.verdict, Verdict::Nonconforming | Verdict::Inconclusive { .. });
        let mut checks: Vec<&CheckRun> = run.checks.iter().collect();
        checks.sort_by_key(explained);
        let mut left = LIGHT;
        let fits = |check: &&CheckRun| {
            let fits = weight(check) <= left;
            left = if fits { left - weight(check) } else { left };
            fits
        };
        Fold::Aside(checks.into_iter().filter(fits).map(|check| check.item.as_str()).collect())
    }

    pub(super) fn is_aside(&self) -> bool {
        matches!(self, Fold::Aside(_))
    }

    /// Whether the page holds the content of a check's evidence.
    pub(super) fn holds(&self, item: &str) -> bool {
        match self {
            Fold::Inside => true,
            Fold::Aside(held) => held.contains(item),
        }
    }

    /// The content of a `details` element.
    pub(super) fn content(&self, content: Markup) -> Markup {
        if !self.is_aside() {
            return content;
        }
        html! { script.aside type="text/plain" { (PreEscaped(packed(&content.into_string()))) } }
    }
}

/// Begins an escape; a character that nobody uses.
const ESCAPE: char = '\u{e000}';

/// Without any `<`, so that nothing ends the element around it. What is packed already may be packed again.
fn packed(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    for c in text.chars() {
        match c {
            '<' => out.extend([ESCAPE, 'l']),
            ESCAPE => out.extend([ESCAPE, 'e']),
            c => out.push(c),
        }
    }
    out
}

/// Bytes of its evidence that a page would show.
fn weight(check: &CheckRun) -> u64 {
    check.observations.iter().flat_map(|seen| &seen.evidence).map(|piece| piece.size.min(SHOWN as u64)).sum()
}
