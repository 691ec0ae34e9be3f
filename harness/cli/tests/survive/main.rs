//! Runs that are killed, cut off and starved, on real systems: nothing is lost, nothing is done twice that must not be, nothing
//! is left behind, no secret gets out.
//!
//! All of it happens in namespaces of its own, so that what others do on the machine is not taken for a run's doing. Needs the
//! built plugins (`TOUCHSTONE_PLUGINS`, as `ci/test` sets it) and root. `ci/test` runs a short series, `ci/survive` all of it,
//! `ci/kill` a long series of kills:
//! `TOUCHSTONE_KILLS` is how many kills there are at least, `TOUCHSTONE_KILL_SEED` chooses where.
#![forbid(unsafe_code)]

mod canary;
mod compare;
mod journal;
mod kills;
mod names;
mod neighbour;
mod outages;
mod residue;
mod stage;
#[path = "../support/mod.rs"]
mod support;

use libtest_mimic::{Arguments, Trial};
use stage::Stage;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use touchstone_lab::seclusion;

type Test = fn(&mut Stage);

const TESTS: [(&str, Test); 16] = [
    ("kills: a series, wherever they hit", kills::series),
    ("kills: before the plan is on disk", kills::before_the_plan),
    ("kills: two at one journal are refused", kills::two_writers),
    ("outage: the disk is full", outages::full_disk),
    ("outage: no room for the report", outages::no_room_for_the_report),
    ("outage: the SSH link is lost", outages::lost_link),
    ("outage: the database restarts", outages::database_restart),
    ("outage: the target reboots", outages::reboot),
    ("outage: what could not be undone is undone by resume", outages::undone_later),
    ("residue: nothing is left by whole, stopped and killed runs", residue::nothing_is_left),
    ("residue: every kind of it is seen", residue::every_kind_is_seen),
    ("residue: daemons that hide are ended", residue::hidden_daemons),
    ("residue: a neighbour's mounts are none of it", neighbour::is_not_seen),
    ("names: mean what they meant at the beginning", names::mean_what_they_meant),
    ("secrets: no canary leaves", canary::no_canary_leaves),
    ("secrets: nobody reads the memory of the program", canary::not_dumpable),
];

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // They share the systems, and each looks at what is left on them.
    arguments.test_threads = Some(1);
    if arguments.list {
        libtest_mimic::run(&arguments, trials(None)).exit();
    }
    if !seclusion::is_inside() {
        // Built here: inside, nothing that is built would be kept.
        let fixtures = support::fixtures();
        let neighbour = neighbour::Neighbour::move_in();
        return match seclusion::again(&[(support::FIXTURES, fixtures), (neighbour::PLACE, &neighbour.place)]) {
            Ok(status) => ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)),
            Err(why) => {
                eprintln!("cannot seclude itself: {why}");
                ExitCode::FAILURE
            }
        };
    }
    let stage = match Stage::start() {
        Ok(stage) => Arc::new(Mutex::new(Some(stage))),
        Err(why) => {
            eprintln!("the systems cannot be started: {why}");
            return ExitCode::FAILURE;
        }
    };
    let conclusion = libtest_mimic::run(&arguments, trials(Some(&stage)));
    // Stopped before the end, which runs no destructors.
    drop(stage.lock().unwrap_or_else(PoisonError::into_inner).take());
    conclusion.exit_code()
}

/// Not in the short series, which goes with every other test (`TOUCHSTONE_SURVIVE=short`): what only tries the look itself, and
/// what takes long.
const LONG: [&str; 2] = ["outage: the disk is full", "residue: every kind of it is seen"];

fn trials(stage: Option<&Arc<Mutex<Option<Stage>>>>) -> Vec<Trial> {
    let one = |(name, test): (&str, Test)| {
        let stage = stage.cloned();
        Trial::test(name, move || {
            let Some(stage) = stage else { return Ok(()) };
            let mut stage = stage.lock().unwrap_or_else(PoisonError::into_inner);
            test(stage.as_mut().ok_or("no systems")?);
            Ok(())
        })
    };
    let short = std::env::var("TOUCHSTONE_SURVIVE").is_ok_and(|how| how == "short");
    TESTS.into_iter().filter(|(name, _)| !(short && LONG.contains(name))).map(one).collect()
}
