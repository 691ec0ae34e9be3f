//! Waivers: each with what it covers and what became of it.

use super::Paper;
use super::block::{Block, Cell, Inline, Width, column};
use crate::link::fragment;
use crate::verdict_map;
use touchstone_model::waiver::WaiverResult;

impl Paper<'_> {
    pub(super) fn waivers(&self) -> Vec<Block> {
        let waivers = &self.view.run.waivers;
        if waivers.is_empty() {
            return vec![Block::say("没有豁免。", "There are none.")];
        }
        let row = |waived: &WaiverResult| -> Vec<Cell> {
            let waiver = &waived.waiver;
            let verdict = waived.verdict.map_or(Inline::dim("–", "–"), |v| Inline::Badge(verdict_map::clause(v), v.words()));
            vec![
                vec![Inline::Plain(waiver.id.clone())],
                vec![Inline::Badge(verdict_map::waiver(waived.state), waived.state.words())],
                vec![Inline::link(fragment(&waiver.scope.clause), waiver.scope.to_string()), Inline::Break, verdict],
                vec![Inline::Plain(waiver.approver.clone())],
                vec![Inline::Plain(format!("{} – {}", waiver.from, waiver.until))],
                vec![Inline::Text(waiver.reason.clone())],
            ]
        };
        let table = Block::table(
            [
                column("编号", "Id", Width::Auto),
                column("状态", "State", Width::Share(2)),
                column("所豁免内容及其结论", "Covers, and its verdict", Width::Share(2)),
                column("批准人", "Approved by", Width::Share(1)),
                column("有效期", "Valid", Width::Share(2)),
                column("理由", "Reason", Width::Share(3)),
            ],
            waivers.iter().map(row).collect(),
        );
        let note = Block::say(
            "豁免与结论并列，不改变任何条款的结论。",
            "A waiver lies beside a verdict; it changes the verdict of no clause.",
        );
        let mut blocks = vec![note];
        // Both in UTC and of one length: they compare as they are written.
        let run = self.view.run;
        if let Some(laid) = run.waivers_laid.as_ref().filter(|laid| run.finished.as_ref().is_some_and(|end| *laid > end)) {
            blocks.push(Block::Paragraph(vec![Inline::warn(
                format!("这些豁免于运行完成之后补上：{laid}"),
                format!("These were laid after the run had finished: {laid}"),
            )]));
        }
        blocks.push(table);
        blocks
    }
}
