//! `touchstone`: arguments in, exit codes out.
#![forbid(unsafe_code)]

mod args;
mod basis;
mod bundle;
mod command;
mod exit;
mod failure;
mod help_zh;
mod locale;
mod plugin;
mod progress;
mod screen;
mod setup;
mod statements;
mod terminal;

use args::{Cli, Command};
use clap::{CommandFactory as _, FromArgMatches as _};
use exit::Exit;
use failure::Failure;
use std::process::ExitCode;
use touchstone_model::text::Lang;

fn main() -> ExitCode {
    screen::shut();
    let lang = locale::early(std::env::args());
    let command = match lang {
        Lang::Zh => help_zh::translate(Cli::command()),
        Lang::En => Cli::command(),
    };
    // Bad usage ends here with clap's own code, which is Exit::BadUsage.
    let cli = match command.try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let lang = cli.lang.map_or(lang, Lang::from);
    tracing_subscriber::fmt()
        .with_writer(screen::Stderr::default)
        .with_env_filter(tracing_subscriber::EnvFilter::from_env("TOUCHSTONE_LOG"))
        .init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::broken(error).tell(lang).into(),
    };
    let exit = runtime.block_on(run(cli.command, lang)).unwrap_or_else(|failure| failure.tell(lang));
    // Nothing that still waits somewhere may keep the program from ending.
    runtime.shutdown_background();
    exit.into()
}

async fn run(command: Command, lang: Lang) -> Result<Exit, Failure> {
    match command {
        Command::Run(args) => command::run::run(&args, lang).await,
        Command::Plan(args) => command::plan::run(&args, lang).await,
        Command::List(args) => command::list::run(&args, lang).await,
        Command::Explain(args) => command::explain::run(&args, lang).await,
        Command::Resume(args) => command::resume::run(&args, lang).await,
        Command::Report(args) => command::report::run(&args, lang).await,
        Command::History(action) => command::history::run(&action, lang),
        Command::Assess(args) => command::assess::run(&args, lang),
        Command::Evidence(action) => command::evidence::run(&action, lang),
        Command::Bundle(args) => command::bundle::run(&args, lang).await,
        Command::Timestamp(args) => command::timestamp::run(&args, lang).await,
        Command::Verify(args) => command::verify::run(&args, lang),
        Command::Recheck(args) => command::recheck::run(&args, lang).await,
        Command::Matrix(args) => command::matrix::run(&args, lang),
        Command::Materials(args) => command::materials::run(&args),
        Command::Diff(args) => command::diff::run(&args, lang),
        Command::Key(args) => {
            plugin::key::run(&args, lang).map(|()| Exit::Accepted).map_err(|error| Failure::broken(format!("{error:#}")))
        }
        Command::Plugin(action) => plugin::run(action, &setup::cache_folder(), lang)
            .await
            .map(|()| Exit::Accepted)
            .map_err(|error| Failure::broken(format!("{error:#}"))),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "touchstone", &mut std::io::stdout());
            Ok(Exit::Accepted)
        }
    }
}
