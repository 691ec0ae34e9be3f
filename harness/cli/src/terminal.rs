//! The summary at the end of a run, fitted to the terminal.

use std::io::IsTerminal as _;
use touchstone_model::run::Run;
use touchstone_model::text::Lang;
use touchstone_reports::Options;

/// The summary of a run.
pub fn summary(run: &Run, lang: Lang) -> String {
    touchstone_reports::terminal(run, &options(lang))
}

/// Coloured only on a terminal, and not where NO_COLOR is set.
pub fn options(lang: Lang) -> Options {
    let color = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    Options { lang, color, width: console_width() }
}

fn console_width() -> u16 {
    console::Term::stdout().size_checked().map_or(100, |(_, columns)| columns).max(60)
}
