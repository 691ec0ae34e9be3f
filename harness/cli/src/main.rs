//! `touchstone`.
#![forbid(unsafe_code)]

mod plugin;

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use touchstone_model::text::Lang;

#[derive(Parser)]
#[command(name = "touchstone", version)]
struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Plugins: make, build, inspect. 插件：新建、构建、查看。
    #[command(subcommand)]
    Plugin(plugin::Action),
}

#[tokio::main]
async fn main() -> ExitCode {
    let Action::Plugin(action) = Arguments::parse().action;
    match plugin::run(action, Lang::default()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("touchstone: {problem:#}");
            ExitCode::from(2)
        }
    }
}
