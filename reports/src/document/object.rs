//! What was accepted: the targets, and what they say of themselves.

use super::Paper;
use super::block::{Block, Inline, Width, column};
use crate::link::filter;
use touchstone_model::digest::Digest;
use touchstone_model::text::Text;

impl Paper<'_> {
    pub(super) fn object(&self) -> Vec<Block> {
        let run = self.view.run;
        let said = &run.plan.particulars;
        // The very bytes of the bundle's environment.json.
        let fingerprint = Digest::of(format!("{:#}\n", serde_json::json!(run.environment)));
        let fact = |zh: &str, en: &str, value| (Text::new(zh, en), value);
        let facts = vec![
            fact("验收对象", "Object", vec![Inline::or_blank(said.object.as_ref())]),
            fact("版本", "Version", vec![Inline::or_blank(said.version.as_ref())]),
            fact(
                "环境指纹",
                "Fingerprint of the environment",
                vec![
                    Inline::Hash(fingerprint.0),
                    Inline::Break,
                    Inline::dim(
                        "即交付包中 environment.json 的 SHA-256；再次验收时据此比对。",
                        "This is the SHA-256 of environment.json in the bundle, to be compared with at the next acceptance.",
                    ),
                ],
            ),
        ];
        let rows = run.plan.targets.iter().map(|target| {
            let or_dash = |value: &Option<String>| vec![Inline::Plain(value.clone().unwrap_or_else(|| "–".to_owned()))];
            vec![
                vec![Inline::link(filter(&[("target", &target.name)]), target.name.as_str())],
                vec![Inline::Text(kind(&target.kind))],
                or_dash(&target.product),
                or_dash(&target.adapter),
                vec![Inline::Plain(target.access.clone())],
            ]
        });
        let targets = Block::table(
            [
                column("目标", "Target", Width::Auto),
                column("类别", "Kind", Width::Auto),
                column("产品", "Product", Width::Auto),
                column("适配器", "Adapter", Width::Auto),
                column("接入方式", "Access", Width::Share(1)),
            ],
            rows.collect(),
        );
        let mut blocks = vec![Block::Facts(facts), Block::heading("目标", "Targets"), targets];
        if run.environment.is_empty() {
            blocks.push(Block::say("没有采集到目标的自述信息。", "Nothing was collected that targets say of themselves."));
        } else {
            blocks.push(Block::heading("目标的自述", "What the targets say of themselves"));
            blocks.push(Block::say("以下为目标自报，不作判定依据。", "As the targets report it; nothing is decided by it."));
        }
        for survey in &run.environment {
            let facts = survey.facts.iter().map(|(name, value)| (Text::new(name, name), vec![Inline::Plain(value.clone())]));
            let title = format!("{} · {}", survey.target, survey.part);
            blocks.push(Block::fold(Text::new(title.clone(), title), survey.facts.len(), vec![Block::Facts(facts.collect())]));
        }
        blocks
    }
}

/// Name of a kind of target; one that we do not know stays as it is.
fn kind(name: &str) -> Text {
    match name {
        "host" => Text::new("主机", "host"),
        "database" => Text::new("数据库", "database"),
        "middleware" => Text::new("中间件", "middleware"),
        "platform" => Text::new("平台", "platform"),
        "service" => Text::new("服务", "service"),
        other => Text::new(other, other),
    }
}
