//! Aspects that are decided by computation: from ledgers, from the rounds of an acceptance, from a bill of materials,
//! from signed runs on other combinations.
//!
//! What is not known decides nothing: an analysis without its sources is *not assessed*, never conforming.

use crate::suite::AspectRef;
use crate::text::Text;
use crate::verdict::ClauseVerdict;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was computed for an aspect, and what follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Analysis {
    /// The aspect it decides.
    pub aspect: AspectRef,
    /// What follows.
    pub verdict: ClauseVerdict,
    /// The figures that it rests on, and why it is not decided where it is not.
    pub reasons: Vec<Text>,
    /// What it was computed from.
    pub basis: Basis,
}

/// What an analysis was computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The ledgers of operation.
    Ledgers,
    /// The rounds of the acceptance.
    Rounds,
    /// The approved bill of materials.
    Materials,
    /// Signed runs on other combinations.
    Matrix,
}

impl Basis {
    /// For people.
    pub fn words(self) -> Text {
        match self {
            Basis::Ledgers => Text::new("台账", "ledgers"),
            Basis::Rounds => Text::new("验收轮次", "rounds of acceptance"),
            Basis::Materials => Text::new("经批准的物料清单", "approved bill of materials"),
            Basis::Matrix => Text::new("在其他组合上签名的运行", "signed runs on other combinations"),
        }
    }
}
