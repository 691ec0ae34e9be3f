//! The operator's score as a page: every indicator opens into the rule, the points lost and the ledger rows they rest on.

use super::page::document;
use super::words::{badge, mark, say, text};
use crate::clean::{clean, clean_line};
use crate::verdict_map::{self, Look};
use maud::{Markup, html};
use touchstone_assess::Assessment;
use touchstone_assess::annual::{YearScore, show};
use touchstone_assess::availability::ServiceAvailability;
use touchstone_assess::breach::BreachResult;
use touchstone_assess::fault::GradedIncident;
use touchstone_assess::ledger::Place;
use touchstone_assess::month::MonthScore;
use touchstone_assess::rules::Reading;
use touchstone_assess::score::{IndicatorScore, Total};
use touchstone_model::text::{Lang, Text};

const SCRIPT: &str = include_str!("plain.js");

/// The assessment as one HTML document that opens in `lang` and holds both.
pub fn assessment_html(assessment: &Assessment, lang: Lang) -> String {
    let title = format!("{} · {}", clean_line(assessment.title.get(lang)), assessment.period);
    document(&title, lang, SCRIPT, &html! { (cover(assessment)) (sections(assessment)) }).into_string()
}

/// Everything below the cover, for a page of its own or a chapter of another.
fn sections(assessment: &Assessment) -> Markup {
    html! {
        (result(assessment))
        @if let Some(year) = &assessment.year { (year_section(year)) }
        @for month in &assessment.months { (month_section(month)) }
        (incidents(&assessment.incidents))
        (availability(assessment))
        (breaches(assessment))
        (readings(&assessment.readings))
    }
}

fn cover(assessment: &Assessment) -> Markup {
    html! {
        header.cover {
            p.maker { (say("试金石", "Touchstone")) " " (clean(&assessment.tool)) }
            h1 { (text(&assessment.title)) }
            p.sub { (clean(&assessment.operator)) " · " (assessment.period) }
            dl.meta {
                div { dt { (say("考核期", "Period")) } dd { (assessment.period) } }
                div { dt { (say("考核时刻", "As of")) } dd { (clean(&assessment.as_of)) } }
                div { dt { (say("时区", "Time zone")) } dd { (clean(&assessment.time_zone)) } }
                div { dt { (say("依据", "Basis")) } dd { (clean(&assessment.source)) } }
                div { dt { (say("工作日历", "Working days")) } dd { @for line in &assessment.calendar { div { (clean(line)) } } } }
            }
            @for note in &assessment.notes { p.dim { (text(note)) } }
        }
    }
}

fn result(assessment: &Assessment) -> Markup {
    let total = assessment.year.as_ref().map(|year| &year.total).or_else(|| assessment.months.first().map(|month| &month.total));
    html! {
        section #result {
            h2 { (say("结果", "Result")) }
            @if let Some(total) = total { (headline(total)) }
            @if let Some(year) = &assessment.year { p.say { (text(&year.formula)) } }
            @if total.is_some_and(|total| total.score.is_none()) {
                p.say { (say("有指标未评：总分只能给出上下限，缺少的材料见各指标。",
                    "Some indicators are not assessed, so the total has bounds only; each indicator says what is missing.")) }
            }
            p { (say("违约金合计（元）：", "Penalties in all (yuan): ")) strong { (assessment.penalties.floored(2)) }
                @if !assessment.penalties_final { span.warn { " " (say("尚有未定项", "some of it is still open")) } } }
            @if assessment.months.len() > 1 { (matrix(&assessment.months)) }
        }
    }
}

fn headline(total: &Total) -> Markup {
    let look = verdict_map::score(total.score, touchstone_assess::Exact::whole(90));
    html! {
        p class={ "verdict v-" (look.name) } {
            @match total.score {
                Some(_) => { (show(total)) (say(" 分", " points")) }
                None => { (say("未评", "Not assessed")) " " (show(total)) }
            }
        }
    }
}

/// Months by indicators, a link each.
fn matrix(months: &[MonthScore]) -> Markup {
    let ids: Vec<&str> = months.first().map(|month| month.indicators.iter().map(|i| i.id.as_str()).collect()).unwrap_or_default();
    html! {
        div.scroll { table {
            thead { tr { th { (say("月份", "Month")) } @for id in &ids { th.num { (id) } } th.num { (say("合计", "Total")) } } }
            tbody { @for month in months { tr {
                td { a href={ "#m" (month.month) } { (month.month) } }
                @for indicator in &month.indicators {
                    td.num { a href={ "#m" (month.month) "-" (indicator.id) } class={ "badge v-" (look(indicator).name) } {
                        @match indicator.score { Some(score) => (score.floored(2)), None => (look(indicator).symbol) }
                    } }
                }
                td.num { strong { (show(&month.total)) } }
            } } }
        } }
    }
}

