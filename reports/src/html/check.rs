//! One check: the question, what was expected and seen, every act of the host.

use super::Page;
use super::words::{badge, mark, say, text};
use crate::clean::clean;
use crate::link::anchor;
use crate::units;
use crate::verdict_map;
use crate::view::Pair;
use maud::{Markup, html};
use touchstone_model::observation::Observation;
use touchstone_model::text::Text;
use touchstone_model::verdict::{ExpectationReport, Judgement, Verdict};

impl Page<'_> {
    /// The whole check; open at once where there is something to explain.
    pub(super) fn check(&self, pair: Pair) -> Markup {
        let (item, check) = (pair.item, pair.check);
        let (look, _) = verdict_map::check(&check.verdict);
        let open = matches!(check.verdict, Verdict::Nonconforming | Verdict::Inconclusive { .. });
        html! {
            details class={ "check v-" (look.name) } id=(anchor(&item.key)) open[open] {
                summary {
                    (badge(look, &check.verdict.words()))
                    span.ctitle.s { (text(&item.check.title)) }
                    code.key.s { (clean(&item.check.id)) "@" (clean(&item.target)) }
                    span.took { (units::milliseconds(check.elapsed_ms)) }
                }
                @if let Some(reason) = check.verdict.reason() {
                    p.reason { (text(reason)) }
                }
                (self.fold.content(self.details(&pair)))
            }
        }
    }

    fn details(&self, pair: &Pair) -> Markup {
        let (item, check) = (pair.item, pair.check);
        let held = self.fold.holds(&item.key);
        html! {
            dl.facts {
                dt { (say("问题", "Question")) } dd { (text(&item.check.question)) }
                dt { (say("对目标的影响", "Effect on the target")) }
                dd { code { (item.check.impact.name()) } " · " (text(&item.check.effect)) }
                @if !item.params.is_empty() {
                    dt { (say("参数", "Parameters")) }
                    dd.params { @for (name, value) in &item.params { code { (clean(name)) " = " (clean(value)) } " " } }
                }
                dt { (say("执行", "Execution")) }
                dd {
                    @match &check.started {
                        Some(at) => time datetime=(clean(at)) { (units::moment(at)) },
                        None => (say("未开始", "never began")),
                    }
                    " · " (text(&check.termination.words()))
                    " · " (say("时限 ", "limit ")) (units::milliseconds(u64::from(item.time_limit_ms)))
                    @if check.attempts > 1 {
                        " · " (say(&format!("第 {} 次执行", check.attempts), &format!("attempt {}", check.attempts)))
                    }
                }
            }
            @for waived in self.paper.view.waivers_over(item) { (super::waivers::beside(waived)) }
            @if check.unstable {
                p.warn { (say("不稳定：各次执行的结论不一致，不能算通过。", "Unstable: its tries do not agree, so it does not count as passed.")) }
            }
            @if !check.earlier.is_empty() { (self.earlier(pair)) h5 { (say("最后一次执行", "The last try")) } }
            (expectations(pair, &check.reports))
            @if !check.observations.is_empty() {
                h5 { (say("观察记录", "Observations")) " " span.n { (check.observations.len()) } }
                ol.acts { @for seen in &check.observations { (self.act(seen, held)) } }
            }
            @if !check.notes.is_empty() {
                h5 { (say("插件备注", "Notes of the plugin")) }
                ul.notes { @for note in &check.notes { li { code { (clean(&note.level)) } " " (clean(&note.message)) } } }
            }
            @if !check.left_behind.is_empty() {
                h5.warn { (say("遗留在目标上", "Left behind on the target")) }
                ul.notes {
                    @for left in &check.left_behind {
                        li { code.act { (clean(&units::undo(&left.cleanup.act))) } " " (clean(&left.failure)) }
                    }
                }
            }
        }
    }

    /// Every earlier try, as fully as the last one.
    fn earlier(&self, pair: &Pair) -> Markup {
        let held = self.fold.holds(&pair.item.key);
        html! { @for try_ in &pair.check.earlier {
            details class={ "try v-" (verdict_map::check(&try_.verdict).0.name) } {
                summary {
                    (badge(verdict_map::check(&try_.verdict).0, &try_.verdict.words()))
                    span.ctitle { (say(&format!("第 {} 次执行", try_.attempt), &format!("try {}", try_.attempt))) }
                    span.took { (units::milliseconds(try_.elapsed_ms)) }
                }
                @if let Some(reason) = try_.verdict.reason() { p.reason { (text(reason)) } }
                (expectations(pair, &try_.reports))
                ol.acts { @for seen in &try_.observations { (self.act(seen, held)) } }
                @if !try_.notes.is_empty() {
                    ul.notes { @for note in &try_.notes { li { code { (clean(&note.level)) } " " (clean(&note.message)) } } }
                }
            }
        } }
    }

    fn act(&self, seen: &Observation, held: bool) -> Markup {
        let lost = !seen.result.is_of_target();
        html! {
            li value=(seen.id) {
                div.what { code.act { (clean(&seen.act)) } }
                div.came {
                    span.warn[lost] { (text(&seen.result.words())) }
                    span.dim {
                        (clean(&seen.capability)) " · "
                        time datetime=(clean(&seen.at)) { (units::clock(&seen.at)) } " · " (units::microseconds(seen.elapsed_us))
                    }
                }
                @for evidence in &seen.evidence { (self.evidence(evidence, held)) }
            }
        }
    }
}

fn expectations(pair: &Pair, reports: &[ExpectationReport]) -> Markup {
    let declared = &pair.item.check.expectations;
    let silent = declared.iter().filter(|e| !reports.iter().any(|r| r.expectation == e.id));
    html! {
        @if !declared.is_empty() || !reports.is_empty() {
            div.scroll { table.exp {
                thead { tr {
                    th {} th { (say("期望", "Expectation")) } th { (say("应见", "Expected")) } th { (say("实见", "Actual")) }
                    th { (say("依据", "Rests on")) }
                } }
                tbody {
                    @for report in reports {
                        @let look = verdict_map::judgement(Some(&report.judgement));
                        tr class={ "v-" (look.name) } {
                            td { (mark(look, &judged(Some(&report.judgement)))) }
                            td {
                                (text(&pair.expectation(&report.expectation)))
                                @if let Judgement::Unevaluated(why) = &report.judgement {
                                    div.dim { (text(&judged(Some(&report.judgement)))) ": " (text(why)) }
                                }
                            }
                            td.value { (clean(&report.expected)) }
                            td.value { (clean(&report.actual)) }
                            td.dim { @for id in &report.observations { "#" (id) " " } }
                        }
                    }
                    @for expectation in silent {
                        @let look = verdict_map::judgement(None);
                        tr class={ "v-" (look.name) } {
                            td { (mark(look, &judged(None))) }
                            td { (text(&expectation.title)) }
                            td.dim colspan="3" { (text(&judged(None))) }
                        }
                    }
                }
            } }
        }
    }
}

fn judged(judgement: Option<&Judgement>) -> Text {
    match judgement {
        Some(Judgement::Met) => Text::new("已满足", "met"),
        Some(Judgement::Unmet) => Text::new("与观察矛盾", "contradicted"),
        Some(Judgement::Unevaluated(_)) => Text::new("未能判定", "could not be decided"),
        None => Text::new("未被判定", "left unevaluated"),
    }
}
