//! What deviates from a plain run, what was not tested and why, what was left behind.

use super::Paper;
use super::block::{Block, Cell, Inline, Width, column};
use crate::link::{anchor, fragment};
use crate::units;
use std::collections::HashMap;
use touchstone_model::catalogue::Clause;
use touchstone_model::description::Impact;
use touchstone_model::plan::LeftOut;
use touchstone_model::run::AspectResult;
use touchstone_model::text::Text;
use touchstone_model::verdict::ClauseVerdict;

struct Group<'a> {
    reason: &'a Text,
    /// A clause with those of its aspects that are open for this reason.
    clauses: Vec<(&'a Clause, Vec<&'a AspectResult>)>,
}

impl<'a> Paper<'a> {
    pub(super) fn open(&self) -> Vec<Block> {
        let mut blocks = vec![Block::heading("偏离", "Deviations")];
        let deviations = self.deviations();
        if deviations.is_empty() {
            blocks.push(Block::say("没有偏离。", "There were none."));
        } else {
            blocks.push(Block::List(deviations));
        }
        blocks.extend(self.left_behind());
        blocks.push(Block::heading("未测内容及原因", "Not assessed, and why"));
        let groups = self.groups();
        if groups.is_empty() {
            blocks.push(Block::say("所选条款的各个方面均已测。", "Every aspect of the selected clauses was assessed."));
        }
        for group in &groups {
            let aspects: usize = group.clauses.iter().map(|(_, aspects)| aspects.len()).sum();
            let title = Text::new(
                format!("{}（{} 条条款，{aspects} 个方面）", group.reason.zh, group.clauses.len()),
                format!("{} (clauses {}, aspects {aspects})", group.reason.en, group.clauses.len()),
            );
            let list = Block::List(group.clauses.iter().map(|(clause, aspects)| named(clause, aspects)).collect());
            blocks.push(Block::fold(title, group.clauses.len(), vec![list]));
        }
        blocks.extend(self.left_out());
        let outside: Vec<_> = self.view.run.clauses.iter().filter(|c| !c.selected).collect();
        if !outside.is_empty() {
            let ids = outside.iter().flat_map(|c| [Inline::Code(c.clause.clone()), Inline::Plain(" ".to_owned())]).collect();
            let title = Text::new("本次未选取的条款", "Clauses outside this run's selection");
            blocks.push(Block::fold(title, outside.len(), vec![Block::Paragraph(ids)]));
        }
        blocks
    }

    fn deviations(&self) -> Vec<Cell> {
        let run = self.view.run;
        let mut list: Vec<Cell> = Vec::new();
        let mut tell = |zh: String, en: String| list.push(vec![Inline::Text(Text::new(zh, en))]);
        if run.plan.unsigned_allowed {
            tell(
                "准许运行无人担保的插件（--allow-unsigned）。".into(),
                "Plugins that nobody vouches for were allowed (--allow-unsigned).".into(),
            );
        }
        if run.interrupted {
            tell("运行提前中断。".into(), "The run was stopped early.".into());
        }
        if run.resumed > 0 {
            let n = run.resumed;
            tell(format!("运行曾中断，续跑 {n} 次。"), format!("The run was stopped and taken up again {n} times."));
        }
        if run.plan.allowed < Impact::Destroy {
            let name = run.plan.allowed.name();
            tell(
                format!("对目标的影响以 {name} 为限；影响更大的检查未执行，列于下文。"),
                format!("No impact above {name} was allowed; checks with more are left out and listed below."),
            );
        }
        if run.plan.selected.len() < run.plan.catalogue.clauses.len() {
            tell("只测了目录中的一部分条款。".into(), "Only a part of the catalogue's clauses was selected.".into());
        }
        for pair in self.view.pairs.iter().filter(|pair| pair.check.unstable) {
            let key = &pair.item.key;
            tell(format!("检查不稳定，各次结论不一致：{key}"), format!("Unstable, its tries do not agree: {key}"));
        }
        list
    }

