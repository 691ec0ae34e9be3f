//! The conclusion on one page, and the rules that it follows from, step by step.

use super::block::{Block, Cell, Inline, Width, column};
use super::{Paper, area_rows};
use crate::link::{filter, fragment};
use crate::verdict_map;
use touchstone_model::acceptance::{Rule, Step};
use touchstone_model::text::Text;
use touchstone_model::verdict::Conclusion;

/// Clauses that a step names before it says how many more there are: the conclusion stays on one page.
const NAMED: usize = 6;

impl Paper<'_> {
    pub(super) fn conclusion(&self) -> Vec<Block> {
        let run = self.view.run;
        let mut blocks = vec![
            Block::Verdict(verdict_map::conclusion(run.conclusion), run.conclusion.words()),
            Block::Paragraph(vec![because(run.conclusion)]),
        ];
        blocks.extend(self.caveats().into_iter().map(Block::Paragraph));
        blocks.push(Block::heading("推导步骤", "Step by step"));
        blocks.push(steps(&run.steps));
        if !run.waived.is_empty() {
            blocks.push(Block::heading("不计已豁免内容", "Without what waivers cover"));
            blocks.push(steps(&run.waived));
        }
        let (mandatory, all) = (self.view.selected().filter(|(c, _)| c.mandatory).count(), self.view.selected().count());
        blocks.push(Block::heading(
            format!("条款结果：{all} 条，其中强制 {mandatory} 条"),
            format!("Clauses: {all}, of which {mandatory} are mandatory"),
        ));
        let tally = run.tally().map(|(verdict, n)| {
            let look = verdict_map::clause(verdict);
            (look, verdict.words(), n, filter(&[("verdict", look.name)]))
        });
        blocks.push(Block::Tallies(tally.to_vec()));
        blocks.push(area_rows(&self.view));
        blocks
    }

    /// What a reader must know before believing the conclusion.
    fn caveats(&self) -> Vec<Cell> {
        let run = self.view.run;
        let mut caveats = Vec::new();
        if run.conclusion != run.without_waivers {
            let Text { zh, en } = run.without_waivers.words();
            caveats.push(vec![
                Inline::warn("该结论建立在豁免之上；不计豁免：", "It rests on waivers; without them: "),
                Inline::warn(zh, en),
            ]);
        }
        for (name, why) in self.view.unvouched() {
            caveats.push(vec![
                Inline::warn("插件无人担保（--allow-unsigned）：", "Nobody vouches for a plugin (--allow-unsigned): "),
                Inline::Code(name.to_owned()),
                Inline::Plain(" ".to_owned()),
                Inline::Text(why.clone()),
            ]);
        }
        if run.interrupted {
            caveats.push(vec![Inline::warn(
                "运行提前中断，部分检查没有给出回答。",
                "The run was stopped early; some checks have not answered.",
            )]);
        }
        if self.view.pairs.iter().any(|p| !p.check.left_behind.is_empty()) {
            let words = Text::new("有内容遗留在目标上", "Something was left behind on targets");
            caveats.push(vec![Inline::Link("#open".to_owned(), words)]);
        }
        caveats
    }
}

fn because(conclusion: Conclusion) -> Inline {
    match conclusion {
        Conclusion::Accepted => Inline::say("验收规则全部满足。", "Every rule of the acceptance holds."),
        Conclusion::NotAccepted => {
            Inline::say("至少一条验收规则不满足，见下表。", "At least one rule of the acceptance is broken: see below.")
        }
        Conclusion::Inconclusive => Inline::say(
            "没有验收规则被违反，但至少一条未能判定；因此既不能认定通过，也不能认定不通过。",
            "No rule of the acceptance is broken, but at least one is open: neither acceptance nor refusal follows.",
        ),
        Conclusion::AcceptedWithWaivers => Inline::say(
            "单凭结论不能通过；妨碍通过的各项均有有效豁免。",
            "By the verdicts alone it would not be accepted; valid waivers cover all that stands in the way.",
        ),
    }
}

fn steps(steps: &[Step]) -> Block {
    let row = |(n, step): (usize, &Step)| {
        vec![
            vec![Inline::Plain((n + 1).to_string())],
            vec![Inline::Text(step.rule.words())],
            vec![Inline::Badge(verdict_map::outcome(step.outcome), step.outcome.words())],
            vec![Inline::Plain(step.clauses.len().to_string())],
            counted(step),
        ]
    };
    Block::table(
        [
            column("步骤", "Step", Width::Auto),
            column("规则", "Rule", Width::Share(3)),
            column("结果", "Outcome", Width::Auto),
            column("条款数", "Clauses", Width::Figures),
            column("涉及条款", "Which", Width::Share(3)),
        ],
        steps.iter().enumerate().map(row).collect(),
    )
}

/// The clauses that count; where something must conform their number is enough.
fn counted(step: &Step) -> Cell {
    if step.rule == Rule::SomethingConforms {
        return Vec::new();
    }
    let named = step.clauses.iter().take(NAMED);
    let mut cell: Cell = named.flat_map(|id| [Inline::link(fragment(id), id.as_str()), Inline::Plain(" ".to_owned())]).collect();
    if step.clauses.len() > NAMED {
        let more = step.clauses.len() - NAMED;
        cell.push(Inline::dim(format!("另 {more} 条"), format!("and {more} more")));
    }
    cell
}
