//! The rounds of an acceptance: the chain, what stands as earlier ones left it, what changed since the last one.

use super::Paper;
use super::block::{Block, Cell, Inline, Width, column};
use crate::rounds::heading;
use crate::verdict_map;
use touchstone_model::compare::{Change, Changed, Comparison, Difference, Level};
use touchstone_model::rounds::{EarlierRound, RoundResult, StandingClause};
use touchstone_model::text::Text;

impl Paper<'_> {
    /// Nothing where the run belongs to no round.
    pub(super) fn rounds(&self) -> Vec<Block> {
        let Some(rounds) = &self.view.run.rounds else { return Vec::new() };
        let mut blocks = vec![Block::Paragraph(vec![Inline::Strong(heading(rounds))])];
        if !rounds.earlier.is_empty() {
            blocks.push(chain(&rounds.earlier));
        }
        if let Some(limit) = rounds.limit.filter(|_| rounds.failures_in_a_row > 0) {
            let failures = rounds.failures_in_a_row;
            blocks.push(Block::Paragraph(vec![Inline::warn(
                format!("连续不通过 {failures} 轮（限 {limit} 轮）"),
                format!("Rounds failed in a row: {failures} (limit {limit})"),
            )]));
        }
        if let Some(by) = &rounds.agreed_by {
            let words = Inline::warn(
                format!("超出次数限制，经 {by} 同意再次验收"),
                format!("Beyond the limit; another round was agreed to by {by}"),
            );
            blocks.push(Block::Paragraph(vec![words]));
        }
        blocks.extend(standing(rounds));
        if let Some(since) = &rounds.since {
            blocks.push(Block::heading("与上一轮相比", "What changed since the round before"));
            blocks.extend(changes(since));
        }
        blocks
    }
}

fn chain(earlier: &[EarlierRound]) -> Block {
    let row = |round: &EarlierRound| -> Vec<Cell> {
        let bound = round.bundle.as_ref().unwrap_or(&round.journal_head);
        vec![
            vec![Inline::Plain(round.number.to_string())],
            vec![Inline::Text(round.kind.words())],
            vec![Inline::Code(round.run.clone())],
            vec![Inline::Badge(verdict_map::conclusion(round.conclusion), round.conclusion.words())],
            vec![Inline::Hash(bound.0.clone())],
        ]
    };
    Block::table(
        [
            column("轮次", "Round", Width::Figures),
            column("类别", "Kind", Width::Auto),
            column("运行", "Run", Width::Auto),
            column("结论", "Conclusion", Width::Auto),
            column("交付包声明或日志末项", "Bundle's statement, or journal head", Width::Share(1)),
        ],
        earlier.iter().map(row).collect(),
    )
}

fn standing(rounds: &RoundResult) -> Option<Block> {
    let carried: Vec<&StandingClause> = rounds.standing.iter().filter(|standing| standing.round != rounds.number).collect();
    if carried.is_empty() {
        return None;
    }
    let row = |standing: &&StandingClause| -> Vec<Cell> {
        vec![
            vec![Inline::Code(standing.clause.clone())],
            vec![Inline::Badge(verdict_map::clause(standing.verdict), standing.verdict.words())],
            vec![Inline::say(format!("第 {} 轮", standing.round), format!("round {}", standing.round))],
            standing.doubt.iter().cloned().map(Inline::Warn).collect(),
        ]
    };
    let table = Block::table(
        [
            column("条款", "Clause", Width::Auto),
            column("结论", "Verdict", Width::Auto),
            column("判定于", "Decided in", Width::Auto),
            column("不再成立的原因", "Why it stands no more", Width::Share(1)),
        ],
        carried.iter().map(row).collect(),
    );
    let title = Text::new("沿用此前各轮结论的条款", "Clauses that stand as earlier rounds left them");
    Some(Block::fold(title, carried.len(), vec![table]))
}

fn changes(since: &Comparison) -> Vec<Block> {
    let mut blocks = Vec::new();
    for (title, level) in [
        (Text::new("条款", "Clauses"), &since.clauses),
        (Text::new("条款的各方面", "Aspects of clauses"), &since.aspects),
        (Text::new("检查", "Checks"), &since.checks),
    ] {
        blocks.push(of_level(title, level));
    }
    let row = |difference: &Difference| -> Vec<Cell> {
        let value = |value: &Option<String>| vec![Inline::Plain(value.clone().unwrap_or_else(|| "–".to_owned()))];
        vec![
            vec![Inline::Text(difference.of.words()), Inline::Plain(format!(" {}", difference.place))],
            vec![Inline::Code(difference.name.clone())],
            value(&difference.before),
            value(&difference.after),
        ]
    };
    let table = Block::table(
        [
            column("位置", "Where", Width::Auto),
            column("名称", "What", Width::Auto),
            column("前", "Before", Width::Share(1)),
            column("后", "After", Width::Share(1)),
        ],
        since.environment.iter().map(row).collect(),
    );
    let title = Text::new("环境的差异", "What differs around them");
    blocks.push(Block::fold(title, since.environment.len(), vec![table]));
    blocks
}

fn of_level(title: Text, level: &Level) -> Block {
    let row = |changed: &&Changed| -> Vec<Cell> {
        vec![
            vec![Inline::Badge(verdict_map::change(changed.change), changed.change.words())],
            vec![Inline::Code(changed.id.clone()), Inline::Plain(" ".to_owned()), Inline::Text(changed.title.clone())],
            vec![Inline::Text(changed.before.state.words())],
            vec![Inline::Text(changed.after.state.words())],
        ]
    };
    let in_order = Change::ALL.into_iter().flat_map(|change| level.changed.iter().filter(move |c| c.change == change));
    let rows: Vec<Vec<Cell>> = in_order.collect::<Vec<_>>().iter().map(row).collect();
    let count = rows.len();
    let table = Block::table(
        [
            column("变化", "Change", Width::Auto),
            column("编号和名称", "Id and name", Width::Share(1)),
            column("前", "Before", Width::Auto),
            column("后", "After", Width::Auto),
        ],
        rows,
    );
    let same = Block::say(format!("{} 项没有变化", level.same), format!("{} unchanged", level.same));
    Block::fold(title, count, vec![table, same])
}
