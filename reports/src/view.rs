//! A run with its parts joined: what every format needs to look up.

use crate::verdict_map::{self, Look};
use std::collections::HashMap;
use touchstone_model::catalogue::{Area, Clause};
use touchstone_model::evidence::Inspection;
use touchstone_model::plan::{PlanItem, Vouched};
use touchstone_model::run::{CheckRun, ClauseResult, Run};
use touchstone_model::text::Text;
use touchstone_model::verdict::{ExpectationReport, Judgement};
use touchstone_model::waiver::{WaiverResult, WaiverState};

/// A check as planned and as it went.
#[derive(Clone, Copy)]
pub(crate) struct Pair<'a> {
    pub(crate) item: &'a PlanItem,
    pub(crate) check: &'a CheckRun,
}

pub(crate) struct View<'a> {
    pub(crate) run: &'a Run,
    /// In the order of the plan.
    pub(crate) pairs: Vec<Pair<'a>>,
    by_clause: HashMap<&'a str, Vec<usize>>,
    by_key: HashMap<&'a str, usize>,
    clauses: HashMap<&'a str, &'a Clause>,
}

impl<'a> View<'a> {
    pub(crate) fn new(run: &'a Run) -> Self {
        let items: HashMap<&str, &PlanItem> = run.plan.items.iter().map(|i| (i.key.as_str(), i)).collect();
        let pairs: Vec<Pair> =
            run.checks.iter().filter_map(|check| Some(Pair { item: items.get(check.item.as_str())?, check })).collect();
        let mut by_clause: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, pair) in pairs.iter().enumerate() {
            for aspect in &pair.item.decides {
                let checks = by_clause.entry(aspect.clause.as_str()).or_default();
                if checks.last() != Some(&at) {
                    checks.push(at);
                }
            }
        }
        let clauses = run.plan.catalogue.clauses.iter().map(|c| (c.id.as_str(), c)).collect();
        let by_key = pairs.iter().enumerate().map(|(at, pair)| (pair.item.key.as_str(), at)).collect();
        View { run, pairs, by_clause, by_key, clauses }
    }

    /// The selected clauses with their results, in the catalogue's order.
    pub(crate) fn selected(&self) -> impl Iterator<Item = (&'a Clause, &'a ClauseResult)> {
        self.run.clauses.iter().filter(|r| r.selected).filter_map(|r| Some((*self.clauses.get(r.clause.as_str())?, r)))
    }

    /// The selected clauses by area, in the catalogue's order; those of no known area last.
    pub(crate) fn by_area(&self) -> Vec<(Text, Vec<(&'a Clause, &'a ClauseResult)>)> {
        let areas = &self.run.plan.catalogue.areas;
        let of = |area: &str| self.selected().filter(|(clause, _)| clause.area == area).collect::<Vec<_>>();
        let named = |area: &Area| Text::new(format!("{} {}", area.id, area.title.zh), format!("{} {}", area.id, area.title.en));
        let mut groups: Vec<_> = areas.iter().map(|area| (named(area), of(&area.id))).collect();
        let unknown = self.selected().filter(|(clause, _)| !areas.iter().any(|area| area.id == clause.area)).collect();
        groups.push((Text::new("其他", "Other"), unknown));
        groups.retain(|(_, clauses)| !clauses.is_empty());
        groups
    }

    /// The check of that key.
    pub(crate) fn pair(&self, key: &str) -> Option<Pair<'a>> {
        self.by_key.get(key).map(|at| self.pairs[*at])
    }

    /// What fills the slot of an aspect.
    pub(crate) fn inspection(&self, clause: &str, aspect: &str) -> Option<&'a Inspection> {
        self.run.plan.inspections.iter().find(|i| i.slot.aspect.clause == clause && i.slot.aspect.aspect == aspect)
    }

    /// How many checks have each verdict that occurs, by the verdict's name.
    pub(crate) fn check_tally(&self) -> Vec<(Look, Text, usize)> {
        let mut tally: Vec<(Look, Text, usize)> = Vec::new();
        for check in &self.run.checks {
            let look = verdict_map::check(&check.verdict).0;
            match tally.iter_mut().find(|(l, _, _)| *l == look) {
                Some((_, _, n)) => *n += 1,
                None => tally.push((look, check.verdict.words(), 1)),
            }
        }
        tally.sort_by_key(|(look, _, _)| look.name);
        tally
    }

    /// The waivers that cover a clause or a part of it.
    pub(crate) fn waivers_of(&self, clause: &str) -> impl Iterator<Item = &'a WaiverResult> {
        self.run.waivers.iter().filter(move |w| w.state == WaiverState::Applied && w.waiver.scope.clause == clause)
    }

    /// The waivers that cover what a check decides, as far as its target goes.
    pub(crate) fn waivers_over(&self, item: &PlanItem) -> impl Iterator<Item = &'a WaiverResult> {
        let (decides, target) = (item.decides.clone(), item.target.clone());
        self.run.waivers.iter().filter(move |w| {
            let scope = &w.waiver.scope;
            w.state == WaiverState::Applied
                && scope.target.as_ref().is_none_or(|t| *t == target)
                && decides
                    .iter()
                    .any(|a| a.clause == scope.clause && scope.aspect.as_ref().is_none_or(|aspect| *aspect == a.aspect))
        })
    }

    /// Components that ran although nobody vouched for them, and why they would have been refused.
    pub(crate) fn unvouched(&self) -> impl Iterator<Item = (&'a str, &'a Text)> {
        self.run.plan.plugins.iter().filter_map(|plugin| match &plugin.vouched {
            Vouched::Nobody { why } => Some((plugin.name.as_str(), why)),
            Vouched::Signed { .. } => None,
        })
    }

    /// The clause of that id.
    pub(crate) fn clause(&self, id: &str) -> Option<&'a Clause> {
        self.clauses.get(id).copied()
    }

    /// The checks that decide on a clause, in the order of the plan.
    pub(crate) fn of_clause(&self, id: &str) -> impl Iterator<Item = Pair<'a>> {
        self.by_clause.get(id).into_iter().flatten().map(|at| self.pairs[*at])
    }
}

impl<'a> Pair<'a> {
    /// The expectations that were contradicted.
    pub(crate) fn contradictions(&self) -> impl Iterator<Item = &'a ExpectationReport> {
        self.check.reports.iter().filter(|r| r.judgement == Judgement::Unmet)
    }

    /// An expectation's title in both languages, or its id where it was never declared.
    pub(crate) fn expectation(&self, id: &str) -> Text {
        let declared = self.item.check.expectations.iter().find(|e| e.id == id);
        declared.map_or_else(|| Text::new(id, id), |e| e.title.clone())
    }
}
