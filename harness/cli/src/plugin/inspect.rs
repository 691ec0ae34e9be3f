//! `touchstone plugin inspect`: what a component declares and imports, after the same examination as before a run.

use anyhow::anyhow;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use touchstone_host::{Host, HostConfig, Limits, Plugin, PluginKind};
use touchstone_model::description::{AdapterDescription, CheckDescription};
use touchstone_model::text::Lang;

/// Arguments of `plugin inspect`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The component. 组件文件。
    file: PathBuf,
    /// For programs. 以 JSON 输出。
    #[arg(long)]
    json: bool,
}

/// Shows it; a component that would be refused is refused here in the same words.
pub async fn run(arguments: &Arguments, cache_dir: &Path, lang: Lang) -> anyhow::Result<()> {
    let host = Host::new(HostConfig { cache_dir: cache_dir.to_owned(), limits: Limits::default() })?;
    let plugin = host.load(&arguments.file).await.map_err(|refusal| anyhow!(refusal.words().get(lang).to_owned()))?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&as_json(&plugin))?);
    } else {
        print!("{}", as_text(&plugin, lang));
    }
    Ok(())
}

fn as_json(plugin: &Plugin) -> Value {
    let mut value = json!({
        "name": plugin.name(),
        "version": plugin.version(),
        "sha256": plugin.sha256(),
        "imports": plugin.imports(),
    });
    match plugin.kind() {
        PluginKind::Checks(checks) => value["checks"] = json!(checks),
        PluginKind::Adapter(adapter) => value["adapter"] = json!(adapter),
    }
    value
}

fn as_text(plugin: &Plugin, lang: Lang) -> String {
    let kind = match plugin.kind() {
        PluginKind::Checks(_) => lang.pick("检查", "checks"),
        PluginKind::Adapter(_) => lang.pick("适配器", "adapter"),
    };
    let mut text = format!("{} {} ({kind})\n  sha256 {}\n", plugin.name(), plugin.version(), plugin.sha256());
    text += &format!("  {} {}\n", lang.pick("导入", "imports"), plugin.imports().join(", "));
    match plugin.kind() {
        PluginKind::Checks(checks) => checks.iter().for_each(|check| text += &check_text(check, lang)),
        PluginKind::Adapter(adapter) => text += &adapter_text(adapter, lang),
    }
    text
}

fn adapter_text(adapter: &AdapterDescription, lang: Lang) -> String {
    let offers = adapter.offers.iter().cloned().collect::<Vec<_>>().join(", ");
    format!("  {}\n  {} {offers}\n", adapter.title.get(lang), lang.pick("提供", "offers"))
}

fn check_text(check: &CheckDescription, lang: Lang) -> String {
    let needs = check.needs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut text = format!("\n{} - {}\n  {}\n", check.id, check.title.get(lang), check.question.get(lang));
    text += &format!("  {} {}\n", lang.pick("影响：", "effect:"), check.effect.get(lang));
    text += &format!(
        "  {} {}; {} {}; {} {needs}; {} {} s\n",
        lang.pick("对象", "on"),
        check.target_kind,
        lang.pick("级别", "impact"),
        check.impact.name(),
        lang.pick("需要", "needs"),
        lang.pick("时限", "limit"),
        check.time_limit_ms.div_ceil(1000),
    );
    for param in &check.params {
        let default = param.default.as_deref().map_or_else(
            || lang.pick("必须设置", "must be set").to_owned(),
            |default| format!("{} {default:?}", lang.pick("缺省", "default")),
        );
        text += &format!("  {} {} - {} ({default})\n", lang.pick("参数", "param"), param.name, param.meaning.get(lang));
    }
    for expectation in &check.expectations {
        text += &format!("  {} {} - {}\n", lang.pick("期望", "expects"), expectation.id, expectation.title.get(lang));
    }
    text
}
