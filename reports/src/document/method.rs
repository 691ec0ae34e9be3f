//! With what and how it was tested: the tool, the plugins, the run itself.

use super::Paper;
use super::block::{Block, Cell, Inline, Width, column};
use crate::units;
use crate::verdict_map;
use touchstone_model::description::Impact;
use touchstone_model::plan::{PlannedPlugin, Vouched};
use touchstone_model::text::Text;

impl Paper<'_> {
    pub(super) fn method(&self) -> Vec<Block> {
        let run = self.view.run;
        let fact = |zh: &str, en: &str, value: Cell| (Text::new(zh, en), value);
        let mut finished = match &run.finished {
            Some(at) => vec![Inline::Plain(units::moment(at))],
            None => vec![Inline::warn("未完成", "not finished")],
        };
        if let Some(ms) = run.finished.as_ref().and_then(|at| units::between(&run.started, at)) {
            finished.push(Inline::dim(
                format!("（历时 {}）", units::milliseconds(ms)),
                format!(" (took {})", units::milliseconds(ms)),
            ));
        }
        if run.resumed > 0 {
            finished.push(Inline::dim(format!("，续跑 {} 次", run.resumed), format!(", resumed {} times", run.resumed)));
        }
        let mut checks: Cell = Vec::new();
        for (look, words, n) in self.view.check_tally() {
            checks.push(Inline::Badge(look, words));
            checks.push(Inline::Plain(format!(" {n}　")));
        }
        let (look, left) = (verdict_map::LEFT_OUT.0, run.plan.left_out.len());
        checks.push(Inline::Badge(look, Text::new("未执行", "left out")));
        checks.push(Inline::Plain(format!(" {left}")));
        let facts = vec![
            fact("测试工具", "Tool", vec![Inline::say(format!("试金石 {}", run.tool), format!("Touchstone {}", run.tool))]),
            fact("开始", "Started", vec![Inline::Plain(units::moment(&run.started))]),
            fact("结束", "Finished", finished),
            fact("允许的影响", "Impact allowed", vec![Inline::Text(impact(run.plan.allowed))]),
            fact("检查", "Checks", checks),
            fact("日志末项", "Journal's head", vec![Inline::Hash(run.journal_head.0.clone())]),
        ];
        vec![
            Block::Facts(facts),
            Block::say(
                "每项检查由隔离的插件判定，对目标的一切操作均由本工具代为执行并记录；适配器（产品知识）的说法不作为证据。\
                 全部操作、观察和结论写入逐条相连的日志，可用 touchstone verify 核验。",
                "Each check is decided by a plugin in a sandbox, while every act on a target is done and recorded by the tool itself; \
                 what an adapter (which knows a product) says is no evidence. All acts, observations and verdicts are in a journal \
                 whose entries are bound to each other; touchstone verify checks it.",
            ),
            Block::fold(Text::new("插件及其版本", "Plugins and their versions"), run.plan.plugins.len(), self.plugins()),
        ]
    }

    fn plugins(&self) -> Vec<Block> {
        let plugins = &self.view.run.plan.plugins;
        let row = |plugin: &PlannedPlugin| {
            let vouched = match &plugin.vouched {
                Vouched::Signed { by, role, .. } => {
                    let role = if role == "check" { ("检查", "checks") } else { ("适配器", "adapters") };
                    vec![Inline::Plain(by.clone()), Inline::dim(format!("（{}）", role.0), format!(" ({})", role.1))]
                }
                Vouched::Nobody { .. } => vec![Inline::warn("无人", "nobody")],
            };
            vec![
                vec![Inline::Code(plugin.name.clone())],
                vec![Inline::Plain(plugin.version.clone())],
                vouched,
                vec![Inline::Hash(plugin.sha256.0.clone())],
            ]
        };
        let table = Block::table(
            [
                column("插件", "Plugin", Width::Auto),
                column("版本", "Version", Width::Auto),
                column("担保", "Vouched for by", Width::Auto),
                column("SHA-256", "SHA-256", Width::Share(1)),
            ],
            plugins.iter().map(row).collect(),
        );
        let imports = plugins.iter().map(|plugin| {
            let names = plugin.granted.iter().flat_map(|name| [Inline::Code(name.clone()), Inline::Plain(" ".to_owned())]);
            (Text::new(&plugin.name, &plugin.name), names.collect())
        });
        let imports = Block::Facts(imports.collect());
        vec![
            table,
            Block::fold(Text::new("准许各插件使用的接口", "Interfaces granted to each plugin"), plugins.len(), vec![imports]),
        ]
    }
}

fn impact(impact: Impact) -> Text {
    match impact {
        Impact::Observe => Text::new("observe：只观察", "observe: looks only"),
        Impact::Scratch => Text::new("scratch：自建对象并清除", "scratch: makes objects of its own and removes them"),
        Impact::Disrupt => Text::new("disrupt：暂时影响服务", "disrupt: disturbs the service for a while"),
        Impact::Destroy => Text::new("destroy：改变或破坏目标", "destroy: leaves the target changed or destroyed"),
    }
}
