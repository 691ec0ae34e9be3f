//! Every selected clause with its verdict and why. On a screen the page lays the interactive list over it.

use super::Paper;
use super::block::{Block, Cell, Inline, Width, column};
use crate::link::filter;
use crate::verdict_map;
use crate::view::View;
use touchstone_model::catalogue::Clause;
use touchstone_model::run::ClauseResult;
use touchstone_model::text::Text;
use touchstone_model::verdict::ClauseVerdict;

/// Reasons that a row gives before it says how many more there are.
const REASONS: usize = 4;

impl<'a> Paper<'a> {
    pub(super) fn results(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        for (title, clauses) in self.view.by_area() {
            blocks.push(Block::Heading(title));
            let rows = clauses.iter().map(|(clause, result)| self.result(clause, result)).collect();
            blocks.push(Block::table(
                [
                    column("条款", "Clause", Width::Auto),
                    column("要求", "Demand", Width::Share(4)),
                    column("方法", "Method", Width::Auto),
                    column("结论", "Verdict", Width::Auto),
                    column("依据", "Because", Width::Share(5)),
                ],
                rows,
            ));
        }
        blocks
    }

    fn result(&self, clause: &Clause, result: &ClauseResult) -> Vec<Cell> {
        let mut demand = vec![Inline::Strong(clause.title.clone())];
        if !clause.mandatory {
            demand.push(Inline::dim("（非强制）", " (preferred)"));
        }
        demand.extend([Inline::Break, Inline::Text(clause.text.clone()), Inline::Break]);
        demand.push(Inline::dim(format!("出处 {}", clause.source), format!("source {}", clause.source)));
        let mut methods = Vec::new();
        for method in &clause.method {
            methods.extend([Inline::Text(method.words()), Inline::Break]);
        }
        methods.pop();
        let mut verdict = vec![Inline::Badge(verdict_map::clause(result.verdict), result.verdict.words())];
        for waived in self.view.waivers_of(&clause.id) {
            let look = verdict_map::waiver(waived.state);
            verdict.extend([Inline::Break, Inline::Badge(look, Text::new("已豁免", "waived"))]);
        }
        vec![
            vec![Inline::Anchor(clause.id.clone()), Inline::Code(clause.id.clone())],
            demand,
            methods,
            verdict,
            self.because(clause, result),
        ]
    }

    /// Checks with their verdicts, contradictions as expected and seen, and why aspects are open.
    fn because(&self, clause: &Clause, result: &ClauseResult) -> Cell {
        let mut cell: Cell = Vec::new();
        for pair in self.view.of_clause(&clause.id) {
            let look = verdict_map::check(&pair.check.verdict).0;
            cell.extend([Inline::Badge(look, pair.check.verdict.words()), Inline::Plain(" ".to_owned())]);
            cell.extend([Inline::Code(pair.item.key.clone()), Inline::Break]);
            for report in pair.contradictions() {
                let Text { zh, en } = pair.expectation(&report.expectation);
                let (expected, actual) = (brief(&report.expected), brief(&report.actual));
                cell.push(Inline::say(
                    format!("{zh}：应见“{expected}”，实见“{actual}”"),
                    format!("{en}: expected \"{expected}\", saw \"{actual}\""),
                ));
                cell.push(Inline::Break);
            }
        }
        let mut reasons: Vec<&Text> = Vec::new();
        for reason in result.aspects.iter().flat_map(|aspect| &aspect.reasons) {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        for reason in reasons.iter().take(REASONS) {
            cell.extend([Inline::Dim((*reason).clone()), Inline::Break]);
        }
        if reasons.len() > REASONS {
            let more = reasons.len() - REASONS;
            cell.push(Inline::dim(
                format!("另有 {more} 项原因，见“偏离与未测”"),
                format!("{more} more reasons: see what was not tested"),
            ));
        }
        if matches!(cell.last(), Some(Inline::Break)) {
            cell.pop();
        }
        cell
    }
}

/// The beginning of a value, in one line.
fn brief(value: &str) -> String {
    const MOST: usize = 160;
    let line = crate::clean::clean_line(value);
    let mut short: String = line.chars().take(MOST).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}

/// How many clauses of each area have each verdict.
pub(crate) fn area_rows(view: &View) -> Block {
    let mut columns = vec![column("领域", "Area", Width::Share(1))];
    columns.extend(ClauseVerdict::ALL.map(|verdict| (verdict.words(), Width::Figures)));
    let selected: Vec<_> = view.selected().collect();
    let rows = view.run.plan.catalogue.areas.iter().filter_map(|area| {
        let count = |v| selected.iter().filter(|(c, r)| c.area == area.id && r.verdict == v).count();
        let counts = ClauseVerdict::ALL.map(|verdict| (verdict, count(verdict)));
        if counts.iter().all(|(_, n)| *n == 0) {
            return None;
        }
        let name = Text::new(format!("{} {}", area.id, area.title.zh), format!("{} {}", area.id, area.title.en));
        let mut row = vec![vec![Inline::Link(filter(&[("area", &area.id)]), name)]];
        row.extend(counts.map(|(verdict, n)| match n {
            0 => vec![Inline::dim("·", "·")],
            n => vec![Inline::link(filter(&[("verdict", verdict.name()), ("area", &area.id)]), n.to_string())],
        }));
        Some(row)
    });
    Block::table(columns, rows.collect())
}
