//! The rounds of an acceptance as a chapter: the chain, what is to be rectified and by when, what stands, what changed.

use super::comparison;
use super::words::{badge, say, sha, text};
use crate::clean::clean;
use crate::rounds::{defect_words, heading};
use crate::verdict_map;
use maud::{Markup, html};
use touchstone_model::rounds::{Defect, RoundResult};
use touchstone_model::run::Run;
use touchstone_model::text::Text;

/// Nothing where there are neither rounds nor anything to rectify.
pub(super) fn section(run: &Run) -> Markup {
    html! {
        @if let Some(rounds) = &run.rounds {
            section #rounds {
                h2 { (text(&heading(rounds))) }
                (chain(rounds))
                (standing(rounds))
            }
        }
        @if !run.defects.is_empty() { (rectification(run)) }
        @if let Some(since) = run.rounds.as_ref().and_then(|rounds| rounds.since.as_ref()) {
            section #since { h2 { (say("与上一轮相比", "What changed since the round before")) } (comparison::sections(since)) }
        }
    }
}

fn chain(rounds: &RoundResult) -> Markup {
    html! {
        @if !rounds.earlier.is_empty() {
            div.scroll { table {
                thead { tr { th { (say("轮次", "Round")) } th { (say("类别", "Kind")) } th { (say("运行", "Run")) } th { (say("结论", "Conclusion")) }
                    th { (say("交付包声明 SHA-256 / 日志末项", "Bundle's statement SHA-256 / journal head")) } } }
                tbody { @for earlier in &rounds.earlier { tr {
                    td.num { (earlier.number) } td { (text(&earlier.kind.words())) } td { code { (clean(&earlier.run)) } }
                    td { (badge(verdict_map::conclusion(earlier.conclusion), &earlier.conclusion.words())) }
                    td { @match &earlier.bundle { Some(bundle) => (sha(&bundle.0)), None => span.dim { "–" } } " / " (sha(&earlier.journal_head.0)) }
                } } }
            } }
        }
        @if let Some(limit) = rounds.limit.filter(|_| rounds.failures_in_a_row > 0) {
            p.warn { (say("连续不通过的轮数：", "Rounds failed in a row: ")) (rounds.failures_in_a_row) " (" (say("限", "limit")) " " (limit) ")" }
        }
        @if let Some(by) = &rounds.agreed_by { p.warn { (say("超出次数限制，同意再次验收的是：", "Beyond the limit; agreed to by: ")) (clean(by)) } }
    }
}

fn standing(rounds: &RoundResult) -> Markup {
    let carried: Vec<_> = rounds.standing.iter().filter(|standing| standing.round != rounds.number).collect();
    html! {
        @if !carried.is_empty() { details {
            summary { (say("沿用此前各轮结论的条款", "Clauses that stand as earlier rounds left them")) " " span.n { (carried.len()) } }
            div.scroll { table {
                thead { tr { th { (say("条款", "Clause")) } th { (say("结论", "Verdict")) } th { (say("判定于", "Decided in")) } th {} } }
                tbody { @for standing in carried { tr {
                    td { code { (clean(&standing.clause)) } } td { (badge(verdict_map::clause(standing.verdict), &standing.verdict.words())) }
                    td { (say(&format!("第 {} 轮", standing.round), &format!("round {}", standing.round))) }
                    td { @if let Some(doubt) = &standing.doubt { span.warn { (text(doubt)) } } }
                } } }
            } }
        } }
    }
}

fn rectification(run: &Run) -> Markup {
    let title =
        |defect: &Defect| run.plan.catalogue.clause(&defect.clause).map(|clause| clause.title.clone()).unwrap_or_default();
    let calendar = run.plan.rectification.as_ref().map(|r| r.calendar.join("; ")).unwrap_or_default();
    html! {
        section #rectification {
            h2 { (say("整改", "Rectification")) }
            div.scroll { table {
                thead { tr { th { (say("条款", "Clause")) } th {} th { (say("期限", "Due")) } th { (say("情况", "State")) } } }
                tbody { @for defect in &run.defects { tr {
                    td { code { (clean(&defect.clause)) } } td { (text(&title(defect))) }
                    td { (clean(defect.due.as_deref().unwrap_or("–"))) } td { (text(&defect_words(defect))) }
                } } }
            } }
            @if !calendar.is_empty() { p.dim { (text(&Text::new(format!("工作日历：{calendar}"), format!("working days by: {calendar}")))) } }
        }
    }
}
