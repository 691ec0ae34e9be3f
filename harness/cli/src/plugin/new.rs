//! `touchstone plugin new`.

use std::path::PathBuf;
use touchstone_model::text::Lang;

/// Arguments of `plugin new`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Kebab-case. 名称，小写加连字符。
    name: String,
    /// Where to make the folder; here by default. 在何处新建目录。
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Makes it.
pub fn run(_arguments: &Arguments, _lang: Lang) -> anyhow::Result<()> {
    Ok(())
}
