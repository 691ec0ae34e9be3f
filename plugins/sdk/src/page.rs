//! Whether two answers of a web server show the same thing, though no two answers of a living application are equal.

use crate::http::Response;
use std::collections::BTreeSet;

/// An answer as a reader sees it: its status and its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Status code.
    pub status: u16,
    words: BTreeSet<String>,
}

/// How one page compares with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// The same page, give or take what changes from answer to answer.
    Same,
    /// Neither clearly the same nor clearly another.
    Unclear,
    /// Another page, or another status.
    Other,
}

/// Of a hundred words, so many must be there for a page to be the same.
const SAME: usize = 90;
/// With fewer than so many of a hundred it is another one.
const OTHER: usize = 50;

impl Page {
    /// Of an answer.
    pub fn of(response: &Response) -> Self {
        let mut page = Self::read(response.status, &response.body);
        // Of a redirection, where to, apart from the host.
        let target = response.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location"));
        page.words.extend(target.map(|(_, url)| url.split_once("://").map_or(url.as_str(), |(_, rest)| rest)).map(path));
        page
    }

    fn read(status: u16, body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let mut words: BTreeSet<String> = without_tags(&text).split_whitespace().map(str::to_owned).collect();
        if words.is_empty() {
            words = text.split_whitespace().map(str::to_owned).collect();
        }
        Self { status, words }
    }

    /// What this and another answer to the same request have in common: the rest changes from answer to answer.
    pub fn stable(&self, other: &Page) -> Self {
        Self { status: self.status, words: self.words.intersection(&other.words).cloned().collect() }
    }

    /// Whether the server serves at this place: it answers with success, a redirection, or asks who one is.
    pub fn is_served(&self) -> bool {
        self.status < 400 || matches!(self.status, 401 | 403 | 405)
    }

    /// How an answer compares with this page.
    pub fn likeness(&self, answer: &Page) -> Likeness {
        if self.status != answer.status {
            return Likeness::Other;
        }
        if self.words.is_empty() {
            return if answer.words.is_empty() { Likeness::Same } else { Likeness::Unclear };
        }
        let there = self.words.iter().filter(|word| answer.words.contains(*word)).count();
        match there * 100 / self.words.len() {
            SAME.. => Likeness::Same,
            OTHER.. => Likeness::Unclear,
            _ => Likeness::Other,
        }
    }

    /// Status and number of words, for `actual`.
    pub fn said(&self) -> String {
        format!("{} with {} words", self.status, self.words.len())
    }
}

fn path(url: &str) -> String {
    url.find('/').map_or_else(|| url.to_owned(), |at| url[at..].to_owned())
}

fn without_tags(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, tag)) = rest.split_once('<') {
        kept.push_str(before);
        kept.push(' ');
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &str) -> Page {
        Page::read(200, body.as_bytes())
    }

    #[test]
    fn fuzz_pages() {
        let seeds: [&[u8]; 2] = [b"<h1>Orders</h1><p>Seven are open</p>", b"<a><script src=x></script></a>"];
        touchstone_fuzz::fuzz(&seeds, &["<", ">", "</", "<!--", "&lt;", "10:31:07", "/path?x", "\u{3000}"], |input| {
            let (one, two) = input.split_at(input.len() / 2);
            let (one, two) = (Page::read(200, one), Page::read(200, two));
            // A page that is compared with itself is never another one.
            assert_ne!(one.likeness(&one), Likeness::Other);
            format!("{:?} {:?}", one.likeness(&two), one.stable(&two).likeness(&two))
        });
    }

    #[test]
    fn the_same_page_is_known_again() {
        let one = page("<h1>Orders</h1><p>Seven are open, it is 10:31:07, your token is a81f</p>");
        let two = page("<h1>Orders</h1><p>Seven are open, it is 10:31:09, your token is 77c2</p>");
        let stable = one.stable(&two);
        assert_eq!(
            stable.likeness(&page("<h1>Orders</h1><p>Seven are open, it is 11:00:00, your token is 1</p>")),
            Likeness::Same
        );
        assert_eq!(stable.likeness(&page("<h1>Weather</h1><p>Rain.</p>")), Likeness::Other);
        assert_eq!(stable.likeness(&page("<h1>Orders</h1><p>Seven are open, it</p>")), Likeness::Unclear);
        assert_eq!(stable.likeness(&Page { status: 503, ..stable.clone() }), Likeness::Other);
    }

    #[test]
    fn pages_without_words_are_compared_by_their_tags() {
        assert_eq!(page("<a><script src=x></script></a>").likeness(&page("<b>")), Likeness::Other);
        assert_eq!(page("").likeness(&page("")), Likeness::Same);
        assert_eq!(page("").likeness(&page("words")), Likeness::Unclear);
        assert_eq!(page("< < <").likeness(&page("< < <")), Likeness::Same);
    }
}
