//! One mistake in a document, and all of them together.

use super::source::Source;
use std::ops::Range;
use std::sync::Arc;
use touchstone_model::text::{Lang, Text};

/// Kinds of mistakes; the names are stable and may be matched by tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each says what its name says")]
pub enum Code {
    Syntax,
    NotFound,
    Unreadable,
    NotAFile,
    TooLarge,
    NotUtf8,
    MissingKey,
    UnknownKey,
    WrongType,
    BadValue,
    BadId,
    BadDuration,
    BadMoment,
    BadKey,
    BadUrl,
    BadAddress,
    BadPort,
    Duplicate,
    Conflict,
    PlainSecret,
    /// A word out of a fixed list.
    UnknownWord,
    UnknownClause,
    UnknownAspect,
    UnknownArea,
    UnknownPlugin,
    UnknownAdapter,
    UnknownCheck,
    UnknownParam,
    UnknownTarget,
    UnknownGroup,
    UnknownVariable,
    UnknownSystem,
    UnknownService,
    UnknownSlot,
    BadTime,
    NoZone,
    BadNumber,
    BadOrder,
    BadRow,
    UnknownCase,
    UnknownExpectation,
}

impl Code {
    /// Its kebab-case name.
    pub fn name(self) -> &'static str {
        match self {
            Code::Syntax => "syntax",
            Code::NotFound => "not-found",
            Code::Unreadable => "unreadable",
            Code::NotAFile => "not-a-file",
            Code::TooLarge => "too-large",
            Code::NotUtf8 => "not-utf8",
            Code::MissingKey => "missing-key",
            Code::UnknownKey => "unknown-key",
            Code::WrongType => "wrong-type",
            Code::BadValue => "bad-value",
            Code::BadId => "bad-id",
            Code::BadDuration => "bad-duration",
            Code::BadMoment => "bad-moment",
            Code::BadKey => "bad-key",
            Code::BadUrl => "bad-url",
            Code::BadAddress => "bad-address",
            Code::BadPort => "bad-port",
            Code::Duplicate => "duplicate",
            Code::Conflict => "conflict",
            Code::PlainSecret => "plain-secret",
            Code::UnknownWord => "unknown-word",
            Code::UnknownClause => "unknown-clause",
            Code::UnknownAspect => "unknown-aspect",
            Code::UnknownArea => "unknown-area",
            Code::UnknownPlugin => "unknown-plugin",
            Code::UnknownAdapter => "unknown-adapter",
            Code::UnknownCheck => "unknown-check",
            Code::UnknownParam => "unknown-param",
            Code::UnknownTarget => "unknown-target",
            Code::UnknownGroup => "unknown-group",
            Code::UnknownVariable => "unknown-variable",
            Code::UnknownSystem => "unknown-system",
            Code::UnknownService => "unknown-service",
            Code::UnknownSlot => "unknown-slot",
            Code::BadTime => "bad-time",
            Code::NoZone => "no-zone",
            Code::BadNumber => "bad-number",
            Code::BadOrder => "bad-order",
            Code::BadRow => "bad-row",
            Code::UnknownCase => "unknown-case",
            Code::UnknownExpectation => "unknown-expectation",
        }
    }
}

/// One mistake: what, where, and what to do about it.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Kind of mistake.
    pub code: Code,
    /// What is wrong, one line.
    pub message: Text,
    /// Words beside the caret; may be empty.
    pub label: Text,
    /// The remedy, one line.
    pub help: Text,
    /// The document.
    pub source: Arc<Source>,
    /// Bytes of the document, within one line.
    pub span: Range<usize>,
    /// A second place in the same document that belongs to it (the first of two equal ids).
    pub also: Option<(Range<usize>, Text)>,
    /// Language of its `Display` and `miette::Diagnostic`.
    pub lang: Lang,
}

impl Problem {
    /// At a place in a document; the language is English until [`BadInput::speak`].
    pub fn new(code: Code, source: Arc<Source>, span: Range<usize>, message: Text, help: Text) -> Self {
        let span = source.on_one_line(span);
        Self { code, message, label: Text::default(), help, source, span, also: None, lang: Lang::default() }
    }

    /// Line and column, from 1; columns count characters.
    pub fn position(&self) -> (usize, usize) {
        self.source.position(self.span.start)
    }
}

/// `file:line:col: message -- remedy`.
impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (line, column) = self.position();
        let (message, help) = (self.message.get(self.lang), self.help.get(self.lang));
        write!(f, "{}:{line}:{column}: {message} -- {help}", self.source.name())
    }
}

impl std::error::Error for Problem {}

/// Everything that is wrong with the documents of one run; never empty.
#[derive(Clone, Debug)]
pub struct BadInput {
    /// By document, then by place.
    pub problems: Vec<Problem>,
}

impl BadInput {
    /// `value` if nothing is wrong.
    pub(super) fn unless_empty(problems: Vec<Problem>) -> Result<(), BadInput> {
        if problems.is_empty() { Ok(()) } else { Err(BadInput { problems }) }
    }

    /// Adds the mistakes of another document.
    pub fn and(mut self, other: BadInput) -> Self {
        self.problems.extend(other.problems);
        self
    }

    /// The same in `lang`, for `Display` and `miette::Diagnostic`.
    pub fn speak(mut self, lang: Lang) -> Self {
        self.problems.iter_mut().for_each(|problem| problem.lang = lang);
        self
    }
}

impl From<Problem> for BadInput {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem] }
    }
}

/// One line a problem.
impl std::fmt::Display for BadInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for BadInput {}
