//! `touchstone recheck`

use crate::args::RecheckArgs;
use crate::basis;
use crate::bundle;
use crate::command::diff::exit;
use crate::command::run::{begin, conclude, nothing};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::setup;
use touchstone_model::compare::Surrounding;
use touchstone_model::text::Lang;

/// Runs the clauses again and compares with the accepted state. Exit 9: something is worse, or the targets are not what they were;
/// otherwise as `run`.
pub async fn run(args: &RecheckArgs, lang: Lang) -> Result<Exit, Failure> {
    let setup = setup::setup(&args.select.suite).await?;
    let inventory = setup::inventory(args.select.inventory.as_deref())?;
    let mut plan = setup.plan(&args.select, &inventory)?;
    let copies = basis::documents(&plan, args.select.evidence.as_deref())?;
    basis::compare_with(&mut plan, &args.against)?;
    let Some(folder) = begin(&args.select, &setup, &inventory, &plan, &copies, args.out.as_deref(), lang).await? else {
        return nothing(&plan, lang);
    };
    let concluded = conclude(&folder, lang)?;
    let (_, run) = bundle::load(&folder)?;
    let Some(since) = run.rounds.as_ref().and_then(|rounds| rounds.since.as_ref()) else { return Ok(concluded) };
    if concluded == Exit::Interrupted {
        return Ok(concluded);
    }
    let drift = since.environment.iter().any(|difference| matches!(difference.of, Surrounding::Fact | Surrounding::Target));
    Ok(if exit(since) == Exit::Worse || drift { Exit::Worse } else { concluded })
}
