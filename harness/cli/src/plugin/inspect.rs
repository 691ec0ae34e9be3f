//! `touchstone plugin inspect`.

use anyhow::Context;
use std::path::PathBuf;
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

/// Shows it.
pub async fn run(arguments: &Arguments, lang: Lang) -> anyhow::Result<()> {
    let bytes = std::fs::read(&arguments.file).with_context(|| arguments.file.display().to_string())?;
    let decoded = wit_component::decode(&bytes).with_context(|| arguments.file.display().to_string())?;
    let resolve = decoded.resolve();
    for (_, world) in resolve.worlds.iter().filter(|(_, w)| w.name == "root") {
        for (key, _) in &world.imports {
            println!("{} {}", lang.pick("导入", "import"), resolve.name_world_key(key));
        }
        for (key, _) in &world.exports {
            println!("{} {}", lang.pick("导出", "export"), resolve.name_world_key(key));
        }
    }
    let _ = arguments.json;
    Ok(())
}
