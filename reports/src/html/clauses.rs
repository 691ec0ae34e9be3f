//! The clause matrix: a row per clause that opens into all that is known of it.

use super::Page;
use super::words::{badge, mark, say, sha, text};
use crate::clean::clean;
use crate::link::{anchor, fragment};
use crate::verdict_map;
use crate::view::Pair;
use maud::{Markup, Render, html};
use touchstone_model::catalogue::Clause;
use touchstone_model::evidence::Inspection;
use touchstone_model::run::{AspectResult, ClauseResult};
use touchstone_model::text::Text;

impl<'a> Page<'a> {
    /// Written one by one: together they are most of the page.
    pub(super) fn clauses(&self, out: &mut String) {
        for (title, rows) in self.paper.view.by_area() {
            out.push_str("<section class=\"area\">");
            html! { h3 { (text(&title)) " " span.n { (rows.len()) } } }.render_to(out);
            rows.into_iter().for_each(|(clause, result)| self.clause(clause, result).render_to(out));
            out.push_str("</section>");
        }
    }

    /// Checks that decide on no selected clause.
    pub(super) fn stray(&self) -> Markup {
        let stray: Vec<_> = self.paper.view.pairs.iter().filter(|p| !self.home.contains_key(p.item.key.as_str())).collect();
        html! { @if !stray.is_empty() {
            section #other-checks {
                h3 { (say("不属于所选条款的检查", "Checks of no selected clause")) " " span.n { (stray.len()) } }
                @for pair in stray { (self.check(*pair)) }
            }
        } }
    }

    fn clause(&self, clause: &'a Clause, result: &'a ClauseResult) -> Markup {
        let look = verdict_map::clause(result.verdict);
        let pairs: Vec<Pair> = self.paper.view.of_clause(&clause.id).collect();
        let targets = joined(pairs.iter().map(|p| p.item.target.as_str()));
        let verdicts = joined(pairs.iter().map(|p| p.check.verdict.name()));
        let methods = joined(clause.method.iter().map(|m| m.words().en).collect::<Vec<_>>().iter().map(String::as_str));
        html! {
            details class={ "clause v-" (look.name) } id=(clause.id) data-verdict=(look.name) data-area=(clause.area)
                data-target=(targets) data-check=(verdicts) data-method=(methods)
                data-mandatory=(if clause.mandatory { "yes" } else { "no" }) data-words=[self.words(clause, &pairs)] {
                summary {
                    (badge(look, &result.verdict.words()))
                    a.id.s href=(fragment(&clause.id)) { (clean(&clause.id)) }
                    span.title.s {
                        (text(&clause.title))
                        @for waived in self.paper.view.waivers_of(&clause.id) {
                            " " (badge(verdict_map::waiver(waived.state), &Text::new("已豁免", "waived")))
                        }
                    }
                    span.must { @if !clause.mandatory { (say("非强制", "preferred")) } }
                    span.how { @for method in &clause.method { span.method { (text(&method.words())) } } }
                    span.marks { @for pair in pairs.iter().take(12) {
                        (mark(verdict_map::check(&pair.check.verdict).0, &pair.check.verdict.words()))
                    } @if pairs.len() > 12 { "+" (pairs.len() - 12) } }
                }
                (self.fold.content(self.body(clause, result, &pairs)))
            }
        }
    }

    /// What a search looks through, where the page does not hold it as elements.
    fn words(&self, clause: &Clause, pairs: &[Pair]) -> Option<String> {
        let line = |text: &Text| format!("{}\n{}\n", clean(&text.zh), clean(&text.en));
        let of_checks = || pairs.iter().map(|pair| format!("{}{}\n", line(&pair.item.check.title), clean(&pair.item.key)));
        self.fold
            .is_aside()
            .then(|| of_checks().fold(line(&clause.title) + &line(&clause.text) + &clause.id, |all, one| all + "\n" + &one))
    }

    fn body(&self, clause: &'a Clause, result: &'a ClauseResult, pairs: &[Pair]) -> Markup {
        html! {
            div.body {
                @for waived in self.paper.view.waivers_of(&clause.id) { (super::waivers::beside(waived)) }
                p.text.s { (text(&clause.text)) }
                dl.facts {
                    dt { (say("判定依据", "Decided by")) } dd { (text(&clause.decided_by)) }
                    dt { (say("出处", "Source")) } dd { (clean(&clause.source)) }
                    dt { (say("目标", "Target")) }
                    dd { (clean(&clause.target)) " · " @if clause.mandatory { (say("强制条款", "mandatory")) }
                        @else { (say("非强制条款", "preferred only")) } }
                }
                (aspects(&self.paper.view.run.plan.inspections, clause, &result.aspects))
                @for pair in pairs {
                    @if self.home.get(pair.item.key.as_str()) == Some(&clause.id.as_str()) { (self.check(*pair)) }
                    @else { (elsewhere(pair)) }
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
