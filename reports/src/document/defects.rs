//! What is to be rectified: how grave it is, and until when.

use super::Paper;
use super::block::{Block, Cell, Inline, Width, column};
use crate::link::fragment;
use crate::rounds::defect_words;
use crate::verdict_map;
use touchstone_model::acceptance::{self, Severity};
use touchstone_model::catalogue::Clause;
use touchstone_model::text::Text;

/// Working days for rectification where the run knows no day: what the tender grants.
const WORKING_DAYS: u32 = 15;

impl Paper<'_> {
    pub(super) fn defects(&self) -> Vec<Block> {
        let run = self.view.run;
        let clauses: Vec<_> = self.view.selected().map(|(clause, result)| (clause, result.verdict)).collect();
        let defects = acceptance::defects(&run.plan.acceptance, &clauses);
        if defects.is_empty() {
            return vec![Block::say(
                "没有条款被证明不符合或部分符合。",
                "No clause was shown to be nonconforming or met in part.",
            )];
        }
        let tally = Severity::ALL.map(|severity| (severity, defects.iter().filter(|(_, s)| *s == severity).count()));
        let join = |pick: fn(Text) -> String, by| {
            tally.iter().map(|(severity, n)| format!("{} {n}", pick(severity.words()))).collect::<Vec<_>>().join(by)
        };
        let counts = Block::say(join(|t| t.zh, "，"), join(|t| t.en, ", "));
        let rows = defects.iter().map(|(clause, severity)| self.defect(clause, *severity)).collect();
        let table = Block::table(
            [
                column("条款", "Clause", Width::Auto),
                column("等级", "Severity", Width::Auto),
                column("结论", "Verdict", Width::Auto),
                column("缺陷", "Defect", Width::Share(2)),
                column("整改期限", "Due", Width::Share(1)),
            ],
            rows,
        );
        vec![counts, table]
    }

    fn defect(&self, clause: &Clause, severity: Severity) -> Vec<Cell> {
        let result = self.view.run.clauses.iter().find(|result| result.clause == clause.id);
        let verdict = result.map(|result| Inline::Badge(verdict_map::clause(result.verdict), result.verdict.words()));
        let mut found = vec![Inline::Strong(clause.title.clone())];
        for pair in self.view.of_clause(&clause.id) {
            for report in pair.contradictions() {
                found.extend([Inline::Break, Inline::Text(pair.expectation(&report.expectation))]);
                found.push(Inline::dim(format!("（{}）", pair.item.target), format!(" ({})", pair.item.target)));
            }
        }
        for waived in self.view.waivers_of(&clause.id) {
            let look = verdict_map::waiver(waived.state);
            found.extend([Inline::Break, Inline::Badge(look, Text::new("已豁免", "waived")), Inline::Plain(" ".to_owned())]);
            found.push(Inline::Text(waived.waiver.words()));
        }
        let severity = Inline::Strong(severity.words());
        let due = match self.view.run.defects.iter().find(|defect| defect.clause == clause.id) {
            Some(defect) => Inline::Text(defect_words(defect)),
            None => Inline::say(
                format!("收到本报告后 {WORKING_DAYS} 个工作日内"),
                format!("{WORKING_DAYS} working days after receipt of this report"),
            ),
        };
        vec![
            vec![Inline::link(fragment(&clause.id), clause.id.as_str())],
            vec![severity],
            verdict.into_iter().collect(),
            found,
            vec![due],
        ]
    }
}
