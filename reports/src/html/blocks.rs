//! How each block looks on a page.

use super::Page;
use super::fold::Fold;
use super::words::{badge, mark, say, sha, text};
use crate::clean::clean;
use crate::document::{Block, Inline, Table, Width};
use maud::{Markup, PreEscaped, html};
use touchstone_model::text::Text;

impl Page<'_> {
    pub(super) fn blocks(&self, blocks: &[Block]) -> Markup {
        html! { @for block in blocks { (self.block(block)) } }
    }

    fn block(&self, block: &Block) -> Markup {
        match block {
            Block::Heading(title) => html! { h3 { (text(title)) } },
            Block::Paragraph(line) => html! { p.say { (inlines(line)) } },
            Block::Verdict(look, words) => html! {
                p class={ "verdict v-" (look.name) } { b aria-hidden="true" { (look.symbol) } " " strong { (text(words)) } }
            },
            Block::Facts(facts) => html! {
                dl.facts { @for (name, value) in facts { dt { (text(name)) } dd { (inlines(value)) } } }
            },
            Block::Table(of) => table(of),
            Block::List(items) => html! { ul.list { @for item in items { li { (inlines(item)) } } } },
            Block::Fold { id, title, count, blocks } => html! {
                details.fold id=[id.as_deref()] {
                    summary { span.why { (text(title)) } " " span.n { (count) } }
                    (self.fold.content(self.blocks(blocks)))
                }
            },
            Block::Tallies(tallies) => html! {
                ul.tallies { @for (look, words, n, to) in tallies {
                    li { a class={ "v-" (look.name) } href=(to) { strong { (n) } (badge(*look, words)) } }
                } }
            },
            Block::Drawing(what, svg) => html! {
                figure { (PreEscaped(svg)) figcaption { (text(what)) } }
            },
            Block::Signatures(fields) => html! {
                table.signatures {
                    thead { tr { th {} th { (say("姓名", "Name")) } th { (say("签名", "Signature")) } th { (say("日期", "Date")) } } }
                    tbody { @for field in fields { tr { th scope="row" { (text(field)) } td {} td {} td {} } } }
                }
            },
        }
    }
}

fn table(table: &Table) -> Markup {
    let class = |width: Width| match width {
        Width::Auto => "auto",
        Width::Share(_) => "share",
        Width::Figures => "num",
    };
    html! {
        div.scroll { table {
            thead { tr { @for (title, width) in &table.columns { th class=(class(*width)) { (text(title)) } } } }
            tbody { @for row in &table.rows { tr {
                @for (cell, (_, width)) in row.iter().zip(&table.columns) { td class=(class(*width)) { (inlines(cell)) } }
            } } }
        } }
    }
}

pub(super) fn inlines(line: &[Inline]) -> Markup {
    html! { @for part in line { (inline(part)) } }
}

fn inline(part: &Inline) -> Markup {
    match part {
        Inline::Text(words) => text(words),
        Inline::Plain(words) => html! { (clean(words)) },
        Inline::Strong(words) => html! { strong { (text(words)) } },
        Inline::Dim(words) => html! { span.dim { (text(words)) } },
        Inline::Warn(words) => html! { span.warn { (text(words)) } },
        Inline::Code(words) => html! { code.ref { (clean(words)) } },
        Inline::Hash(hex) => sha(hex),
        Inline::Badge(look, words) if *words == Text::default() => mark(*look, &Text::new(look.name, look.name)),
        Inline::Badge(look, words) => badge(*look, words),
        Inline::Link(to, words) => html! { a.ref href=(to) { (text(words)) } },
        Inline::Anchor(id) => html! { span id=(id) {} },
        Inline::Break => html! { br; },
        Inline::Blank => html! { span.blank { span.out { (say("待填写", "to be filled in")) } } },
    }
}

/// Only a page that keeps nothing aside may be read without script.
pub(super) fn needs_script(fold: &Fold) -> Markup {
    html! { @if fold.is_aside() {
        noscript { p.warn { (say(
            "本报告数据量大，检查的详情须启用脚本才能展开；其内容也见 report.json。",
            "This is a large report: the details of checks open by script only. They are in report.json, too.",
        )) } }
    } }
}
