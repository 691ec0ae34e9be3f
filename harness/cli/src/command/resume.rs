//! `touchstone resume`

use crate::args::{ResumeArgs, SuiteArgs};
use crate::bundle::{self, Origin};
use crate::command::run::{conclude, execute};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress;
use crate::setup::{self, Setup};
use std::sync::Arc;
use touchstone_model::event::Event;
use touchstone_model::plan::Plan;
use touchstone_model::text::{Lang, Text};
use touchstone_runner::execute::Targets;
use touchstone_runner::journal::{Journal, Stored};
use touchstone_runner::resume;

/// Goes on where the journal ends.
pub async fn run(args: &ResumeArgs, lang: Lang) -> Result<Exit, Failure> {
    let (stored, run) = bundle::load(&args.run)?;
    if run.finished.is_some() && !run.interrupted {
        eprintln!("{}", lang.pick("该运行已完成，仅重写报告", "this run had finished: only its documents are written again"));
        return conclude(&args.run, lang);
    }
    let plan = resume::plan_of(&stored).ok_or_else(|| Failure::broken("the journal holds no plan"))?;
    let origin = Origin::read(&args.run)?;
    let again = SuiteArgs { suite: Some(origin.suite), plugins: origin.plugins, lock: None, allow_unsigned: false };
    let setup = setup::setup_again(&again, plan).await?;
    same(&setup, &stored, plan)?;
    let inventory = setup::inventory(origin.inventory.as_deref())?;
    let targets = Arc::new(Targets::new(&inventory));
    let (journal, thread) = Journal::resume(&args.run, &stored, progress::follow(plan, lang)).map_err(Failure::broken)?;
    let due = resume::take_up(&journal, &stored, plan, &targets).await.map_err(Failure::broken)?;
    execute(&setup, targets, journal, thread, plan, due).await?;
    conclude(&args.run, lang)
}

/// One run is one suite and one set of plugins: half of each would be a report about neither.
fn same(setup: &Setup, stored: &Stored, plan: &Plan) -> Result<(), Failure> {
    let changed = |what: &str| {
        Failure::Said(
            Exit::BadInput,
            Text::new(
                format!("{what} 在中断后已改变；请重新运行"),
                format!("{what} has changed since the run was stopped: run anew"),
            ),
        )
    };
    if let Some(Event::RunStarted { suite_sha256, .. }) = stored.entries.first().map(|e| &e.event)
        && *suite_sha256 != setup.suite.sha256
    {
        return Err(changed(&setup.suite.suite.id));
    }
    for plugin in &plan.plugins {
        if setup.components.get(&plugin.name).is_none_or(|now| *now.sha256() != plugin.sha256) {
            return Err(changed(&plugin.name));
        }
    }
    Ok(())
}
