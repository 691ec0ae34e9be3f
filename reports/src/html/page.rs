//! The document around the parts: head, controls, style and script.

use super::Page;
use super::blocks::{inlines, needs_script};
use super::words::{say, text};
use crate::clean::clean_line;
use crate::document::{Chapter, Paper, RESULTS, cover as cover_of};
use crate::verdict_map;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, Render, html};
use touchstone_model::catalogue::Method;
use touchstone_model::digest::Digest;
use touchstone_model::text::{Lang, Text};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

pub(super) fn page(page: &Page, lang: Lang) -> Markup {
    let run = page.paper.view.run;
    let title = format!("{} · {}", clean_line(run.plan.suite_title.get(lang)), clean_line(&run.run));
    let chapters = page.paper.chapters();
    let main = Direct(|out| {
        html! { (cover(&page.paper, &chapters)) (needs_script(&page.fold)) }.render_to(out);
        for (n, chapter) in chapters.iter().enumerate() {
            let heading = html! { h2 { span.no { (n + 1) } " " (text(&chapter.title)) } };
            if chapter.id == RESULTS {
                out.push_str(&format!("<section class=\"chapter\" id=\"{RESULTS}\">"));
                heading.render_to(out);
                results(page, out);
                out.push_str("</section>");
            } else {
                html! { section.chapter id=(chapter.id) { (heading) (page.blocks(&chapter.blocks)) } }.render_to(out);
            }
        }
    });
    document(&title, lang, SCRIPT, &main)
}

fn cover(paper: &Paper, chapters: &[Chapter]) -> Markup {
    let cover = cover_of(paper);
    html! {
        header.cover {
            p.maker { (text(&cover.maker)) }
            h1 { (text(&cover.title)) }
            p.sub { (text(&cover.kind)) }
            dl.meta { @for (name, value) in &cover.facts { div { dt { (text(name)) } dd { (inlines(value)) } } } }
            nav.contents aria-label="目录 / Contents" { ol {
                @for chapter in chapters { li { a href={ "#" (chapter.id) } { (text(&chapter.title)) } } }
            } }
        }
    }
}

/// Every clause with all that is known of it, behind filters.
fn results(page: &Page, out: &mut String) {
    html! {
        (controls(page))
        p.filtered hidden { (say("仅显示经筛选的条款：", "Filtered view: ")) output #active {} }
    }
    .render_to(out);
    page.clauses(out);
    html! {
        p.none hidden { (say("没有符合筛选条件的条款。", "No clause passes this filter.")) }
        (page.stray())
    }
    .render_to(out);
}

/// What writes itself at the end of the page: each level of markup would hold a copy of the largest chapter.
struct Direct<F: Fn(&mut String)>(F);

impl<F: Fn(&mut String)> Render for Direct<F> {
    fn render_to(&self, out: &mut String) {
        (self.0)(out);
    }
}

/// A document that works from disk: `title` in the language it opens in, `script` with at least the buttons at the top.
pub(super) fn document(title: &str, lang: Lang, script: &str, main: &impl Render) -> Markup {
    // Only this very style and this very script may act, whatever the evidence holds.
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        source(STYLE),
        source(script)
    );
    html! {
        (DOCTYPE)
        html lang=(lang.pick("zh-CN", "en")) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body data-lang=(lang.pick("zh", "en")) {
                div.tools.controls {
                    button #lang type="button" lang=(lang.pick("en", "zh-CN")) { (lang.pick("English", "中文")) }
                    button #theme type="button" { (say("明暗", "Light / dark")) }
                    button #print type="button" { (say("打印", "Print")) }
                }
                main { (main) }
                script { (PreEscaped(script)) }
            }
        }
    }
}

fn controls(page: &Page) -> Markup {
    let run = page.paper.view.run;
    let areas = run.plan.catalogue.areas.iter().map(|a| (a.id.clone(), named(&a.id, &a.title)));
    let targets = run.plan.targets.iter().map(|t| (t.name.clone(), Text::new(t.name.clone(), t.name.clone())));
    let methods =
        [Method::Test, Method::Analysis, Method::Demonstration, Method::Inspection].map(|m| (m.words().en.clone(), m.words()));
    let must = [("yes", "强制", "mandatory"), ("no", "非强制", "preferred")].map(|(v, zh, en)| (v.to_owned(), Text::new(zh, en)));
    let checks = [
        ("conforming", "检查：符合", "check conforming"),
        ("nonconforming", "检查：不符合", "check nonconforming"),
        ("not-applicable", "检查：不适用", "check not applicable"),
        ("inconclusive", "检查：无结论", "check inconclusive"),
    ]
    .map(|(v, zh, en)| (v.to_owned(), Text::new(zh, en)));
    html! {
        form #filter .controls role="search" {
            div.chips { @for (verdict, n) in run.tally() {
                @let look = verdict_map::clause(verdict);
                button type="button" class={ "chip v-" (look.name) } data-chip=(look.name) aria-pressed="false" {
                    b aria-hidden="true" { (look.symbol) } " " (text(&verdict.words())) " " span.n { (n) }
                }
            } }
            div.selects {
                (select("area", "全部领域", "all areas", areas))
                (select("target", "全部目标", "all targets", targets))
                (select("method", "全部方法", "all methods", methods.into_iter()))
                (select("mandatory", "强制与否", "mandatory or not", must.into_iter()))
                (select("check", "全部检查结果", "any check result", checks.into_iter()))
                input #q type="search" name="q" autocomplete="off" spellcheck="false" data-zh="搜索条款或检查  /" data-en="search clauses or checks  /"
                    aria-label="search / 搜索" placeholder="search / 搜索";
                button #clear type="button" { (say("清除", "Clear")) }
                button #expand type="button" { (say("全部展开", "Expand all")) }
                output #shown aria-live="polite" {}
            }
        }
    }
}

fn named(id: &str, title: &Text) -> Text {
    Text::new(format!("{id} {}", title.zh), format!("{id} {}", title.en))
}

/// An option's label can't hold two spans: the script sets the one of the language shown.
fn select(name: &str, zh: &str, en: &str, options: impl Iterator<Item = (String, Text)>) -> Markup {
    html! {
        select name=(name) aria-label={ (zh) " / " (en) } {
            option value="" data-zh=(zh) data-en=(en) { (zh) " / " (en) }
            @for (value, label) in options {
                option value=(value) data-zh=(clean_line(&label.zh)) data-en=(clean_line(&label.en)) { (clean_line(&label.en)) }
            }
        }
    }
}

fn source(content: &str) -> String {
    // The digest is our own hexadecimal; it always decodes.
    let bytes = hex::decode(Digest::of(content).0).unwrap_or_default();
    format!("sha256-{}", STANDARD.encode(bytes))
}
