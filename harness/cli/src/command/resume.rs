//! `touchstone resume`

use crate::args::{ResumeArgs, SuiteArgs};
use crate::bundle::{self, Origin};
use crate::command::run::{conclude, execute, unwritable};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress;
use crate::screen;
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
    if bundle::never_began(&args.run) {
        return Err(Failure::usage(
            "该运行在开始之前就已中断，未对任何目标做任何事；请删除该目录后重新运行",
            "this run was stopped before it began and did nothing to any target: delete its folder and run anew",
        ));
    }
    let (stored, run) = bundle::load(&args.run)?;
    if run.finished.is_some() && !run.interrupted {
        if run.checks.iter().all(|check| check.left_behind.is_empty()) {
            eprintln!("{}", lang.pick("该运行已完成，仅重写报告", "this run had finished: only its documents are written again"));
            return conclude(&args.run, lang);
        }
        let tried = "该运行已完成；其遗留在目标上的内容再次清理";
        eprintln!("{}", lang.pick(tried, "this run had finished: what it left on its targets is undone once more"));
    }
    let plan = resume::plan_of(&stored).ok_or_else(|| Failure::broken("the journal holds no plan"))?;
    let origin = Origin::read(&args.run)?;
    let again = SuiteArgs { suite: Some(origin.suite), plugins: origin.plugins, lock: None, allow_unsigned: false };
    let setup = setup::setup_again(&again, plan).await?;
    same(&setup, &stored, plan)?;
    let inventory = setup::inventory(origin.inventory.as_deref())?;
    screen::learn(&inventory, lang);
    let targets = Arc::new(Targets::new(&inventory, screen::redactor()));
    all_there(plan, &targets)?;
    let (journal, thread) = Journal::resume(&args.run, &stored, progress::follow(plan, lang)).map_err(Failure::broken)?;
    let due = resume::take_up(&journal, &stored, plan, &targets, &origin.marker).await;
    let due = due.map_err(|error| unwritable(error, &args.run))?;
    let went = execute(&setup, targets, journal, thread, plan, due, origin.marker).await;
    went.map_err(|error| unwritable(error, &args.run))?;
    conclude(&args.run, lang)
}

/// A target that is no longer in the inventory would never answer, and what is on it would never be undone.
fn all_there(plan: &Plan, targets: &Targets) -> Result<(), Failure> {
    match plan.items.iter().find(|item| targets.get(&item.target).is_none()) {
        None => Ok(()),
        Some(item) => Err(Failure::Said(
            Exit::BadInput,
            Text::new(
                format!("清单中已没有目标 {}；请补回后再接续", item.target),
                format!("the inventory has no target {} any more: put it back, then resume", item.target),
            ),
        )),
    }
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
