//! `touchstone matrix`

use crate::args::MatrixArgs;
use crate::basis;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::setup;
use touchstone_model::matrix::analyses;
use touchstone_model::text::Lang;
use touchstone_runner::input::load_suite;

/// Prints a line for each cell: its verdict, and the run that it rests on.
pub fn run(args: &MatrixArgs, lang: Lang) -> Result<Exit, Failure> {
    let suite = load_suite(&setup::suite_file(args.suite.suite.as_deref())?)?;
    let matrix = basis::matrix(&suite, &args.bundles)?;
    let mut clause = String::new();
    for cell in analyses(&matrix, &suite.catalogue) {
        let Some(of) = suite.catalogue.clause(&cell.aspect.clause) else { continue };
        if clause != of.id {
            println!("{}  {}", of.id, of.title.get(lang));
            clause.clone_from(&of.id);
        }
        let title = of.aspects.iter().find(|aspect| aspect.id == cell.aspect.aspect).map_or("", |aspect| aspect.title.get(lang));
        let reasons = cell.reasons.iter().map(|reason| reason.get(lang)).collect::<Vec<_>>().join("; ");
        println!("  {:<16} {title} · {} · {reasons}", cell.aspect.aspect, cell.verdict.words().get(lang));
    }
    Ok(Exit::Accepted)
}
