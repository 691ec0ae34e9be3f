//! All evidence with its hashes, check by check.

use super::Paper;
use super::block::{Block, Cell, Inline, Width, column};
use crate::link::evidence_anchor;
use crate::units;
use crate::view::Pair;
use touchstone_model::text::Text;

impl Paper<'_> {
    pub(super) fn annex(&self) -> Vec<Block> {
        let mut blocks = vec![Block::say(
            "短文本证据存于日志 journal.log，其余为 evidence/ 下以其 SHA-256 命名的文件。",
            "Short text is kept in journal.log itself, all else in files below evidence/ that are named by their SHA-256.",
        )];
        let documents: Vec<Vec<Cell>> = self
            .view
            .run
            .plan
            .inspections
            .iter()
            .flat_map(|inspection| inspection.documents.iter().map(move |inspected| (inspection, &inspected.document)))
            .map(|(inspection, document)| {
                let validity = match &document.until {
                    Some(until) => Inline::Plain(format!("{} – {until}", document.from)),
                    None => Inline::say(format!("{} – 长期", document.from), format!("{} – without end", document.from)),
                };
                let attested = match (&document.attested_by, &document.attested_on) {
                    (Some(by), Some(on)) => Inline::Plain(format!("{by} {on}")),
                    _ => Inline::warn("无人作证", "nobody"),
                };
                vec![
                    vec![Inline::Plain(inspection.slot.aspect.to_string())],
                    vec![Inline::Code(document.name())],
                    vec![
                        Inline::Plain(format!("{} → {}", document.issuer, document.holder)),
                        Inline::Break,
                        Inline::Plain(document.scope.clone()),
                    ],
                    vec![validity],
                    vec![attested],
                    vec![Inline::Hash(document.sha256.0.clone())],
                ]
            })
            .collect();
        if !documents.is_empty() {
            blocks.push(Block::heading("审查的材料", "Documents that were inspected"));
            let columns = [
                column("方面", "Aspect", Width::Auto),
                column("文件", "File", Width::Share(2)),
                column("出具方、持有方、范围", "Issuer, holder, scope", Width::Share(3)),
                column("有效期", "Valid", Width::Auto),
                column("作证", "Attested by", Width::Auto),
                column("SHA-256", "SHA-256", Width::Share(3)),
            ];
            blocks.push(Block::table(columns, documents));
        }
        blocks.push(Block::heading("观察所得的证据", "Evidence of what was seen"));
        // By plugin, so that a long list can be looked through.
        let mut groups: Vec<(&str, Vec<Block>)> = Vec::new();
        for pair in &self.view.pairs {
            let plugin = pair.item.check.id.split('/').next().unwrap_or_default();
            let Some(fold) = pieces(pair) else { continue };
            match groups.iter_mut().find(|(name, _)| *name == plugin) {
                Some((_, folds)) => folds.push(fold),
                None => groups.push((plugin, vec![fold])),
            }
        }
        if groups.is_empty() {
            blocks.push(Block::say("没有。", "There is none."));
        }
        let group = |(plugin, folds): (&str, Vec<Block>)| {
            let title = Text::new(format!("插件 {plugin} 的检查"), format!("Checks of the plugin {plugin}"));
            Block::fold(title, folds.len(), folds)
        };
        blocks.extend(groups.into_iter().map(group));
        blocks
    }
}

fn pieces(pair: &Pair) -> Option<Block> {
    let rows: Vec<Vec<Cell>> = pair
        .check
        .observations
        .iter()
        .flat_map(|seen| seen.evidence.iter().map(move |piece| (seen, piece)))
        .map(|(seen, piece)| {
            let mut name = vec![Inline::Plain(piece.name.clone())];
            if piece.truncated {
                name.push(Inline::warn("（采集时已截断）", " (cut while it was taken)"));
            }
            vec![
                vec![Inline::Plain(format!("#{}", seen.id))],
                name,
                vec![Inline::Plain(units::bytes(piece.size))],
                vec![Inline::Hash(piece.sha256.0.clone())],
            ]
        })
        .collect();
    if rows.is_empty() {
        return None;
    }
    let n = rows.len();
    let table = Block::table(
        [
            column("观察", "Seen", Width::Auto),
            column("内容", "Content", Width::Share(1)),
            column("大小", "Size", Width::Figures),
            column("SHA-256", "SHA-256", Width::Share(4)),
        ],
        rows,
    );
    let (id, title) = (Some(evidence_anchor(&pair.item.key)), Text::new(&pair.item.key, &pair.item.key));
    Some(Block::Fold { id, title, count: n, blocks: vec![table] })
}
