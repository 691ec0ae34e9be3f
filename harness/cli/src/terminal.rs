//! The summary at the end of a run, fitted to the terminal.

use std::io::IsTerminal as _;
use touchstone_model::run::Run;
use touchstone_model::text::Lang;
use touchstone_reports::Options;

/// Coloured only on a terminal, and not where NO_COLOR is set.
pub fn summary(run: &Run, lang: Lang) -> String {
    let color = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let width = console_width();
    touchstone_reports::terminal(run, &Options { lang, color, width })
}

fn console_width() -> u16 {
    console::Term::stdout().size_checked().map_or(100, |(_, columns)| columns).max(60)
}
