//! What the acceptance rests on: contract, clauses, suite, rules.

use super::Paper;
use super::block::{Block, Inline, Width, column};
use touchstone_model::acceptance::Severity;
use touchstone_model::text::Text;

impl Paper<'_> {
    pub(super) fn basis(&self) -> Vec<Block> {
        let run = self.view.run;
        let plan = &run.plan;
        let catalogue = &plan.catalogue;
        let mandatory = catalogue.clauses.iter().filter(|clause| clause.mandatory).count();
        let fact = |zh: &str, en: &str, value| (Text::new(zh, en), value);
        let mut facts = vec![
            fact("合同", "Contract", vec![Inline::or_blank(plan.particulars.contract.as_ref())]),
            fact(
                "条款目录",
                "Catalogue of clauses",
                vec![
                    Inline::Text(catalogue.title.clone()),
                    Inline::dim(
                        format!("（{}：{} 条，强制 {mandatory} 条）", catalogue.id, catalogue.clauses.len()),
                        format!(" ({}: {} clauses, {mandatory} of them mandatory)", catalogue.id, catalogue.clauses.len()),
                    ),
                ],
            ),
            fact(
                "测试套件",
                "Suite",
                vec![
                    Inline::Text(plan.suite_title.clone()),
                    Inline::dim(format!("（{}）", plan.suite), format!(" ({})", plan.suite)),
                    Inline::Break,
                    Inline::Hash(run.suite_sha256.0.clone()),
                ],
            ),
        ];
        if plan.selected.len() < catalogue.clauses.len() {
            facts.push(fact(
                "本次范围",
                "Scope of this run",
                vec![Inline::warn(
                    format!("只涉及 {} 条条款，其余未选取", plan.selected.len()),
                    format!("{} clauses only; the others were not selected", plan.selected.len()),
                )],
            ));
        }
        let mut blocks = vec![Block::Facts(facts), Block::heading("判定规则", "Rules of the verdicts"), words()];
        blocks.push(Block::heading("缺陷等级", "Severities of defects"));
        blocks.push(self.severities());
        if !run.inputs.is_empty() {
            let rows = run
                .inputs
                .iter()
                .map(|input| vec![vec![Inline::Code(input.name.clone())], vec![Inline::Hash(input.sha256.0.clone())]]);
            let columns = [column("文件", "File", Width::Auto), column("SHA-256", "SHA-256", Width::Share(1))];
            let table = Block::table(columns, rows.collect());
            blocks.push(Block::fold(Text::new("所依据的文件", "Files that it was made from"), run.inputs.len(), vec![table]));
        }
        blocks
    }

    fn severities(&self) -> Block {
        let rules = &self.view.run.plan.acceptance;
        let row = |severity: Severity| {
            let mut cases: Vec<Text> = [
                (rules.mandatory_nonconforming, "强制条款不符合", "mandatory clause nonconforming"),
                (rules.mandatory_partly, "强制条款部分符合", "mandatory clause met in part"),
                (rules.preferred_nonconforming, "非强制条款不符合", "preferred clause nonconforming"),
                (rules.preferred_partly, "非强制条款部分符合", "preferred clause met in part"),
            ]
            .iter()
            .filter(|(of, _, _)| *of == severity)
            .map(|(_, zh, en)| Text::new(*zh, *en))
            .collect();
            let own: Vec<&str> = rules.graded.iter().filter(|(_, s)| **s == severity).map(|(id, _)| id.as_str()).collect();
            if !own.is_empty() {
                cases.push(Text::new(format!("套件指定：{}", own.join("、")), format!("named by the suite: {}", own.join(", "))));
            }
            if cases.is_empty() {
                cases.push(Text::new("套件未指定", "nothing, by this suite"));
            }
            let join = |pick: fn(&Text) -> &str, by| cases.iter().map(pick).collect::<Vec<_>>().join(by);
            let limit = match rules.tolerated.get(&severity) {
                Some(limit) => Inline::Plain(limit.to_string()),
                None => Inline::dim("不限", "any number"),
            };
            vec![
                vec![Inline::Strong(severity.words())],
                vec![Inline::say(join(|t| &t.zh, "；"), join(|t| &t.en, "; "))],
                vec![limit],
            ]
        };
        Block::table(
            [
                column("等级", "Severity", Width::Auto),
                column("适用于", "Given to", Width::Share(1)),
                column("最多容许", "Tolerated at most", Width::Auto),
            ],
            Severity::ALL.map(row).to_vec(),
        )
    }
}

fn words() -> Block {
    let item = |zh: &str, en: &str| vec![Inline::say(zh, en)];
    Block::List(vec![
        item(
            "检查“符合”：运行到底，且每一项期望均由对目标的实际观察证实。",
            "A check is conforming when it ran to its end and every expectation was met by what was seen of the target.",
        ),
        item(
            "检查“不符合”：观察到与期望矛盾的事实。未能得出回答的一律为“无结论”，既不算通过也不算失败。",
            "It is nonconforming when a contradiction was seen. Whatever gave no answer is inconclusive: neither passed nor failed.",
        ),
        item(
            "条款的结论由其各方面得出：任一方面未测，条款即不能为“符合”。",
            "A clause follows from its aspects: as long as one of them is not assessed it cannot be conforming.",
        ),
        item("豁免与结论并列，不改变任何结论。", "A waiver lies beside a verdict and changes none."),
    ])
}
