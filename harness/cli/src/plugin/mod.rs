//! `touchstone plugin`: makes, builds and inspects plugins.

mod build;
mod cargo;
mod inspect;
mod new;
mod toolchain;

use clap::Subcommand;
use std::path::Path;
use touchstone_model::text::Lang;

/// What can be done with plugins.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Build plugin crates into components. 把插件源码构建为组件。
    Build(build::Arguments),
    /// Make a new plugin crate. 新建插件源码。
    New(new::Arguments),
    /// Show what a component declares and imports. 查看组件声明的内容与导入的接口。
    Inspect(inspect::Arguments),
}

/// Does it; the error says what to do about it. Compiled components are kept in `cache_dir`.
pub async fn run(action: Action, cache_dir: &Path, lang: Lang) -> anyhow::Result<()> {
    match action {
        Action::Build(arguments) => tokio::task::spawn_blocking(move || build::run(&arguments, lang)).await?,
        Action::New(arguments) => new::run(&arguments, lang),
        Action::Inspect(arguments) => inspect::run(&arguments, cache_dir, lang).await,
    }
}
