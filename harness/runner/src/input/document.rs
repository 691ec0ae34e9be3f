//! One TOML document, walked to its end whatever is wrong with it.

use super::mask;
use super::problem::{Code, Problem};
use super::source::{ReadError, Source};
use super::syntax;
use super::table::Table;
use std::cell::RefCell;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;
use toml::de::DeTable;
use touchstone_model::text::Text;

/// A mistake before its document's shown text is known.
pub(super) struct Draft {
    pub code: Code,
    pub message: Text,
    pub label: Text,
    pub help: Text,
    pub span: Range<usize>,
    pub also: Option<(Range<usize>, Text)>,
}

/// Where a walk leaves the mistakes it meets and the places to hide.
pub(super) struct Sink {
    drafts: RefCell<Vec<Draft>>,
    keys: RefCell<Vec<Range<usize>>>,
    revealed: RefCell<Vec<Range<usize>>>,
    hidden: RefCell<Vec<Range<usize>>>,
    /// The document may hold secrets: only what is revealed is shown.
    pub secrets: bool,
    /// The document has syntax errors: what is missing may only have been lost.
    pub broken: bool,
}

impl Sink {
    /// A mistake at `span`.
    pub fn report(&self, code: Code, span: Range<usize>, message: Text, help: Text) {
        self.draft(Draft { code, message, label: Text::default(), help, span, also: None });
    }

    /// How many mistakes there are by now.
    pub fn count(&self) -> usize {
        self.drafts.borrow().len()
    }

    pub fn draft(&self, draft: Draft) {
        self.drafts.borrow_mut().push(draft);
    }

    /// `span` is a key of the format.
    pub fn reveal_key(&self, span: Range<usize>) {
        if self.secrets {
            self.keys.borrow_mut().push(span);
        }
    }

    /// `span` is no secret, provided that its line was understood.
    pub fn reveal(&self, span: Range<usize>) {
        if self.secrets {
            self.revealed.borrow_mut().push(span);
        }
    }

    /// `span` must never be shown, whoever reveals it.
    pub fn hide(&self, span: Range<usize>) {
        self.hidden.borrow_mut().push(span);
    }
}

/// What came of a document.
pub(super) struct Walked<T> {
    pub value: Option<T>,
    pub problems: Vec<Problem>,
    pub source: Arc<Source>,
}

/// Parses `text` and lets `read` walk it. `value` is whatever `read` made; it counts only without problems.
pub(super) fn walk<T>(name: &str, text: &str, secrets: bool, read: impl FnOnce(&Table<'_>) -> Option<T>) -> Walked<T> {
    let (root, errors) = DeTable::parse_recoverable(text);
    let sink = Sink {
        drafts: RefCell::default(),
        keys: RefCell::default(),
        revealed: RefCell::default(),
        hidden: RefCell::default(),
        secrets,
        broken: !errors.is_empty(),
    };
    let top = Table::new(&sink, root.get_ref(), 0..0, Text::new("文件顶层", "the top level"));
    let value = read(&top);

    let plain = Source::new(name, text);
    let syntax_errors = syntax::drafts(&errors, &plain);
    let broken_lines: HashSet<usize> = syntax_errors.iter().map(|draft| plain.position(draft.span.start).0).collect();
    let in_broken_line = |span: &Range<usize>| broken_lines.contains(&plain.position(span.start).0);
    let shown = if secrets {
        let mut revealed = sink.revealed.into_inner();
        revealed.retain(|span| !in_broken_line(span));
        revealed.extend(sink.keys.into_inner());
        mask::conceal(text, &revealed, &sink.hidden.into_inner())
    } else {
        text.to_owned()
    };
    let mut drafts = sink.drafts.into_inner();
    if sink.broken {
        // What stands in a line that was not understood, or is missing from a file that was not, is no second mistake.
        drafts.retain(|draft| draft.code != Code::MissingKey && !in_broken_line(&draft.span));
    }
    drafts.extend(syntax_errors);
    drafts.sort_by_key(|draft| draft.span.start);
    // What several targets share may be read several times.
    drafts.dedup_by(|one, other| one.span == other.span && one.code == other.code && one.message == other.message);
    if secrets {
        let silence = |words: &mut Text| *words = mask::silenced(text, words);
        for draft in &mut drafts {
            silence(&mut draft.message);
            silence(&mut draft.help);
            silence(&mut draft.label);
            draft.also.iter_mut().for_each(|(_, words)| silence(words));
        }
    }

    let source = Arc::new(Source::new(name, mask::printable(&shown)));
    let problems = drafts.into_iter().map(|draft| finish(draft, &source)).collect();
    Walked { value, problems, source }
}

/// Lets `read` walk a document that is no TOML and holds no secrets.
pub(super) fn collect<T>(name: &str, text: &str, read: impl FnOnce(&Sink) -> Option<T>) -> Walked<T> {
    let sink = Sink {
        drafts: RefCell::default(),
        keys: RefCell::default(),
        revealed: RefCell::default(),
        hidden: RefCell::default(),
        secrets: false,
        broken: false,
    };
    let value = read(&sink);
    let source = Arc::new(Source::new(name, mask::printable(text)));
    let mut drafts = sink.drafts.into_inner();
    drafts.sort_by_key(|draft| draft.span.start);
    // What several targets share may be read several times.
    drafts.dedup_by(|one, other| one.span == other.span && one.code == other.code && one.message == other.message);
    let problems = drafts.into_iter().map(|draft| finish(draft, &source)).collect();
    Walked { value, problems, source }
}

/// A file that could not even be read, as a problem of that file.
pub(super) fn unreadable(name: &str, error: &ReadError, secrets: bool) -> Problem {
    let end = error.prefix.len();
    let shown = if secrets { mask::conceal(&error.prefix, &[], &[]) } else { error.prefix.clone() };
    let source = Arc::new(Source::new(name, mask::printable(&shown)));
    Problem::new(error.code, source, end..end, error.message.clone(), error.help.clone())
}

fn finish(draft: Draft, source: &Arc<Source>) -> Problem {
    let mut problem = Problem::new(draft.code, source.clone(), draft.span, draft.message, draft.help);
    problem.label = draft.label;
    problem.also = draft.also.map(|(span, words)| (source.on_one_line(span), words));
    problem
}