    fn left_out(&self) -> Vec<Block> {
        let left = &self.view.run.plan.left_out;
        if left.is_empty() {
            return Vec::new();
        }
        let table = Block::table(
            [
                column("检查", "Check", Width::Share(2)),
                column("目标", "Target", Width::Auto),
                column("涉及", "Would decide", Width::Share(2)),
                column("原因", "Reason", Width::Share(3)),
            ],
            left.iter().map(|left| self.left_out_row(left)).collect(),
        );
        vec![Block::fold(Text::new("未执行的检查", "Checks left out"), left.len(), vec![table])]
    }

    fn left_out_row(&self, left: &LeftOut) -> Vec<Cell> {
        let mut check = vec![Inline::Code(left.check.clone())];
        if let Some(title) = &left.title {
            check.extend([Inline::Break, Inline::Dim(title.clone())]);
        }
        let mut decides: Cell = Vec::new();
        for aspect in &left.decides {
            match self.view.clause(&aspect.clause) {
                Some(_) => decides.push(Inline::link(fragment(&aspect.clause), aspect.to_string())),
                None => decides.push(Inline::Plain(aspect.to_string())),
            }
            decides.push(Inline::Plain(" ".to_owned()));
        }
        let target = left.target.clone().unwrap_or_else(|| "–".to_owned());
        vec![check, vec![Inline::Plain(target)], decides, vec![Inline::Text(left.reason.words())]]
    }

    fn groups(&self) -> Vec<Group<'a>> {
        let mut groups: Vec<Group<'a>> = Vec::new();
        let mut at: HashMap<&'a str, usize> = HashMap::new();
        for (clause, result) in self.view.selected() {
            for aspect in result.aspects.iter().filter(|a| a.verdict == ClauseVerdict::NotAssessed) {
                for reason in &aspect.reasons {
                    let n = *at.entry(reason.en.as_str()).or_insert_with(|| {
                        groups.push(Group { reason, clauses: Vec::new() });
                        groups.len() - 1
                    });
                    match groups[n].clauses.last_mut() {
                        Some((last, aspects)) if last.id == clause.id => aspects.push(aspect),
                        _ => groups[n].clauses.push((clause, vec![aspect])),
                    }
                }
            }
        }
        groups.sort_by_key(|g| std::cmp::Reverse(g.clauses.len()));
        groups
    }

    fn left_behind(&self) -> Vec<Block> {
        let rows: Vec<Vec<Cell>> = self
            .view
            .pairs
            .iter()
            .flat_map(|pair| pair.check.left_behind.iter().map(move |left| (pair, left)))
            .map(|(pair, left)| {
                vec![
                    vec![Inline::link(fragment(&anchor(&pair.item.key)), pair.item.key.as_str())],
                    vec![Inline::Code(units::undo(&left.cleanup.act))],
                    vec![Inline::Plain(left.failure.clone())],
                ]
            })
            .collect();
        if rows.is_empty() {
            return Vec::new();
        }
        let note = "以下内容未能自动清除，需要人工处理。";
        let columns = [
            column("检查", "Check", Width::Share(1)),
            column("应执行", "To be done", Width::Share(2)),
            column("未完成原因", "Why it was not", Width::Share(1)),
        ];
        vec![
            Block::heading("遗留在目标上的内容", "Left behind on targets"),
            Block::Paragraph(vec![Inline::warn(note, "These could not be undone by the run and need a person's hand.")]),
            Block::table(columns, rows),
        ]
    }
}

fn named(clause: &Clause, aspects: &[&AspectResult]) -> Cell {
    let mut cell = vec![Inline::link(fragment(&clause.id), clause.id.as_str()), Inline::Plain(" ".to_owned())];
    cell.push(Inline::Text(clause.title.clone()));
    if aspects.len() < clause.aspects.len() {
        for (n, result) in aspects.iter().enumerate() {
            let aspect = clause.aspects.iter().find(|a| a.id == result.aspect);
            let title = aspect.map_or_else(|| Text::new(&result.aspect, &result.aspect), |a| a.title.clone());
            cell.push(if n == 0 { Inline::dim("：", ": ") } else { Inline::dim("、", ", ") });
            cell.push(Inline::Dim(title));
        }
    }
    cell
}
