//! A waiver beside what it covers.

use super::words::text;
use maud::{Markup, html};
use touchstone_model::waiver::WaiverResult;

/// One waiver beside what it covers.
pub(super) fn beside(waived: &WaiverResult) -> Markup {
    html! { p.waiver { strong { (text(&waived.waiver.words())) } " · " (text(&waived.waiver.reason)) } }
}
