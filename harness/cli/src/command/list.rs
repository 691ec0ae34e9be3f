//! `touchstone list`

use crate::args::{ListArgs, ListWhat};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::setup;
use touchstone_model::text::Lang;
use touchstone_runner::input::load_suite;

/// Prints one line each.
pub async fn run(args: &ListArgs, lang: Lang) -> Result<Exit, Failure> {
    match args.what {
        ListWhat::Clauses => {
            let suite = load_suite(&setup::suite_file(args.suite.suite.as_deref())?)?;
            for clause in &suite.catalogue.clauses {
                let deciding = suite.suite.checks.iter().filter(|c| c.decides.iter().any(|a| a.clause == clause.id)).count();
                println!("{:<8} {deciding:>2}  {}", clause.id, clause.title.get(lang));
            }
        }
        ListWhat::Checks => {
            let setup = setup::setup(&args.suite).await?;
            for check in &setup.suite.suite.checks {
                let described = setup.components.describe(&check.id);
                let title = described.map_or(lang.pick("（插件不可用）", "(plugin not to be had)"), |d| d.title.get(lang));
                let impact = described.map_or("-", |d| d.impact.name());
                println!("{:<28} {impact:<8} {title}", check.id);
            }
            for (_, refusal) in setup.components.refused() {
                eprintln!("{}: {refusal}", lang.pick("被拒绝", "refused"));
            }
        }
        ListWhat::Targets => {
            for target in setup::inventory(args.inventory.as_deref())?.targets {
                println!("{:<20} {:<11} {}", target.name, target.kind, target.tags.join(","));
            }
        }
    }
    Ok(Exit::Accepted)
}
