//! Sentences that several indicators share.

use crate::ledger::{Finding, Party};
use touchstone_model::text::Text;

/// A [`Text`] of two format strings over the same variables.
macro_rules! both {
    ($zh:literal, $en:literal) => {
        touchstone_model::text::Text::new(format!($zh), format!($en))
    };
}
pub(crate) use both;

/// Two sentences joined.
pub(crate) fn join(a: &Text, zh: &str, en: &str, b: &Text) -> Text {
    Text::new(format!("{}{zh}{}", a.zh, b.zh), format!("{}{en}{}", a.en, b.en))
}

/// Whether something counts: found so, and nobody else is to blame; nothing while either is undecided.
pub(crate) fn counts(found: Finding, responsible: Party) -> Option<bool> {
    match (found, responsible) {
        (Finding::No, _) | (_, Party::Other) => Some(false),
        (Finding::Yes, Party::Operator) => Some(true),
        _ => None,
    }
}

/// The sentence for what is undecided.
pub(crate) fn undecided() -> Text {
    Text::new("第三方尚未认定是否成立或由谁负责", "the third party has not yet found whether it is so, or who is responsible")
}
