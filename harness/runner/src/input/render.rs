//! Problems for a person: with the line and a caret, or one plain line each.

use super::problem::{BadInput, Problem};
use super::source::Source;
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan,
    SpanContents,
};
use std::collections::BTreeSet;
use std::fmt::Display;
use touchstone_model::text::Lang;

/// More than this many are counted, not shown.
const SHOWN: usize = 100;
/// Lines above this many bytes are not repeated.
const LONGEST_LINE: usize = 1000;

impl BadInput {
    /// Text for a terminal, ending with a line feed: every problem and a closing count.
    ///
    /// `fancy` shows the source line with a caret, otherwise it is `file:line:col: message -- remedy`; `color` applies to
    /// `fancy` only.
    pub fn render(&self, lang: Lang, fancy: bool, color: bool) -> String {
        let spoken = self.clone().speak(lang);
        let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_links(false)
            .with_context_lines(0)
            .with_wrap_lines(false)
            .without_syntax_highlighting();
        let mut out = String::new();
        for problem in spoken.problems.iter().take(SHOWN) {
            // `render_report` fails only if writing to a String does.
            if !(fancy && shows_line(problem) && handler.render_report(&mut out, &Caret(problem)).is_ok()) {
                out.push_str(&format!("{problem}\n"));
                continue;
            }
            let word = lang.pick("办法：", "help: ");
            out.push_str(&format!("  {word}{}\n\n", problem.help.get(lang)));
        }
        out.push_str(&count(&spoken, lang));
        out
    }
}

fn count(bad: &BadInput, lang: Lang) -> String {
    let total = bad.problems.len();
    let files = bad.problems.iter().map(|problem| problem.source.name()).collect::<BTreeSet<_>>().len();
    let hidden = total.saturating_sub(SHOWN);
    let (are, in_files) = (if total == 1 { "problem" } else { "problems" }, if files == 1 { "file" } else { "files" });
    match (lang, hidden) {
        (Lang::Zh, 0) => format!("{files}个文件中共{total}处问题\n"),
        (Lang::Zh, _) => format!("{files}个文件中共{total}处问题，其中{hidden}处未列出\n"),
        (Lang::En, 0) => format!("{total} {are} in {files} {in_files}\n"),
        (Lang::En, _) => format!("{total} {are} in {files} {in_files}, {hidden} of them not shown\n"),
    }
}

/// A file that could not be read has no line to show, and a huge line helps nobody.
fn shows_line(problem: &Problem) -> bool {
    !problem.source.text().is_empty() && problem.source.lines_around(problem.span.start, problem.span.end).1.len() <= LONGEST_LINE
}

impl Diagnostic for Problem {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new(self.code.name()))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new(self.help.get(self.lang)))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        shows_line(self).then_some(self.source.as_ref() as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let words = |text: &touchstone_model::text::Text| Some(text.get(self.lang).to_owned()).filter(|words| !words.is_empty());
        let here = LabeledSpan::new_primary_with_span(words(&self.label), self.span.clone());
        let also = self.also.as_ref().map(|(span, text)| LabeledSpan::new_with_span(words(text), span.clone()));
        Some(Box::new(std::iter::once(here).chain(also)))
    }
}

impl Diagnostic for BadInput {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.problems.iter().map(|problem| problem as &dyn Diagnostic)))
    }
}

/// A problem whose headline is its message alone and whose remedy is printed by us, in the reader's language.
#[derive(Debug)]
struct Caret<'a>(&'a Problem);

impl Display for Caret<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.message.get(self.0.lang))
    }
}

impl std::error::Error for Caret<'_> {}

impl Diagnostic for Caret<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        self.0.code()
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.0.source_code()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.0.labels()
    }
}

/// Whole lines without context: a neighbouring line is no part of the mistake.
impl SourceCode for Source {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        _before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (start, end) = (span.offset(), span.offset().saturating_add(span.len()));
        if end > self.text().len() {
            return Err(MietteError::OutOfBounds);
        }
        let (line, range) = self.lines_around(start, end);
        let (_, column) = self.position(start);
        let data = self.text().as_bytes().get(range.clone()).unwrap_or_default();
        // At the end of a file that ends with a line feed there is no line left; a blank one carries the caret.
        let (data, shown) = if data.is_empty() { (&b" "[..], range.start..range.start + 1) } else { (data, range) };
        let lines = data.iter().filter(|byte| **byte == b'\n').count().max(1);
        let name = self.name().to_owned();
        Ok(Box::new(MietteSpanContents::new_named(name, data, shown.into(), line, column - 1, lines)))
    }
}
