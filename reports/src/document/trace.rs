//! From each clause over its aspects and checks to the evidence, and back.

use super::Paper;
use super::block::{Block, Cell, Inline, Width, column};
use crate::link::{anchor, evidence_anchor, fragment};
use crate::verdict_map;
use touchstone_model::catalogue::Clause;
use touchstone_model::run::{AspectResult, ClauseResult};
use touchstone_model::text::Text;

impl Paper<'_> {
    pub(super) fn trace(&self) -> Vec<Block> {
        let note = Block::say(
            "每一行由条款经方面、检查到证据；证据列为件数，点击可到附录中的哈希值。",
            "Each row leads from a clause over an aspect and a check to evidence: the number of pieces, which leads to their hashes \
             in the annex.",
        );
        let mut blocks = vec![note];
        for (title, clauses) in self.view.by_area() {
            let rows: Vec<Vec<Cell>> = clauses.iter().flat_map(|(clause, result)| self.rows(clause, result)).collect();
            let table = Block::table(
                [
                    column("条款", "Clause", Width::Auto),
                    column("方面", "Aspect", Width::Share(3)),
                    column("方法", "Method", Width::Auto),
                    column("方面结论", "Verdict", Width::Auto),
                    column("检查", "Check", Width::Share(4)),
                    column("证据", "Evidence", Width::Figures),
                ],
                rows,
            );
            blocks.push(Block::fold(title, clauses.len(), vec![table]));
        }
        blocks
    }

    fn rows(&self, clause: &Clause, result: &ClauseResult) -> Vec<Vec<Cell>> {
        result.aspects.iter().enumerate().map(|(n, aspect)| self.row(clause, aspect, n == 0)).collect()
    }

    fn row(&self, clause: &Clause, result: &AspectResult, first: bool) -> Vec<Cell> {
        let aspect = clause.aspects.iter().find(|a| a.id == result.aspect);
        let id = if first {
            vec![Inline::link(fragment(&clause.id), clause.id.as_str())]
        } else {
            vec![Inline::dim(&*clause.id, &*clause.id)]
        };
        let title = aspect.map_or_else(|| Text::new(&result.aspect, &result.aspect), |aspect| aspect.title.clone());
        let method = aspect.map(|aspect| Inline::Text(aspect.method.words())).into_iter().collect();
        let (mut checks, mut evidence): (Cell, Cell) = (Vec::new(), Vec::new());
        for key in &result.checks {
            let Some(pair) = self.view.pair(key) else { continue };
            let look = verdict_map::check(&pair.check.verdict).0;
            checks.extend([Inline::Badge(look, Text::default()), Inline::Plain(" ".to_owned())]);
            checks.extend([Inline::link(fragment(&anchor(key)), key.as_str()), Inline::Break]);
            let pieces: usize = pair.check.observations.iter().map(|seen| seen.evidence.len()).sum();
            evidence.push(match pieces {
                0 => Inline::dim("0", "0"),
                n => Inline::link(fragment(&evidence_anchor(key)), n.to_string()),
            });
            evidence.push(Inline::Break);
        }
        let inspection = self.view.inspection(&clause.id, &result.aspect);
        for inspected in inspection.into_iter().flat_map(|inspection| &inspection.documents) {
            checks.extend([Inline::say("材料：", "document: "), Inline::Code(inspected.document.name()), Inline::Break]);
            evidence.extend([Inline::Plain("1".to_owned()), Inline::Break]);
        }
        checks.pop();
        evidence.pop();
        if checks.is_empty() {
            checks.push(Inline::dim("无", "none"));
        }
        let verdict = vec![Inline::Badge(verdict_map::clause(result.verdict), result.verdict.words())];
        vec![id, vec![Inline::Text(title)], method, verdict, checks, evidence]
    }
}
