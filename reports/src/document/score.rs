//! The operator's score, where one is attached.

use super::Paper;
use super::block::{Block, Cell, Inline, Width, column};
use crate::verdict_map;
use touchstone_assess::Exact;
use touchstone_assess::annual::show;
use touchstone_assess::score::{IndicatorScore, Total};
use touchstone_model::text::Text;

impl Paper<'_> {
    pub(super) fn score(&self) -> Vec<Block> {
        let Some(assessment) = self.source.assessment else {
            return vec![Block::say(
                "本报告未附服务考核评分（touchstone report --assessment）。",
                "No score of the service is attached (touchstone report --assessment).",
            )];
        };
        let fact = |zh: &str, en: &str, value: Cell| (Text::new(zh, en), value);
        let plain = |text: String| vec![Inline::Plain(text)];
        let mut blocks = vec![
            Block::say(
                "评分由台账算得，不由本次运行的观察得出，也不影响验收结论；明细见 assessment.html。",
                "The score is computed from ledgers, not from what this run observed, and does not touch the conclusion; its details \
                 are in assessment.html.",
            ),
            Block::Facts(vec![
                fact("被考核方", "Operator", plain(assessment.operator.clone())),
                fact("考核期", "Period", plain(assessment.period.to_string())),
                fact("考核时刻", "As of", plain(assessment.as_of.to_string())),
                fact("依据", "Basis", plain(assessment.source.clone())),
            ]),
        ];
        if let Some(year) = &assessment.year {
            blocks.push(Block::Heading(Text::new(format!("{} 年度", year.year), format!("Year {}", year.year))));
            blocks.push(Block::Paragraph(vec![Inline::Text(year.formula.clone())]));
            blocks.push(total(&year.total));
            blocks.push(indicators(&year.indicators, &year.annual));
        }
        for month in &assessment.months {
            let name = month.month.to_string();
            blocks.push(Block::Heading(Text::new(&name, &name)));
            blocks.push(indicators(&month.indicators, &month.total));
        }
        blocks
    }
}

fn total(total: &Total) -> Block {
    let look = verdict_map::score(total.score, Exact::whole(90));
    let words = match total.score {
        Some(_) => Text::new(format!("{} 分", show(total)), format!("{} points", show(total))),
        None => Text::new(format!("未评 {}", show(total)), format!("not assessed {}", show(total))),
    };
    Block::Paragraph(vec![Inline::Badge(look, words)])
}

fn indicators(scores: &[IndicatorScore], total: &Total) -> Block {
    let row = |score: &IndicatorScore| -> Vec<Cell> {
        let look = verdict_map::score(score.score, score.weight);
        let shown = match score.score {
            Some(value) => Text::new(value.floored(2), value.floored(2)),
            None => Text::new("未评", "not assessed"),
        };
        let mut lost = vec![Inline::Text(score.measured.clone())];
        for deduction in &score.deductions {
            lost.extend([Inline::Break, Inline::Plain(format!("−{} ", deduction.points)), Inline::Text(deduction.why.clone())]);
        }
        for open in &score.open {
            lost.extend([Inline::Break, Inline::Dim(open.why.clone())]);
        }
        vec![
            vec![Inline::Plain(score.id.clone()), Inline::Plain(" ".to_owned()), Inline::Text(score.title.clone())],
            vec![Inline::Badge(look, shown)],
            vec![Inline::Plain(score.weight.to_string())],
            lost,
        ]
    };
    let mut rows: Vec<Vec<Cell>> = scores.iter().map(row).collect();
    let sum = vec![Inline::Plain(show(total).to_string())];
    rows.push(vec![vec![Inline::Strong(Text::new("合计", "Total"))], sum, vec![Inline::Plain("100".to_owned())], Vec::new()]);
    Block::table(
        [
            column("指标", "Indicator", Width::Share(2)),
            column("得分", "Score", Width::Figures),
            column("满分", "Of", Width::Figures),
            column("计量与扣分", "What was counted, and what was lost", Width::Share(3)),
        ],
        rows,
    )
}
