//! What the run was and what follows from it.

use super::words::{badge, say, sha, text};
use super::{Page, filter};
use crate::clean::clean;
use crate::units;
use crate::verdict_map::{self, Look};
use maud::{Markup, html};
use touchstone_model::plan::Vouched;
use touchstone_model::run::Run;
use touchstone_model::text::Text;
use touchstone_model::verdict::{ClauseVerdict, Conclusion};

impl Page<'_> {
    pub(super) fn title(&self) -> Markup {
        let run = self.view.run;
        let plan = &run.plan;
        html! {
            header.cover {
                p.maker { (say("试金石", "Touchstone")) " " (clean(&run.tool)) }
                h1 { (text(&plan.suite_title)) }
                p.sub { (say("验收测试报告", "Acceptance test report")) }
                dl.meta {
                    div { dt { (say("运行编号", "Run")) } dd { code { (clean(&run.run)) } } }
                    div { dt { (say("开始", "Started")) } dd { time datetime=(clean(&run.started)) { (units::moment(&run.started)) } } }
                    div { dt { (say("结束", "Finished")) } dd {
                        @match &run.finished {
                            Some(at) => {
                                time datetime=(clean(at)) { (units::moment(at)) }
                                @if let Some(ms) = units::between(&run.started, at) { span.dim { " (" (units::milliseconds(ms)) ")" } }
                            }
                            None => span.warn { (say("未完成", "not finished")) },
                        }
                        @if run.resumed > 0 { span.dim { " · " (say(&format!("续跑 {} 次", run.resumed), &format!("resumed {} times", run.resumed))) } }
                    } }
                    div { dt { (say("套件", "Suite")) } dd { code { (clean(&plan.suite)) } " " (sha(&run.suite_sha256.0)) } }
                    div { dt { (say("允许的影响", "Impact allowed")) } dd { code { (plan.allowed.name()) } } }
                    div { dt { (say("日志末项", "Journal head")) } dd { (sha(&run.journal_head.0)) } }
                }
                div.two {
                    div.scroll { table {
                        caption { (say("目标", "Targets")) }
                        thead { tr { th { (say("名称", "Name")) } th { (say("类别", "Kind")) } th { (say("接入", "Access")) } th { (say("产品 / 适配器", "Product / adapter")) } } }
                        tbody { @for t in &plan.targets { tr {
                            td { a.ref href=(filter(&[("target", &t.name)])) { (clean(&t.name)) } }
                            td { (clean(&t.kind)) } td.wrap { (clean(&t.access)) }
                            td { (clean(t.product.as_deref().unwrap_or("–"))) " / " (clean(t.adapter.as_deref().unwrap_or("–"))) }
                        } } }
                    } }
                    div.scroll { table {
                        caption { (say("插件", "Plugins")) }
                        thead { tr { th { (say("名称", "Name")) } th { (say("版本", "Version")) } th { "sha256" } th { (say("担保", "Vouched for by")) } th { (say("授权", "Granted")) } } }
                        tbody { @for p in &plan.plugins { tr {
                            td { (clean(&p.name)) } td { (clean(&p.version)) } td { (sha(&p.sha256.0)) }
                            td { (vouched(&p.vouched)) }
                            td.wrap { (clean(&p.granted.join(", "))) }
                        } } }
                    } }
                }
            }
        }
    }

    pub(super) fn conclusion(&self) -> Markup {
        let run = self.view.run;
        let look = verdict_map::conclusion(run.conclusion);
        let selected: Vec<_> = self.view.selected().collect();
        let mandatory = selected.iter().filter(|(c, _)| c.mandatory).count();
        html! {
            section #conclusion {
                h2 { (say("结论", "Conclusion")) }
                p class={ "verdict v-" (look.name) } {
                    b aria-hidden="true" { (look.symbol) } " " strong { (text(&run.conclusion.words())) }
                }
                @if run.conclusion != run.without_waivers {
                    p.warn { (say("该结论建立在豁免之上；不计豁免：", "It rests on waivers; without them: ")) (text(&run.without_waivers.words())) }
                }
                @for (name, why) in self.view.unvouched() {
                    p.warn { (say("插件无人担保（--allow-unsigned）：", "Nobody vouches for a plugin (--allow-unsigned): ")) (clean(name)) ": " (text(why)) }
                }
                p.because { (because(run.conclusion)) " " (say(
                    &format!("共 {} 条条款，本次选取 {} 条，其中强制条款 {mandatory} 条。", run.clauses.len(), selected.len()),
                    &format!("{} clauses in all, {} selected for this run, {mandatory} of them mandatory.", run.clauses.len(), selected.len()),
                )) }
                @if run.interrupted {
                    p.warn { (say("运行未完成：尚有检查没有给出答复。", "The run is not complete: some checks have not answered.")) }
                }
                @if self.view.pairs.iter().any(|p| !p.check.left_behind.is_empty()) {
                    p { a.warn href="#left-behind" { (say("有内容遗留在目标上", "Something was left behind on targets")) } }
                }
                ul.tallies { @for (verdict, n) in run.tally() {
                    @let look = verdict_map::clause(verdict);
                    li { a class={ "v-" (look.name) } href=(filter(&[("verdict", look.name)])) {
                        strong { (n) } (badge(look, &verdict.words()))
                    } }
                } }
                div.scroll { table.areas {
                    thead { tr {
                        th { (say("领域", "Area")) } th.barcol {}
                        @for v in ClauseVerdict::ALL { th.num { span class={ "v-" (v.name()) } { (verdict_map::clause(v).symbol) } " " (text(&v.words())) } }
                    } }
                    tbody { @for area in &run.plan.catalogue.areas {
                        @let counts = ClauseVerdict::ALL.map(|v| selected.iter().filter(|(c, r)| c.area == area.id && r.verdict == v).count());
                        @if counts.iter().sum::<usize>() > 0 { tr {
                            th scope="row" { a href=(filter(&[("area", &area.id)])) { span.code { (clean(&area.id)) } " " (text(&area.title)) } }
                            td.barcol { (bar(&counts)) }
                            @for (v, n) in ClauseVerdict::ALL.iter().zip(counts) { td.num {
                                @if n == 0 { span.dim { "·" } }
                                @else { a href=(filter(&[("verdict", v.name()), ("area", &area.id)])) { (n) } }
                            } }
                        } }
                    } }
                } }
                p.checks {
                    (say("检查：", "Checks: "))
                    @for (look, words, n) in check_tally(run) {
                        a href=(filter(&[("check", look.name)])) class={ "v-" (look.name) } { b { (look.symbol) } " " (n) " " (text(&words)) } " "
                    }
                    a href="#open" class={ "v-" (verdict_map::LEFT_OUT.0.name) } { b { (verdict_map::LEFT_OUT.0.symbol) } " " (run.plan.left_out.len()) " " (say("未执行", "left out")) }
                }
            }
        }
    }
}

