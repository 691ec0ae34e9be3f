//! Secrets: where they come from, and that they never get into what is kept.

mod forms;
mod inventory;
mod stream;
mod views;
mod weak;

pub use inventory::{Told, learn};
pub use stream::Stream;
pub use weak::Weakness;

use crate::ProbeError;
use aho_corasick::{AhoCorasick, MatchKind};
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};
use touchstone_model::inventory::SecretSource;
use views::View;
use zeroize::Zeroizing;

const MASK: &[u8] = b"***";
/// Bytes that one byte of a secret may take once it was escaped twice.
const WIDEST: usize = 18;
/// Texts are unescaped in pieces of this size, so that a large one does not take many times its size.
const PIECE: usize = 1024 * 1024;
/// So many bytes of a secret's beginning tell it; of a shorter secret, a third.
const TELLING: usize = 4;

type Bytes = Zeroizing<Vec<u8>>;

/// A password or passphrase; wiped from memory when dropped, never printed.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes over a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The value itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Reads a secret from where the inventory says it is.
///
/// # Errors
/// The variable or file is absent, unreadable, empty or not UTF-8. The message names the place, never the value.
pub fn resolve(source: &SecretSource) -> Result<Secret, ProbeError> {
    let (value, place) = match source {
        SecretSource::Env(name) => {
            let place = format!("the environment variable {name}");
            let value = std::env::var(name).map_err(|error| {
                let why = match error {
                    std::env::VarError::NotPresent => "is not set",
                    std::env::VarError::NotUnicode(_) => "is not UTF-8",
                };
                ProbeError::Unavailable(format!("secret: {place} {why}"))
            })?;
            (Zeroizing::new(value), place)
        }
        SecretSource::File(path) => {
            let place = format!("the file {}", path.display());
            let content = std::fs::read_to_string(path)
                .map(Zeroizing::new)
                .map_err(|error| ProbeError::Unavailable(format!("secret: {place}: {error}")))?;
            (Zeroizing::new(content.lines().next().unwrap_or_default().trim().to_owned()), place)
        }
    };
    if value.is_empty() {
        return Err(ProbeError::Unavailable(format!("secret: {place} is empty")));
    }
    Ok(Secret(value))
}

/// Replaces every known secret by `***`: as it is; in base64 (both alphabets, at any place of a longer encoded text, also broken
/// into lines), in hexadecimal; with any of its letters escaped as in URLs, JSON, XML, HTML, C, shells or SQL, also twice.
///
/// A [weak](Weakness) secret is replaced only where the text says that it is one (`password=...`, `user:...@`): elsewhere the
/// same word means something else, and to hide it would falsify what a check sees.
#[derive(Default)]
pub struct Redactor {
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    /// In lower case.
    names: Vec<String>,
    strong: Vec<forms::Form>,
    weak: Vec<Bytes>,
    machine: Option<Arc<Machine>>,
}

struct Machine {
    strong: AhoCorasick,
    /// By number of the pattern: its bytes, and whether it may be broken into lines.
    patterns: Vec<(Bytes, bool)>,
    weak: AhoCorasick,
    longest: usize,
}

/// The end of a text, where it may be the beginning of a secret.
pub(crate) struct Tail {
    /// Where the longest such end begins.
    pub(crate) start: usize,
    /// Where the longest begins that is enough to tell the secret.
    pub(crate) tells: Option<usize>,
}

