//! Two runs side by side, as a page.

use super::page::document;
use super::words::{badge, say, sha, text};
use crate::clean::{clean, clean_line};
use crate::units;
use crate::verdict_map;
use maud::{Markup, html};
use touchstone_model::compare::{Change, Changed, Comparison, Difference, Level, Side, Standing};
use touchstone_model::text::{Lang, Text};

const SCRIPT: &str = include_str!("plain.js");

/// The comparison as one HTML document that opens in `lang` and holds both.
pub fn comparison_html(comparison: &Comparison, lang: Lang) -> String {
    let title = format!("{} – {}", clean_line(&comparison.before.run), clean_line(&comparison.after.run));
    document(&title, lang, SCRIPT, &html! { (cover(comparison)) (sections(comparison)) }).into_string()
}

/// Everything below the cover, for a page of its own or a chapter of another.
pub(super) fn sections(comparison: &Comparison) -> Markup {
    html! {
        (level("clauses", &Text::new("条款", "Clauses"), &comparison.clauses))
        (level("aspects", &Text::new("条款的各方面", "Aspects of clauses"), &comparison.aspects))
        (level("checks", &Text::new("检查", "Checks"), &comparison.checks))
        (environment(&comparison.environment))
    }
}

fn cover(comparison: &Comparison) -> Markup {
    let (_, words) = verdict_map::comparison(comparison);
    let look = match (comparison.is_empty(), comparison.worse) {
        (true, _) => "inconclusive",
        (_, true) => "nonconforming",
        _ => "conforming",
    };
    html! {
        header.cover {
            p.maker { (say("试金石", "Touchstone")) }
            h1 { (say("两次运行的比较", "Two runs compared")) }
            p class={ "verdict v-" (look) } { strong { (text(&words)) } }
            div.scroll { table {
                thead { tr { th {} th { (say("运行", "Run")) } th { (say("开始", "Started")) } th { (say("套件", "Suite")) }
                    th { (say("结论", "Conclusion")) } th { (say("日志末项", "Journal head")) } } }
                tbody { (side("前", "before", &comparison.before)) (side("后", "after", &comparison.after)) }
            } }
            @for pair in &comparison.pairs {
                p.dim { (say("目标对照：", "Targets compared: ")) code { (clean(&pair.before)) } " – " code { (clean(&pair.after)) } }
            }
        }
    }
}

fn side(zh: &str, en: &str, side: &Side) -> Markup {
    let look = verdict_map::conclusion(side.conclusion);
    html! { tr {
        th scope="row" { (say(zh, en)) }
        td { code { (clean(&side.run)) } @if side.interrupted { " " span.warn { (say("未完成", "not finished")) } } }
        td { time datetime=(clean(&side.started)) { (units::moment(&side.started)) } }
        td { code { (clean(&side.suite)) } " " (sha(&side.suite_sha256.0)) }
        td { (badge(look, &side.conclusion.words())) }
        td { (sha(&side.journal_head.0)) }
    } }
}

fn level(id: &str, name: &Text, level: &Level) -> Markup {
    html! {
        section id={ "changed-" (id) } {
            h2 { (text(name)) }
            p.dim { (level.same) " " (say("项没有变化", "unchanged")) }
            @for change in Change::ALL {
                @let of_class: Vec<&Changed> = level.changed.iter().filter(|changed| changed.change == change).collect();
                @if !of_class.is_empty() {
                    h3 id={ (id) "-" (change.name()) } { (badge(verdict_map::change(change), &change.words())) " " span.n { (of_class.len()) } }
                    div.scroll { table {
                        thead { tr { th { (say("编号", "Id")) } th { (say("名称", "Name")) } th { (say("前", "Before")) } th { (say("后", "After")) } } }
                        tbody { @for changed in of_class { tr {
                            td { code { (clean(&changed.id)) } } td { (text(&changed.title)) }
                            td.wrap { (standing(&changed.before)) } td.wrap { (standing(&changed.after)) }
                        } } }
                    } }
                }
            }
            @if !level.not_compared.is_empty() {
                details { summary { (text(&Change::NotCompared.words())) " " span.n { (level.not_compared.len()) } }
                    p.wrap { @for id in &level.not_compared { code { (clean(id)) } " " } } }
            }
        }
    }
}

fn standing(standing: &Standing) -> Markup {
    html! { strong { (text(&standing.state.words())) } @if let Some(why) = &standing.why { br; span.dim { (text(why)) } } }
}

fn environment(differences: &[Difference]) -> Markup {
    html! {
        section #environment {
            h2 { (say("环境的差异", "What differs around them")) }
            @if differences.is_empty() { p.dim { (say("没有差异", "nothing")) } } @else {
                div.scroll { table {
                    thead { tr { th { (say("类别", "Kind")) } th { (say("位置", "Where")) } th { (say("名称", "What")) }
                        th { (say("前", "Before")) } th { (say("后", "After")) } } }
                    tbody { @for difference in differences { tr {
                        td { (text(&difference.of.words())) } td { (clean(&difference.place)) } td { code { (clean(&difference.name)) } }
                        td.wrap { (value(&difference.before)) } td.wrap { (value(&difference.after)) }
                    } } }
                } }
            }
        }
    }
}

fn value(value: &Option<String>) -> Markup {
    html! { @match value { Some(value) => (clean(value)), None => span.dim { "–" } } }
}
