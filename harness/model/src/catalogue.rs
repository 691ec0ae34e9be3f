//! The tender's clauses as data.

use crate::text::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// All clauses of a tender, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Catalogue {
    /// Kebab-case.
    pub id: String,
    /// Name of the tender's subject.
    pub title: Text,
    /// Chapters.
    pub areas: Vec<Area>,
    /// Clauses; ids are unique.
    pub clauses: Vec<Clause>,
}

/// A chapter of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Area {
    /// GEN, MW, OS ...
    pub id: String,
    /// Its name.
    pub title: Text,
}

/// One demand of the tender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Clause {
    /// Like `DB-05`.
    pub id: String,
    /// Id of its area.
    pub area: String,
    /// Short name.
    pub title: Text,
    /// What is asked.
    pub text: Text,
    /// Which effect settles it.
    pub decided_by: Text,
    /// Section of the tender.
    pub source: String,
    /// False where the tender merely prefers.
    pub mandatory: bool,
    /// How it is verified.
    pub method: Vec<Method>,
    /// Kind of target.
    pub target: String,
    /// The separate things that must all be shown before the clause is met.
    pub aspects: Vec<Aspect>,
}

/// One of the separate things a clause asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Aspect {
    /// Kebab-case, unique in the clause.
    pub id: String,
    /// Short name.
    pub title: Text,
    /// How it is verified.
    pub method: Method,
}

/// The four classical methods of verification (ISO/IEC/IEEE 29148).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// A check acts on the target and observes the effect.
    Test,
    /// Computed from measurements or records.
    Analysis,
    /// A tool or console is driven as a person would.
    Demonstration,
    /// A document or signed statement is looked at.
    Inspection,
}

impl Method {
    /// Its name in reports.
    pub fn words(self) -> Text {
        match self {
            Method::Test => Text::new("测试", "test"),
            Method::Analysis => Text::new("分析", "analysis"),
            Method::Demonstration => Text::new("演示", "demonstration"),
            Method::Inspection => Text::new("审查", "inspection"),
        }
    }
}

impl Catalogue {
    /// The clause of that id.
    pub fn clause(&self, id: &str) -> Option<&Clause> {
        self.clauses.iter().find(|clause| clause.id == id)
    }
}