fn because(conclusion: Conclusion) -> Markup {
    match conclusion {
        Conclusion::Accepted => say(
            "所选强制条款全部符合或不适用，且至少一条符合。",
            "Every selected mandatory clause is conforming or does not apply, and at least one is conforming.",
        ),
        Conclusion::NotAccepted => {
            say("至少一条强制条款不符合或仅部分符合。", "At least one mandatory clause is nonconforming or met only in part.")
        }
        Conclusion::Inconclusive => say(
            "没有强制条款被证明不符合，但仍有强制条款未测，或没有任何条款被证明符合。",
            "No mandatory clause was contradicted, but some are not assessed, or none was shown to conform.",
        ),
        Conclusion::AcceptedWithWaivers => say(
            "单凭结论不能通过；妨碍通过的各项均有有效豁免。",
            "By the verdicts alone it would not be accepted; valid waivers cover all that stands in the way.",
        ),
    }
}

fn vouched(vouched: &Vouched) -> Markup {
    match vouched {
        Vouched::Signed { by, key, role } => html! {
            (clean(by)) " " span.dim { (say(if role == "check" { "（检查）" } else { "（适配器）" }, if role == "check" { "(checks)" } else { "(adapters)" })) } " " (sha(&key.0))
        },
        Vouched::Nobody { .. } => html! { span.warn { (say("无人", "nobody")) } },
    }
}

/// How many checks have each verdict that occurs.
fn check_tally(run: &Run) -> Vec<(Look, Text, usize)> {
    let mut tally: Vec<(Look, Text, usize)> = Vec::new();
    for check in &run.checks {
        let look = verdict_map::check(&check.verdict).0;
        match tally.iter_mut().find(|(l, _, _)| *l == look) {
            Some((_, _, n)) => *n += 1,
            None => tally.push((look, check.verdict.words(), 1)),
        }
    }
    // By name, so that the order does not hang on which check came first.
    tally.sort_by_key(|(look, _, _)| look.name);
    tally
}

/// The counts as a strip; decoration beside the figures.
fn bar(counts: &[usize; 5]) -> Markup {
    let total: usize = counts.iter().sum::<usize>().max(1);
    let mut x = 0.0;
    let parts: Vec<_> = ClauseVerdict::ALL
        .iter()
        .zip(counts)
        .map(|(v, n)| {
            let width = *n as f64 * 100.0 / total as f64;
            x += width;
            (v.name(), x - width, width)
        })
        .collect();
    html! {
        svg.bar viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" {
            @for (name, x, width) in parts { @if width > 0.0 {
                rect class={ "v-" (name) } x=(format!("{x:.2}")) y="0" width=(format!("{width:.2}")) height="6" {}
            } }
        }
    }
}
