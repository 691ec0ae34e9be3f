//! What was seen, with its hash.

use super::Page;
use super::words::{say, sha};
use crate::clean::clean;
use crate::units;
use maud::{Markup, html};
use std::borrow::Cow;
use touchstone_model::digest::Digest;
use touchstone_model::observation::Evidence;

/// Most bytes of one piece of evidence that the page itself shows.
pub(super) const SHOWN: usize = 64 * 1024;

enum Content<'a> {
    Text { shown: Cow<'a, str>, cut: bool },
    Binary,
    Missing,
    Altered,
}

impl Page<'_> {
    /// One piece; its content only where it is `held`.
    pub(super) fn evidence(&self, evidence: &Evidence, held: bool) -> Markup {
        let head = html! {
            span.ename { (clean(&evidence.name)) }
            span.size { (units::bytes(evidence.size)) }
            @if evidence.truncated { span.warn { (say("采集时已截断", "cut while it was taken")) } }
            span.hash { "sha256 " (sha(&evidence.sha256.0)) }
        };
        if !held {
            let place =
                if evidence.inline.is_some() { "journal.log".to_owned() } else { format!("evidence/{}", evidence.sha256) };
            return html! { div.ev { (head) span.dim { (say("内容见 ", "content in ")) a href=(place) { (place) } } } };
        }
        match self.content(evidence) {
            Content::Text { shown, .. } if shown.is_empty() => html! {
                div.ev { (head) span.dim { (say("空", "empty")) } }
            },
            Content::Text { shown, cut } => html! {
                details.ev {
                    summary { (head) }
                    pre { (clean(&shown)) }
                    @if cut {
                        p.note { (say(
                            "此处只显示前 64 KiB；全文在证据文件夹中，文件名即其哈希值。",
                            "Only the first 64 KiB are shown here; the whole lies in the evidence folder under its hash.",
                        )) }
                    }
                }
            },
            Content::Binary => html! { div.ev { (head) span.dim { (say("二进制内容", "binary content")) } } },
            Content::Missing => html! {
                div.ev { (head) span.warn { (say("未找到内容", "content not found")) } }
            },
            Content::Altered => html! {
                div.ev { (head) span.warn { (say("内容与哈希不符，不予显示", "content does not have this hash; not shown")) } }
            },
        }
    }

    fn content<'e>(&self, evidence: &'e Evidence) -> Content<'e> {
        let bytes: Cow<'e, [u8]> = match &evidence.inline {
            Some(text) => Cow::Borrowed(text.as_bytes()),
            None => match (self.paper.source.evidence)(&evidence.sha256) {
                Some(bytes) => Cow::Owned(bytes),
                None => return Content::Missing,
            },
        };
        if Digest::of(&bytes) != evidence.sha256 {
            return Content::Altered;
        }
        let cut = bytes.len() > SHOWN;
        match bytes {
            Cow::Borrowed(all) => text_of(all).map_or(Content::Binary, |t| Content::Text { shown: Cow::Borrowed(t), cut }),
            Cow::Owned(all) => text_of(&all).map_or(Content::Binary, |t| Content::Text { shown: Cow::Owned(t.to_owned()), cut }),
        }
    }
}

/// The beginning as text; none where it is no text.
fn text_of(bytes: &[u8]) -> Option<&str> {
    let head = &bytes[..bytes.len().min(SHOWN)];
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A character cut in two at the limit is no sign of binary content.
        Err(e) if e.error_len().is_none() && bytes.len() > SHOWN => std::str::from_utf8(&head[..e.valid_up_to()]).ok()?,
        Err(_) => return None,
    };
    (!text.contains('\0')).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_told_from_binary() {
        assert_eq!(text_of("内核".as_bytes()), Some("内核"));
        assert_eq!(text_of(b"a\0b"), None);
        assert_eq!(text_of(&[0xff, 0xfe]), None);
        assert_eq!(text_of(&"核".as_bytes()[..2]), None);
        let long = "核".repeat(SHOWN);
        assert_eq!(text_of(long.as_bytes()).map(str::len), Some(SHOWN / 3 * 3));
    }
}
