//! `touchstone plugin`: makes, builds, inspects, signs and locks plugins.

mod build;
mod cargo;
mod inspect;
pub mod key;
mod lock;
mod new;
mod sign;
mod toolchain;

use clap::Subcommand;
use std::path::Path;
use touchstone_model::text::Lang;
use touchstone_runner::input::BadInput;

/// All mistakes of a document, as an error.
fn shown(bad: &BadInput, lang: Lang) -> anyhow::Error {
    anyhow::anyhow!(bad.render(lang, true, false).trim_end().to_owned())
}

/// What can be done with plugins.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Build plugin crates into components. 把插件源码构建为组件。
    Build(build::Arguments),
    /// Make a new plugin crate. 新建插件源码。
    New(new::Arguments),
    /// Show what a component declares and imports. 查看组件声明的内容与导入的接口。
    Inspect(inspect::Arguments),
    /// Make a publisher's pair of keys. 生成发布者密钥对。
    Key(key::Arguments),
    /// Sign components for what they are: check or adapter. 为组件签名。
    Sign(sign::Arguments),
    /// Trust a publisher's key for checks or for adapters. 登记可信发布者的公钥。
    Trust(lock::TrustArguments),
    /// Pin every component of a suite, with its publisher's signature. 锁定套件所用的全部组件。
    Lock(lock::LockArguments),
}

/// Does it; the error says what to do about it. Compiled components are kept in `cache_dir`.
pub async fn run(action: Action, cache_dir: &Path, lang: Lang) -> anyhow::Result<()> {
    match action {
        Action::Build(arguments) => tokio::task::spawn_blocking(move || build::run(&arguments, lang)).await?,
        Action::New(arguments) => new::run(&arguments, lang),
        Action::Inspect(arguments) => inspect::run(&arguments, cache_dir, lang).await,
        Action::Key(arguments) => key::run(&arguments, lang),
        Action::Sign(arguments) => sign::run(&arguments, cache_dir, lang).await,
        Action::Trust(arguments) => lock::trust(&arguments, lang),
        Action::Lock(arguments) => lock::lock(&arguments, lang),
    }
}
