//! Why a command could not do its work.

use crate::exit::Exit;
use crate::screen;
use touchstone_model::text::{Lang, Text};
use touchstone_runner::input::BadInput;

/// A failure with its exit code.
pub enum Failure {
    /// What people wrote has errors.
    Input(BadInput),
    /// Anything else, in words.
    Said(Exit, Text),
}

impl Failure {
    /// The harness could not work.
    pub fn broken(error: impl std::fmt::Display) -> Failure {
        let error = error.to_string();
        Failure::Said(Exit::Broken, Text::new(error.clone(), error))
    }

    /// The command line asks for something that is not there.
    pub fn usage(zh: impl Into<String>, en: impl Into<String>) -> Failure {
        Failure::Said(Exit::BadUsage, Text::new(zh, en))
    }

    /// In words.
    pub fn words(&self, lang: Lang) -> String {
        match self {
            Failure::Input(bad) => bad.render(lang, true, false).trim_end().to_owned(),
            Failure::Said(_, text) => text.get(lang).to_owned(),
        }
    }

    /// Tells it on standard error.
    pub fn tell(&self, lang: Lang) -> Exit {
        match self {
            Failure::Input(bad) => {
                let fancy = std::io::IsTerminal::is_terminal(&std::io::stderr());
                eprintln!("{}", bad.render(lang, true, fancy).trim_end());
                Exit::BadInput
            }
            Failure::Said(exit, text) => {
                eprintln!("{}: {}", lang.pick("错误", "error"), screen::redactor().text(text.get(lang)));
                *exit
            }
        }
    }
}

impl From<BadInput> for Failure {
    fn from(bad: BadInput) -> Self {
        Failure::Input(bad)
    }
}