fn look(indicator: &IndicatorScore) -> Look {
    verdict_map::score(indicator.score, indicator.weight)
}

fn year_section(year: &YearScore) -> Markup {
    html! {
        section id={ "y" (year.year) } {
            h2 { (year.year) " " (say("年度指标", "annual indicators")) }
            p.dim { (clean(&year.from)) " – " (clean(&year.until)) }
            (indicators(&format!("y{}", year.year), &year.indicators, &year.annual))
        }
    }
}

fn month_section(month: &MonthScore) -> Markup {
    html! {
        section id={ "m" (month.month) } {
            h2 { (month.month) " " (say("月度指标", "monthly indicators")) }
            (indicators(&format!("m{}", month.month), &month.indicators, &month.total))
        }
    }
}

fn indicators(anchor: &str, scores: &[IndicatorScore], total: &Total) -> Markup {
    html! {
        div.scroll { table.scores {
            thead { tr {
                th { (say("指标", "Indicator")) } th.num { (say("得分", "Score")) } th.num { (say("满分", "Of")) }
                th { (say("计量与扣分", "What was counted, and what was lost")) }
            } }
            tbody {
                @for score in scores { (indicator(anchor, score)) }
                tr { td { strong { (say("合计", "Total")) } } td.num { strong { (show(total)) } } td.num { "100" } td {} }
            }
        } }
    }
}

fn indicator(anchor: &str, score: &IndicatorScore) -> Markup {
    html! {
        tr id={ (anchor) "-" (score.id) } {
            td { span.code { (score.id) } " " (text(&score.title)) div.dim { (text(&score.rule)) } }
            td.num class={ "v-" (look(score).name) } {
                @match score.score {
                    Some(value) => (badge(look(score), &Text::new(value.floored(2), value.floored(2)))),
                    None => {
                        (badge(look(score), &Text::new("未评", "not assessed")))
                        div.dim { (say("至多", "at most")) " " (score.at_most.floored(2)) }
                    }
                }
            }
            td.num { (score.weight) }
            td {
                div { (text(&score.measured)) }
                ul.acts {
                    @for deduction in &score.deductions {
                        li { strong.v-nonconforming.badge { "−" (deduction.points) } " " (text(&deduction.why)) (rows(&deduction.rows)) }
                    }
                    @for open in &score.open {
                        li { (mark(verdict_map::LEFT_OUT.0, &Text::new("未知", "not known"))) " " (text(&open.why)) (rows(&open.rows)) }
                    }
                }
            }
        }
    }
}

/// Ledger rows; many of them fold away.
fn rows(rows: &[Place]) -> Markup {
    let list = html! { @for row in rows { code.ref { (clean(&row.id)) " " (clean(&row.file)) ":" (row.line) } " " } };
    html! {
        @if rows.len() > 4 {
            details { summary.dim { (say(&format!("台账{}行", rows.len()), &format!("{} ledger rows", rows.len()))) } (list) }
        } @else if !rows.is_empty() { div.dim { (list) } }
    }
}

fn incidents(incidents: &[GradedIncident]) -> Markup {
    html! {
        section #incidents {
            h2 { (say("故障定级", "Grades of faults")) }
            @if incidents.is_empty() { p.dim { (say("考核期内没有故障记录。", "No incident is recorded in the period.")) } }
            @else { div.scroll { table {
                thead { tr {
                    th { (say("故障", "Incident")) } th { (say("服务项", "Service item")) } th { (say("开始与历时", "Began, lasted")) }
                    th.num { (say("无法使用 / 受影响 / 云上", "Unusable / impaired / on the cloud")) }
                    th.num { (say("级别", "Grade")) } th { (say("依据", "Because of")) }
                } }
                tbody { @for incident in incidents { tr {
                    td { code.ref { (clean(&incident.row.id)) } div.dim { (clean(&incident.row.file)) ":" (incident.row.line) } }
                    td { (text(&incident.service)) }
                    td { (clean(&incident.began)) div.dim { (incident.duration)
                        @if incident.recovered.is_none() { " " span.warn { (say("尚未恢复", "not recovered yet")) } } } }
                    td.num { (incident.unusable) " / " (incident.affected) " / " (incident.systems) }
                    td.num { strong { @match incident.grade { Some(grade) => (grade), None => "–" } } }
                    td { (text(&incident.because))
                        @if !incident.also.is_empty() { div.dim { (say("同时符合第", "rows that apply, too: "))
                            (incident.also.iter().map(u8::to_string).collect::<Vec<_>>().join(", ")) (say("行", "")) } } }
                } } }
            } } }
        }
    }
}