impl Redactor {
    /// Knows no secret yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A secret that is one of these, or part of one, is weak. Names come before secrets.
    pub fn add_names(&self, names: impl IntoIterator<Item = String>) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.names.extend(names.into_iter().map(|name| name.to_lowercase()));
    }

    /// From now on this one is replaced; says so when it is weak.
    pub fn add(&self, secret: &Secret) -> Option<Weakness> {
        self.add_all(std::slice::from_ref(secret)).into_iter().next().flatten()
    }

    /// As [`Self::add`], for many at once.
    pub fn add_all(&self, secrets: &[Secret]) -> Vec<Option<Weakness>> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let (mut found, mut changed) = (Vec::new(), false);
        for secret in secrets {
            let bytes = secret.expose().as_bytes();
            let weakness = weak::weakness(secret.expose(), &state.names);
            found.push(weakness);
            let known = state.strong.iter().any(|form| form.bytes.as_slice() == bytes)
                || state.weak.iter().any(|weak| weak.as_slice() == bytes);
            if known || bytes.is_empty() {
                continue;
            }
            changed = true;
            match weakness {
                Some(_) => state.weak.push(Bytes::new(bytes.to_vec())),
                None => state.strong.extend(forms::of(bytes)),
            }
        }
        if changed {
            state.machine = Machine::new(&state).map(Arc::new);
        }
        found
    }

    fn machine(&self) -> Option<Arc<Machine>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).machine.clone()
    }

    /// The same bytes without secrets.
    pub fn bytes(&self, content: &[u8]) -> Vec<u8> {
        masked(content, &self.spans(content), 0)
    }

    /// As [`Self::bytes`], for a text that may have been cut off in the middle of a secret: the end of it goes too, where it is
    /// enough of a beginning to tell the secret.
    pub fn cut_bytes(&self, content: &[u8]) -> Vec<u8> {
        let spans = self.spans(content);
        self.masked_to_tail(content, &spans, 0)
    }

    /// The same text without secrets.
    pub fn text(&self, content: &str) -> String {
        String::from_utf8_lossy(&self.bytes(content.as_bytes())).into_owned()
    }

    /// Where secrets are, in order and without overlaps.
    pub(crate) fn spans(&self, content: &[u8]) -> Vec<Range<usize>> {
        let Some(machine) = self.machine() else { return Vec::new() };
        let mut spans = machine.plain_spans(content);
        let overlap = machine.longest * WIDEST;
        let mut from = 0;
        while from < content.len() {
            let end = content.len().min(from + PIECE + overlap);
            for view in views::of(&content[from..end]) {
                spans.extend(machine.view_spans(&view).map(|span| from + span.start..from + span.end));
            }
            from += PIECE;
        }
        merged(spans)
    }

    /// The longest end of the text that may be the beginning of a secret.
    pub(crate) fn open_tail(&self, content: &[u8]) -> Option<Tail> {
        let machine = self.machine()?;
        let from = content.len().saturating_sub(machine.longest * WIDEST);
        let end = &content[from..];
        let mut starts: Vec<(usize, bool)> = Vec::new();
        starts.extend(machine.open(end, false).map(|(length, tells)| (end.len() - length, tells)));
        for view in views::of(end) {
            let open = machine.open(&view.bytes, view.unwrapped);
            starts.extend(open.map(|(length, tells)| (view.place(view.bytes.len() - length), tells)));
            starts.extend(view.broken().map(|start| (start, false)));
        }
        let tells = starts.iter().filter(|(_, tells)| *tells).map(|(start, _)| from + start).min();
        Some(Tail { start: from + starts.iter().map(|(start, _)| *start).min()?, tells })
    }

    /// `content` from `base` on, with the spans replaced, and the end as well where it tells a secret.
    pub(crate) fn masked_to_tail(&self, content: &[u8], spans: &[Range<usize>], base: usize) -> Vec<u8> {
        match self.open_tail(content).and_then(|tail| tail.tells) {
            Some(start) if spans.last().is_none_or(|last| last.end <= start) => {
                [masked(&content[..start.max(base)], spans, base).as_slice(), MASK].concat()
            }
            _ => masked(content, spans, base),
        }
    }

    /// How far before a place a secret may begin that ends behind it.
    pub(crate) fn reach(&self) -> usize {
        self.machine().map_or(0, |machine| machine.longest * WIDEST)
    }
}

impl Machine {
    fn new(state: &State) -> Option<Self> {
        let build = |patterns: &[&[u8]]| {
            // Fails only beyond some gigabytes of patterns.
            AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(patterns).ok()
        };
        let patterns: Vec<(Bytes, bool)> = state.strong.iter().map(|form| (form.bytes.clone(), form.wraps)).collect();
        let longest = patterns.iter().map(|(bytes, _)| bytes.len()).chain(state.weak.iter().map(|w| w.len())).max()?;
        Some(Machine {
            strong: build(&patterns.iter().map(|(bytes, _)| bytes.as_slice()).collect::<Vec<_>>())?,
            weak: build(&state.weak.iter().map(|weak| weak.as_slice()).collect::<Vec<_>>())?,
            patterns,
            longest,
        })
    }

    fn plain_spans(&self, content: &[u8]) -> Vec<Range<usize>> {
        let mut spans: Vec<Range<usize>> = self.strong.find_iter(content).map(|found| found.range()).collect();
        let weak = self.weak.find_iter(content).map(|found| found.range());
        spans.extend(weak.filter(|span| weak::is_told(&content[..span.start], &content[span.end..])));
        spans
    }

    /// In terms of the original.
    fn view_spans<'a>(&'a self, view: &'a View) -> impl Iterator<Item = Range<usize>> + 'a {
        let spans = if view.unwrapped {
            let wraps = self.strong.find_iter(&view.bytes).filter(|found| self.patterns[found.pattern()].1);
            wraps.map(|found| found.range()).collect()
        } else {
            self.plain_spans(&view.bytes)
        };
        spans.into_iter().map(|span| view.place(span.start)..last_of(view, span.end))
    }

    /// Length of the longest end that some pattern begins with, and whether it tells that secret.
    fn open(&self, content: &[u8], only_wrapping: bool) -> Option<(usize, bool)> {
        let patterns = self.patterns.iter().filter(|(_, wraps)| *wraps || !only_wrapping);
        let lengths = patterns.filter_map(|(pattern, _)| {
            let most = content.len().min(pattern.len() - 1);
            let length = (1..=most).rev().find(|length| content.ends_with(&pattern[..*length]))?;
            Some((length, length >= TELLING.min(pattern.len().div_ceil(3))))
        });
        // Those that tell first.
        lengths.max_by_key(|(length, tells)| (*tells, *length))
    }
}

/// End, in the original, of the byte before `end`: where the next one begins, unless blanks were left out between.
fn last_of(view: &View, end: usize) -> usize {
    if view.unwrapped { view.place(end - 1) + 1 } else { view.place(end) }
}

fn merged(mut spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
    spans.sort_by_key(|span| span.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start < last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}

/// `content` from `base` on, with the spans replaced.
fn masked<'a>(content: &[u8], spans: impl IntoIterator<Item = &'a Range<usize>>, base: usize) -> Vec<u8> {
    let mut clean = Vec::with_capacity(content.len() - base);
    let mut done = base;
    for span in spans {
        clean.extend_from_slice(&content[done..span.start.max(done)]);
        clean.extend_from_slice(MASK);
        done = span.end;
    }
    clean.extend_from_slice(&content[done..]);
    clean
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

#[cfg(test)]
mod tests;
