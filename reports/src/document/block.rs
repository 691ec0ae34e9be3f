//! What chapters are made of. No format: HTML and PDF each say how a block looks.

use crate::verdict_map::Look;
use touchstone_model::text::Text;

/// A piece of a line.
#[derive(Clone, Debug)]
pub(crate) enum Inline {
    Text(Text),
    /// A name or figure, the same in both languages.
    Plain(String),
    Strong(Text),
    /// Of lesser weight.
    Dim(Text),
    Warn(Text),
    Code(String),
    /// SHA-256, whole.
    Hash(String),
    /// A verdict: symbol and words.
    Badge(Look, Text),
    /// To an anchor or a filter of the same document, with `#`.
    Link(String, Text),
    /// What links lead to; nothing to be seen.
    Anchor(String),
    Break,
    /// To be filled in by hand.
    Blank,
}

/// Content of a cell, a paragraph or a list item.
pub(crate) type Cell = Vec<Inline>;

/// How wide a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    /// As its content.
    Auto,
    /// A share of what is left.
    Share(u8),
    /// As its content, figures.
    Figures,
}

#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) columns: Vec<(Text, Width)>,
    pub(crate) rows: Vec<Vec<Cell>>,
}

#[derive(Debug)]
pub(crate) enum Block {
    Heading(Text),
    Paragraph(Cell),
    /// The conclusion in large.
    Verdict(Look, Text),
    /// Names and what they stand for.
    Facts(Vec<(Text, Cell)>),
    Table(Table),
    List(Vec<Cell>),
    /// Details that most readers skip: folded on a screen, small in print. With its anchor, and how many there are.
    Fold {
        id: Option<String>,
        title: Text,
        count: usize,
        blocks: Vec<Block>,
    },
    /// Verdicts with how many there are, and the filter that shows them.
    Tallies(Vec<(Look, Text, usize, String)>),
    /// A drawing as SVG, with what it shows.
    Drawing(Text, String),
    /// Fields for a person's name, signature and date.
    Signatures(Vec<Text>),
}

pub(crate) fn column(zh: &str, en: &str, width: Width) -> (Text, Width) {
    (Text::new(zh, en), width)
}

impl Inline {
    pub(crate) fn say(zh: impl Into<String>, en: impl Into<String>) -> Inline {
        Inline::Text(Text::new(zh, en))
    }

    pub(crate) fn dim(zh: impl Into<String>, en: impl Into<String>) -> Inline {
        Inline::Dim(Text::new(zh, en))
    }

    pub(crate) fn warn(zh: impl Into<String>, en: impl Into<String>) -> Inline {
        Inline::Warn(Text::new(zh, en))
    }

    /// A link whose words are the same in both languages.
    pub(crate) fn link(to: impl Into<String>, words: impl Into<String>) -> Inline {
        let words = words.into();
        Inline::Link(to.into(), Text::new(words.clone(), words))
    }

    /// What is there, else a blank for people.
    pub(crate) fn or_blank(value: Option<&String>) -> Inline {
        value.map_or(Inline::Blank, |value| Inline::Plain(value.clone()))
    }
}

impl Block {
    pub(crate) fn say(zh: impl Into<String>, en: impl Into<String>) -> Block {
        Block::Paragraph(vec![Inline::say(zh, en)])
    }

    pub(crate) fn heading(zh: impl Into<String>, en: impl Into<String>) -> Block {
        Block::Heading(Text::new(zh, en))
    }

    pub(crate) fn fold(title: Text, count: usize, blocks: Vec<Block>) -> Block {
        Block::Fold { id: None, title, count, blocks }
    }

    pub(crate) fn table(columns: impl Into<Vec<(Text, Width)>>, rows: Vec<Vec<Cell>>) -> Block {
        Block::Table(Table { columns: columns.into(), rows })
    }
}