fn availability(assessment: &Assessment) -> Markup {
    let figure = |figure: &ServiceAvailability| {
        html! { tr {
            td { (figure.month) } td { (text(&figure.title)) } td.num { (figure.failed) } td.num { (figure.seconds) } td.num { strong { (figure.shown) " %" } }
            td {
                (rows(&figure.rows))
                @for excluded in &figure.excluded { div.dim { (say("不计入：", "not counted: ")) (clean(&excluded.row.to_string())) " – " (clean(&excluded.reason)) } }
                @if let Some(seconds) = figure.measured { div.dim { (say("验收实测中断（秒，不计入）：", "measured in tests (seconds, not counted): ")) (seconds.floored(3)) } }
            }
        } }
    };
    html! {
        section #availability {
            h2 { (say("可用性", "Availability")) }
            @match assessment.overall_availability {
                None => p.dim { (say("未评：失效台账缺失，或考核期尚未结束。", "Not assessed: there is no ledger of outages, or the period is not over.")) },
                Some(overall) => {
                    p { (say("整体：", "All services together: ")) strong { (overall.floored(6)) " %" } }
                    div.scroll { table {
                        thead { tr { th { (say("月份", "Month")) } th { (say("服务项", "Service item")) } th.num { (say("失效（秒）", "Failed (s)")) }
                            th.num { (say("当月秒数", "Seconds of the month")) } th.num { (say("可用性", "Availability")) } th { (say("台账", "Ledger rows")) } } }
                        tbody { @for row in &assessment.availability { (figure(row)) } }
                    } }
                }
            }
        }
    }
}

fn breaches(assessment: &Assessment) -> Markup {
    let amount = |breach: &BreachResult| match (breach.amount, breach.percent) {
        (Some(yuan), _) => html! { (yuan) (say(" 元/次（项）", " yuan each")) },
        (None, Some(percent)) => html! { (percent) (say("% 当年结算", " % of the year's settlement")) },
        (None, None) => html! {},
    };
    html! {
        section #breaches {
            h2 { (say("违约金", "Penalties for breach")) }
            div.scroll { table {
                thead { tr { th {} th { (say("违约条件", "Condition")) } th.num { (say("标准", "Rate")) } th.num { (say("应计（元）", "Due (yuan)")) } th { (say("事由", "What fell under it")) } } }
                tbody { @for breach in &assessment.breaches {
                    @let look = verdict_map::breach(breach.events.len(), breach.open.len());
                    tr class={ "v-" (look.name) } {
                        td.num { (breach.row) }
                        td { (text(&breach.title)) }
                        td.num { (amount(breach)) }
                        td.num { @match breach.total { Some(total) => strong { (total.floored(2)) }, None => (say("待定", "open")) } }
                        td { ul.acts {
                            @for event in &breach.events { li { (mark(look, &Text::new("符合条件", "falls under it"))) " " (text(&event.why)) (rows(&event.rows)) } }
                            @for open in &breach.open { li { (mark(verdict_map::LEFT_OUT.0, &Text::new("未知", "not known"))) " " (text(&open.why)) (rows(&open.rows)) } }
                        } }
                    }
                } }
            } }
        }
    }
}

fn readings(readings: &[Reading]) -> Markup {
    html! {
        section #readings {
            h2 { (say("招标文件未尽之处与所取读法", "Where the tender is unclear, and how it was read")) }
            div.scroll { table {
                thead { tr { th { (say("问题", "Question")) } th { (say("读法", "Reading")) } th { (say("理由", "Because")) } } }
                tbody { @for reading in readings { tr {
                    td { (text(&reading.question)) div.dim { code { (clean(&reading.id)) } } }
                    td { (text(&reading.chosen)) } td { (text(&reading.why)) }
                } } }
            } }
        }
    }
}
