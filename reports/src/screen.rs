//! Lines, titles and colours of a terminal.

use crate::clean::clean_line;
use crate::terminal::Options;
use crate::verdict_map::Look;
use touchstone_model::text::Text;

/// Text being written for a terminal.
pub(crate) struct Screen<'a> {
    pub(crate) text: String,
    pub(crate) options: &'a Options,
    pub(crate) width: usize,
}

impl<'a> Screen<'a> {
    pub(crate) fn new(options: &'a Options) -> Self {
        Screen { text: String::new(), options, width: usize::from(options.width.max(40)) }
    }

    pub(crate) fn pick<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        self.options.lang.pick(zh, en)
    }

    pub(crate) fn get(&self, text: &Text) -> String {
        clean_line(text.get(self.options.lang))
    }

    pub(crate) fn paint(&self, ansi: &str, text: &str) -> String {
        if self.options.color { format!("\u{1b}[{ansi}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    pub(crate) fn symbol(&self, look: Look) -> String {
        self.paint(look.ansi, look.symbol)
    }

    pub(crate) fn line(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    pub(crate) fn title(&mut self, zh: &str, en: &str) {
        let title = self.paint("1", self.pick(zh, en));
        self.text.push('\n');
        self.line(&title);
    }
}
