//! What was not assessed and why; what was left behind.

use super::words::{say, text};
use super::{Page, anchor, fragment};
use crate::clean::clean;
use crate::units;
use maud::{Markup, html};
use std::collections::HashMap;
use touchstone_model::catalogue::Clause;
use touchstone_model::plan::LeftOut;
use touchstone_model::run::AspectResult;
use touchstone_model::text::Text;
use touchstone_model::verdict::ClauseVerdict;

struct Group<'a> {
    reason: &'a Text,
    /// A clause with those of its aspects that are open for this reason.
    clauses: Vec<(&'a Clause, Vec<&'a AspectResult>)>,
}

impl<'a> Page<'a> {
    pub(super) fn open(&self) -> Markup {
        let run = self.view.run;
        let groups = self.groups();
        let outside: Vec<_> = run.clauses.iter().filter(|c| !c.selected).collect();
        html! {
            section #open {
                h2 { (say("未测内容及原因", "Not assessed, and why")) }
                @if groups.is_empty() && run.plan.left_out.is_empty() && outside.is_empty() {
                    p { (say("所选条款的各个方面均已测。", "Every aspect of the selected clauses was assessed.")) }
                }
                @for group in &groups {
                    details.group open {
                        summary {
                            span.why { (text(group.reason)) } " "
                            span.n { (say(
                                &format!("{} 条条款，{} 个方面", group.clauses.len(), group.aspects()),
                                &format!("clauses {}, aspects {}", group.clauses.len(), group.aspects()),
                            )) }
                        }
                        ul.openlist { @for (clause, aspects) in &group.clauses { li {
                            a.id href=(fragment(&clause.id)) { (clean(&clause.id)) } " " (text(&clause.title))
                            @if aspects.len() < clause.aspects.len() {
                                span.dim { ": " @for (n, result) in aspects.iter().enumerate() {
                                    @if n > 0 { ", " }
                                    @match clause.aspects.iter().find(|a| a.id == result.aspect) {
                                        Some(a) => (text(&a.title)),
                                        None => (clean(&result.aspect)),
                                    }
                                } }
                            }
                        } } }
                    }
                }
                @if !run.plan.left_out.is_empty() {
                    h3 { (say("未执行的检查", "Checks left out")) " " span.n { (run.plan.left_out.len()) } }
                    div.scroll { table {
                        thead { tr {
                            th { (say("检查", "Check")) } th { (say("目标", "Target")) } th { (say("涉及", "Would decide")) }
                            th { (say("原因", "Reason")) }
                        } }
                        tbody { @for left in &run.plan.left_out { (self.left_out(left)) } }
                    } }
                }
                @if !outside.is_empty() {
                    h3 { (say("本次未选取的条款", "Clauses outside this run's selection")) " " span.n { (outside.len()) } }
                    p.ids { @for clause in &outside { code { (clean(&clause.clause)) } " " } }
                }
            }
        }
    }

    fn left_out(&self, left: &LeftOut) -> Markup {
        html! { tr {
            td { code { (clean(&left.check)) } @if let Some(title) = &left.title { div.dim { (text(title)) } } }
            td { @match &left.target { Some(target) => (clean(target)), None => "–" } }
            td { @for aspect in &left.decides {
                @if self.view.clause(&aspect.clause).is_some() {
                    a.ref href=(fragment(&aspect.clause)) { (clean(&aspect.clause)) } "/" (clean(&aspect.aspect)) " "
                } @else { (clean(&aspect.to_string())) " " }
            } }
            td { (text(&left.reason.words())) }
        } }
    }

    fn groups(&self) -> Vec<Group<'a>> {
        let mut groups: Vec<Group<'a>> = Vec::new();
        let mut at: HashMap<&'a str, usize> = HashMap::new();
        for (clause, result) in self.view.selected() {
            for aspect in result.aspects.iter().filter(|a| a.verdict == ClauseVerdict::NotAssessed) {
                for reason in &aspect.reasons {
                    let n = *at.entry(reason.en.as_str()).or_insert_with(|| {
                        groups.push(Group { reason, clauses: Vec::new() });
                        groups.len() - 1
                    });
                    match groups[n].clauses.last_mut() {
                        Some((last, aspects)) if last.id == clause.id => aspects.push(aspect),
                        _ => groups[n].clauses.push((clause, vec![aspect])),
                    }
                }
            }
        }
        groups.sort_by_key(|g| std::cmp::Reverse(g.clauses.len()));
        groups
    }

    pub(super) fn left_behind(&self) -> Markup {
        let left: Vec<_> = self.view.pairs.iter().flat_map(|p| p.check.left_behind.iter().map(move |l| (p, l))).collect();
        html! {
            @if !left.is_empty() {
                section #left-behind {
                    h2.warn { (say("遗留在目标上的内容", "Left behind on targets")) " " span.n { (left.len()) } }
                    p { (say("以下内容未能自动清除，需要人工处理。", "These could not be undone by the run and need a person's hand.")) }
                    div.scroll { table {
                        thead { tr {
                            th { (say("检查", "Check")) } th { (say("应执行", "To be done")) } th { (say("未完成原因", "Why it was not")) }
                        } }
                        tbody { @for (pair, left) in &left { tr {
                            td { a.ref href=(fragment(&anchor(&pair.item.key))) { (clean(&pair.item.key)) } }
                            td { code.act { (clean(&units::undo(&left.cleanup.act))) } }
                            td { (clean(&left.failure)) }
                        } } }
                    } }
                }
            }
        }
    }

    /// Checks that decide on no selected clause.
    pub(super) fn stray(&self) -> Markup {
        let stray: Vec<_> = self.view.pairs.iter().filter(|p| !self.home.contains_key(p.item.key.as_str())).collect();
        html! {
            @if !stray.is_empty() {
                section #other-checks {
                    h2 { (say("不属于所选条款的检查", "Checks of no selected clause")) " " span.n { (stray.len()) } }
                    @for pair in stray { (self.check(*pair)) }
                }
            }
        }
    }
}

impl Group<'_> {
    fn aspects(&self) -> usize {
        self.clauses.iter().map(|(_, aspects)| aspects.len()).sum()
    }
}
