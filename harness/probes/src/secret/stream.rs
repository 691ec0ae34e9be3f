//! Redaction of what comes in pieces.

use super::Redactor;
use std::sync::Arc;

/// Gives out the pieces of a stream without secrets, wherever it was cut: the beginning of what may become a secret is held
/// back until more is known.
#[derive(Debug)]
pub struct Stream {
    redactor: Arc<Redactor>,
    /// Given out already (in its original form): a secret may have begun in it.
    before: Vec<u8>,
    held: Vec<u8>,
}

impl Stream {
    /// Nothing came yet.
    pub fn new(redactor: Arc<Redactor>) -> Self {
        Self { redactor, before: Vec::new(), held: Vec::new() }
    }

    /// A piece came; what can be given out.
    pub fn push(&mut self, piece: &[u8]) -> Vec<u8> {
        let all = [&self.before, &self.held, piece].concat();
        let base = self.before.len();
        let spans = self.redactor.spans(&all);
        let open = self.redactor.open_tail(&all).map_or(all.len(), |tail| tail.start);
        let mut end = open.max(base);
        if let Some(across) = spans.iter().find(|span| span.start < end && end < span.end) {
            end = across.end;
        }
        let given = super::masked(&all[..end], spans.iter().filter(|span| span.end <= end && span.end > base), base);
        self.keep(&all[..end]);
        self.held = all[end..].to_vec();
        given
    }

    /// Nothing more comes for now: what was held back, with `***` for what looks like the greater part of a secret.
    pub fn flush(&mut self) -> Vec<u8> {
        let held = std::mem::take(&mut self.held);
        if held.is_empty() {
            return held;
        }
        let all = [self.before.as_slice(), &held].concat();
        let base = self.before.len();
        let spans: Vec<_> = self.redactor.spans(&all).into_iter().filter(|span| span.end > base).collect();
        let given = self.redactor.masked_to_tail(&all, &spans, base);
        self.keep(&all);
        given
    }

    /// Whether something is held back.
    pub fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }

    fn keep(&mut self, given: &[u8]) {
        let from = given.len().saturating_sub(self.redactor.reach());
        self.before = given[from..].to_vec();
    }
}
