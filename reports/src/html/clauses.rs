//! The clause matrix: a row per clause that opens into all that is known of it.

use super::words::{badge, mark, say, sha, text};
use super::{Page, anchor, fragment};
use crate::clean::clean;
use crate::verdict_map;
use crate::view::Pair;
use maud::{Markup, html};
use touchstone_model::catalogue::{Area, Clause};
use touchstone_model::evidence::Inspection;
use touchstone_model::run::{AspectResult, ClauseResult};
use touchstone_model::text::Text;

impl<'a> Page<'a> {
    pub(super) fn clauses(&self) -> Markup {
        let selected: Vec<_> = self.view.selected().collect();
        let areas = &self.view.run.plan.catalogue.areas;
        let unknown = |clause: &Clause| !areas.iter().any(|a| a.id == clause.area);
        html! {
            @for area in areas {
                @let rows: Vec<_> = selected.iter().filter(|(c, _)| c.area == area.id).collect();
                @if !rows.is_empty() { (self.area(Some(area), &rows)) }
            }
            @let rows: Vec<_> = selected.iter().filter(|(c, _)| unknown(c)).collect();
            @if !rows.is_empty() { (self.area(None, &rows)) }
        }
    }

    fn area(&self, area: Option<&Area>, rows: &[&(&'a Clause, &'a ClauseResult)]) -> Markup {
        html! {
            section.area {
                h3 {
                    @match area {
                        Some(area) => { span.code { (clean(&area.id)) } " " (text(&area.title)) }
                        None => (say("其他", "Other")),
                    }
                    " " span.n { (rows.len()) }
                }
                @for (clause, result) in rows { (self.clause(clause, result)) }
            }
        }
    }

    fn clause(&self, clause: &'a Clause, result: &'a ClauseResult) -> Markup {
        let look = verdict_map::clause(result.verdict);
        let pairs: Vec<Pair> = self.view.of_clause(&clause.id).collect();
        let targets = joined(pairs.iter().map(|p| p.item.target.as_str()));
        let verdicts = joined(pairs.iter().map(|p| p.check.verdict.name()));
        let methods = joined(clause.method.iter().map(|m| m.words().en).collect::<Vec<_>>().iter().map(String::as_str));
        html! {
            details class={ "clause v-" (look.name) } id=(clause.id) data-verdict=(look.name) data-area=(clause.area)
                data-target=(targets) data-check=(verdicts) data-method=(methods)
                data-mandatory=(if clause.mandatory { "yes" } else { "no" }) {
                summary {
                    (badge(look, &result.verdict.words()))
                    a.id.s href=(fragment(&clause.id)) { (clean(&clause.id)) }
                    span.title.s { (text(&clause.title)) }
                    @for waived in self.view.waivers_of(&clause.id) {
                        (badge(verdict_map::waiver(waived.state), &Text::new("已豁免", "waived")))
                    }
                    span.must { @if !clause.mandatory { (say("非强制", "preferred")) } }
                    span.how { @for method in &clause.method { span.method { (text(&method.words())) } } }
                    span.marks { @for pair in pairs.iter().take(12) {
                        (mark(verdict_map::check(&pair.check.verdict).0, &pair.check.verdict.words()))
                    } @if pairs.len() > 12 { "+" (pairs.len() - 12) } }
                }
                div.body {
                    @for waived in self.view.waivers_of(&clause.id) { (super::waivers::beside(waived)) }
                    p.text.s { (text(&clause.text)) }
                    dl.facts {
                        dt { (say("判定依据", "Decided by")) } dd { (text(&clause.decided_by)) }
                        dt { (say("出处", "Source")) } dd { (clean(&clause.source)) }
                        dt { (say("目标", "Target")) }
                        dd { (clean(&clause.target)) " · " @if clause.mandatory { (say("强制条款", "mandatory")) }
                            @else { (say("非强制条款", "preferred only")) } }
                    }
                    (aspects(&self.view.run.plan.inspections, clause, &result.aspects))
                    @for pair in &pairs {
                        @if self.home.get(pair.item.key.as_str()) == Some(&clause.id.as_str()) { (self.check(*pair)) }
                        @else { (elsewhere(pair)) }
                    }
                }
            }
        }
    }
}

fn documents(inspection: Option<&Inspection>) -> Markup {
    let inspected = inspection.into_iter().flat_map(|inspection| &inspection.documents);
    html! { @for document in inspected.map(|inspected| &inspected.document) {
        div {
            code.ref { (clean(&document.name())) } " " (clean(&document.issuer)) " → " (clean(&document.holder)) " · " (clean(&document.scope))
            " · " (clean(&document.from)) "–" @match &document.until { Some(until) => (clean(until)), None => (say("长期", "without end")) }
            @if let (Some(by), Some(on)) = (&document.attested_by, &document.attested_on) {
                " · " (say("作证：", "attested by ")) (clean(by)) " " (clean(on))
            }
            " " (sha(&document.sha256.0))
        }
    } }
}

fn aspects(inspections: &[Inspection], clause: &Clause, results: &[AspectResult]) -> Markup {
    html! {
        div.scroll { table.aspects {
            thead { tr {
                th { (say("结论", "Verdict")) } th { (say("方面", "Aspect")) } th { (say("方法", "Method")) }
                th { (say("检查与原因", "Checks and reasons")) }
            } }
            tbody { @for result in results {
                @let aspect = clause.aspects.iter().find(|a| a.id == result.aspect);
                @let look = verdict_map::clause(result.verdict);
                tr {
                    td { (badge(look, &result.verdict.words())) }
                    td { @match aspect { Some(a) => (text(&a.title)), None => (clean(&result.aspect)) } }
                    td { @if let Some(a) = aspect { (text(&a.method.words())) } }
                    td {
                        @for key in &result.checks { a.ref href=(fragment(&anchor(key))) { (clean(key)) } " " }
                        (documents(inspections.iter().find(|i| i.slot.aspect.clause == clause.id && i.slot.aspect.aspect == result.aspect)))
                        @for reason in &result.reasons { div.dim { (text(reason)) } }
                    }
                }
            } }
        } }
    }
}

fn elsewhere(pair: &Pair) -> Markup {
    let words: Text = pair.check.verdict.words();
    html! {
        p.elsewhere {
            (badge(verdict_map::check(&pair.check.verdict).0, &words)) " "
            a.ref href=(fragment(&anchor(&pair.item.key))) { (clean(&pair.item.key)) } " " (text(&pair.item.check.title))
            span.dim { " " (say("（详见该检查首次出现处）", "(shown in full where it first appears)")) }
        }
    }
}

/// Each once, a line each: names of targets may hold spaces.
fn joined<'a>(values: impl Iterator<Item = &'a str>) -> String {
    let mut once: Vec<&str> = Vec::new();
    for value in values {
        if !once.contains(&value) {
            once.push(value);
        }
    }
    once.join("\n")
}
