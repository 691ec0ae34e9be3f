//! The document as `touchstone-pdf` takes it: one language, chapters as JSON, report.json to attach. The program sets it in type.

use crate::document::{Block, Cell, Inline, Paper, Source, Table, Width, cover};
use crate::json;
use serde_json::{Value, json};
use std::collections::HashSet;
use touchstone_model::text::{Lang, Text};

/// What the program is given on its standard input.
pub fn pdf_input(source: Source<'_>, lang: Lang) -> String {
    let paper = Paper::new(source);
    let (run, cover, chapters) = (source.run, cover(&paper), paper.chapters());
    let mut anchors: HashSet<String> = chapters.iter().map(|chapter| chapter.id.to_owned()).collect();
    chapters.iter().for_each(|chapter| collect(&chapter.blocks, &mut anchors));
    let setter = Setter { lang, anchors };
    let chapters: Vec<Value> = chapters
        .iter()
        .map(|chapter| json!({ "id": chapter.id, "title": setter.get(&chapter.title), "blocks": setter.blocks(&chapter.blocks) }))
        .collect();
    let facts: Vec<Value> = cover.facts.iter().map(|(name, value)| json!([setter.get(name), setter.cell(value)])).collect();
    json!({
        "lang": lang.pick("zh", "en"),
        "title": setter.get(&cover.title),
        "kind": setter.get(&cover.kind),
        "maker": setter.get(&cover.maker),
        "run": run.run,
        "head": run.journal_head.0,
        "at": run.finished.as_ref().unwrap_or(&run.started),
        "words": {
            "page": lang.pick("第 {} 页，共 {} 页", "Page {} of {}"),
            "contents": lang.pick("目录", "Contents"),
            "name": lang.pick("姓名", "Name"),
            "signature": lang.pick("签名", "Signature"),
            "date": lang.pick("日期", "Date"),
            "attached": lang.pick("本文件附有 report.json", "report.json is attached to this file"),
        },
        "facts": facts,
        "chapters": chapters,
        "attachment": json(run),
    })
    .to_string()
}

fn collect(blocks: &[Block], anchors: &mut HashSet<String>) {
    for block in blocks {
        match block {
            Block::Fold { id, blocks, .. } => {
                anchors.extend(id.clone());
                collect(blocks, anchors);
            }
            Block::Table(table) => {
                let parts = table.rows.iter().flatten().flatten();
                anchors.extend(parts.filter_map(|part| match part {
                    Inline::Anchor(id) => Some(id.clone()),
                    _ => None,
                }));
            }
            _ => {}
        }
    }
}

struct Setter {
    lang: Lang,
    /// What can be linked to.
    anchors: HashSet<String>,
}

impl Setter {
    fn get(&self, text: &Text) -> String {
        crate::clean::clean(text.get(self.lang)).into_owned()
    }

    fn blocks(&self, blocks: &[Block]) -> Vec<Value> {
        blocks.iter().map(|block| self.block(block)).collect()
    }

    fn block(&self, block: &Block) -> Value {
        match block {
            Block::Heading(title) => json!({ "k": "heading", "t": self.get(title) }),
            Block::Paragraph(line) => json!({ "k": "paragraph", "line": self.cell(line) }),
            Block::Verdict(look, words) => {
                json!({ "k": "verdict", "look": look.name, "symbol": look.symbol, "t": self.get(words) })
            }
            Block::Facts(facts) => {
                let facts: Vec<Value> = facts.iter().map(|(name, value)| json!([self.get(name), self.cell(value)])).collect();
                json!({ "k": "facts", "facts": facts })
            }
            Block::Table(table) => self.table(table),
            Block::List(items) => json!({ "k": "list", "items": items.iter().map(|item| self.cell(item)).collect::<Vec<_>>() }),
            Block::Fold { id, title, count, blocks } => {
                json!({ "k": "fold", "id": id, "t": self.get(title), "count": count, "blocks": self.blocks(blocks) })
            }
            Block::Tallies(tallies) => {
                let tally = |(look, words, n, _): &(crate::verdict_map::Look, Text, usize, String)| json!({ "look": look.name, "symbol": look.symbol, "t": self.get(words), "n": n });
                json!({ "k": "tallies", "tallies": tallies.iter().map(tally).collect::<Vec<_>>() })
            }
            Block::Drawing(what, svg) => json!({ "k": "drawing", "t": self.get(what), "svg": svg }),
            Block::Signatures(fields) => {
                json!({ "k": "signatures", "fields": fields.iter().map(|field| self.get(field)).collect::<Vec<_>>() })
            }
        }
    }

    fn table(&self, table: &Table) -> Value {
        let columns: Vec<Value> = table
            .columns
            .iter()
            .map(|(title, width)| {
                let share = if let Width::Share(n) = width { *n } else { 0 };
                json!({ "t": self.get(title), "share": share, "figures": *width == Width::Figures })
            })
            .collect();
        let rows: Vec<Vec<Value>> = table.rows.iter().map(|row| row.iter().map(|cell| self.cell(cell)).collect()).collect();
        json!({ "k": "table", "columns": columns, "rows": rows })
    }

    fn cell(&self, cell: &Cell) -> Value {
        cell.iter().map(|part| self.inline(part)).collect()
    }

    fn inline(&self, part: &Inline) -> Value {
        let plain = |kind: &str, words: &str| json!({ "k": kind, "t": crate::clean::clean(words) });
        match part {
            Inline::Text(words) => json!({ "k": "text", "t": self.get(words) }),
            Inline::Plain(words) => plain("text", words),
            Inline::Strong(words) => json!({ "k": "strong", "t": self.get(words) }),
            Inline::Dim(words) => json!({ "k": "dim", "t": self.get(words) }),
            Inline::Warn(words) => json!({ "k": "warn", "t": self.get(words) }),
            Inline::Code(words) => plain("code", words),
            Inline::Hash(hex) => plain("hash", hex),
            Inline::Badge(look, words) => {
                json!({ "k": "badge", "look": look.name, "symbol": look.symbol, "t": self.get(words) })
            }
            Inline::Link(to, words) => {
                let to = to.strip_prefix('#').filter(|to| self.anchors.contains(*to));
                json!({ "k": "link", "t": self.get(words), "to": to })
            }
            Inline::Anchor(id) => json!({ "k": "anchor", "id": id }),
            Inline::Break => json!({ "k": "break" }),
            Inline::Blank => json!({ "k": "blank" }),
        }
    }
}
