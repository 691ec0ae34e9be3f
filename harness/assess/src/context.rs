//! What every rule looks at.

use crate::calendar::WorkingDays;
use crate::fault::{self, GradedIncident};
use crate::ledger::{Incident, Kind, Ledgers};
use crate::rules::Rules;
use crate::time;
use crate::words::both;
use jiff::Timestamp;
use jiff::civil::Date;
use touchstone_model::text::Text;

/// Rules, ledgers, calendar and the moment from which they are looked at.
pub struct Context<'a> {
    /// Rules of the tender.
    pub rules: &'a Rules,
    /// What happened.
    pub ledgers: &'a Ledgers,
    /// Working days.
    pub days: &'a WorkingDays,
    /// Moment of the assessment: what has not happened by then has not happened.
    pub as_of: Timestamp,
    graded: Vec<GradedIncident>,
}

impl<'a> Context<'a> {
    /// Grades every incident.
    pub fn new(rules: &'a Rules, ledgers: &'a Ledgers, days: &'a WorkingDays, as_of: Timestamp) -> Self {
        let graded = ledgers.incidents.iter().map(|incident| fault::grade(rules, ledgers, incident, as_of)).collect();
        Context { rules, ledgers, days, as_of, graded }
    }

    /// Every incident with its grade.
    pub fn incidents(&self) -> impl Iterator<Item = (&Incident, &GradedIncident)> {
        self.ledgers.incidents.iter().zip(&self.graded)
    }

    /// Whether that day has ended.
    pub fn is_over(&self, last: Date) -> bool {
        time::end_of(last) <= self.as_of
    }

    /// What of `kinds` is not known for the days from `first` to `last`: sentences, none where all is known.
    pub fn missing(&self, kinds: &[Kind], first: Date, last: Date) -> Vec<Text> {
        let from = self.ledgers.service_from.map_or(first, |day| day.max(first));
        let until = self.ledgers.service_until.map_or(last, |day| day.min(last));
        let mut missing: Vec<Text> = kinds.iter().filter_map(|kind| self.gap(*kind, from, until)).collect();
        if !self.is_over(until) {
            missing.push(crate::month::not_over());
        }
        missing
    }

    fn gap(&self, kind: Kind, from: Date, until: Date) -> Option<Text> {
        let Text { zh, en } = kind.words();
        match self.ledgers.coverage.get(&kind) {
            None => Some(both!("缺少{zh}", "there is no {en}")),
            Some(known) if from < known.from || known.until < until => {
                let (a, b) = (known.from, known.until);
                Some(both!("{zh}只覆盖{a}至{b}", "the {en} covers {a} to {b} only"))
            }
            Some(_) => None,
        }
    }
}
