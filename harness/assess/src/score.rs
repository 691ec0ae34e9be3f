//! One indicator: what was deducted, what is still open, and what follows.

use crate::exact::Exact;
use crate::ledger::Place;
use crate::rules::IndicatorRule;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use touchstone_model::text::Text;

/// Score of an indicator, with everything it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IndicatorScore {
    /// A1 ...
    pub id: String,
    /// Its name.
    pub title: Text,
    /// The rule in words.
    pub rule: Text,
    /// Full marks.
    pub weight: Exact,
    /// What was counted or measured.
    pub measured: Text,
    /// What was lost and why; their sum may exceed the weight, the score never goes below zero.
    pub deductions: Vec<Deduction>,
    /// What keeps it from being decided; empty: decided.
    pub open: Vec<Open>,
    /// The score; absent: not assessed.
    pub score: Option<Exact>,
    /// Not more than this, whatever the open points turn out to be.
    pub at_most: Exact,
    /// Not less than this.
    pub at_least: Exact,
}

/// Points lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Deduction {
    /// Points.
    pub points: Exact,
    /// Why.
    pub why: Text,
    /// Ledger rows it rests on.
    pub rows: Vec<Place>,
}

/// Something not known that could cost points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Open {
    /// What is not known.
    pub why: Text,
    /// Ledger rows in question.
    pub rows: Vec<Place>,
}

/// Scores added up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Total {
    /// The sum; absent while a part is not assessed.
    pub score: Option<Exact>,
    /// Not more than this.
    pub at_most: Exact,
    /// Not less than this.
    pub at_least: Exact,
}

impl Total {
    /// Sum of indicators.
    pub fn of(scores: &[IndicatorScore]) -> Total {
        Total {
            score: scores.iter().map(|score| score.score).sum_option(),
            at_most: scores.iter().map(|score| score.at_most).sum(),
            at_least: scores.iter().map(|score| score.at_least).sum(),
        }
    }

    /// Weighted sum of parts that are each a total.
    pub fn weighted(parts: &[(&Total, Exact)]) -> Total {
        Total {
            score: parts.iter().map(|(part, weight)| part.score.map(|score| score * *weight)).sum_option(),
            at_most: parts.iter().map(|(part, weight)| part.at_most * *weight).sum(),
            at_least: parts.iter().map(|(part, weight)| part.at_least * *weight).sum(),
        }
    }

    /// Mean of totals; nothing without any.
    pub fn mean(totals: &[Total]) -> Option<Total> {
        let share = Exact::ratio(1, totals.len() as i128)?;
        Some(Total::weighted(&totals.iter().map(|total| (total, share)).collect::<Vec<_>>()))
    }
}

trait SumOption {
    fn sum_option(self) -> Option<Exact>;
}

impl<I: Iterator<Item = Option<Exact>>> SumOption for I {
    fn sum_option(self) -> Option<Exact> {
        self.collect::<Option<Vec<Exact>>>().map(|all| all.into_iter().sum())
    }
}

/// An indicator being scored. Whatever is open can only cost points, never give any.
pub(crate) struct Scoring<'r> {
    pub rule: &'r IndicatorRule,
    measured: Text,
    deductions: Vec<Deduction>,
    open: Vec<Open>,
}

impl<'r> Scoring<'r> {
    pub fn new(rule: &'r IndicatorRule) -> Self {
        Scoring { rule, measured: Text::default(), deductions: Vec::new(), open: Vec::new() }
    }

    pub fn measured(&mut self, zh: impl Into<String>, en: impl Into<String>) {
        self.measured = Text::new(zh, en);
    }

    pub fn deduct(&mut self, points: Exact, why: Text, rows: Vec<Place>) {
        if points > Exact::ZERO {
            self.deductions.push(Deduction { points, why, rows });
        }
    }

    /// Deducts what the rule says for one event.
    pub fn event(&mut self, why: Text, row: &Place) {
        self.deduct(self.rule.deduct.event(1), why, vec![row.clone()]);
    }

    pub fn open(&mut self, why: Text, rows: Vec<Place>) {
        self.open.push(Open { why, rows });
    }

    pub fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    pub fn finish(self) -> IndicatorScore {
        let lost: Exact = self.deductions.iter().map(|deduction| deduction.points).sum();
        let at_most = (self.rule.weight - lost).max(Exact::ZERO);
        // With nothing left to lose, what is open changes nothing.
        let decided = self.open.is_empty() || at_most == Exact::ZERO;
        IndicatorScore {
            id: self.rule.id.clone(),
            title: self.rule.title.clone(),
            rule: self.rule.rule.clone(),
            weight: self.rule.weight,
            measured: self.measured,
            deductions: self.deductions,
            open: self.open,
            score: decided.then_some(at_most),
            at_most,
            at_least: if decided { at_most } else { Exact::ZERO },
        }
    }
}
