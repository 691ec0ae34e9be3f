//! Words in both languages, one of which the page shows; and what stands around a verdict.

use crate::clean::clean;
use crate::verdict_map::Look;
use maud::{Markup, html};
use touchstone_model::text::Text;

/// Both sentences; one element less where they are the same.
pub(super) fn text(text: &Text) -> Markup {
    say(&text.zh, &text.en)
}

/// As [`text`].
pub(super) fn say(zh: &str, en: &str) -> Markup {
    if zh == en {
        return html! { (clean(zh)) };
    }
    html! { span lang="zh-CN" { (clean(zh)) } span lang="en" { (clean(en)) } }
}

/// Symbol and words of a verdict.
pub(super) fn badge(look: Look, words: &Text) -> Markup {
    html! { span class={ "badge v-" (look.name) } { b aria-hidden="true" { (look.symbol) } " " (text(words)) } }
}

/// The symbol alone, its words for those who do not see it.
pub(super) fn mark(look: Look, words: &Text) -> Markup {
    html! { b class={ "mark v-" (look.name) } title={ (words.zh) " / " (words.en) } { (look.symbol) } }
}

/// A hash: cut by the style, whole when copied, hovered or printed.
pub(super) fn sha(hex: &str) -> Markup {
    html! { code.sha tabindex="0" { (clean(hex)) } }
}
