//! Every check against both of its controls: a real target that has the capability, where it must say conforming, and one
//! that really lacks it, where it must say nonconforming. A check of the suite without both fails the test.
//!
//! Needs the built plugins (`TOUCHSTONE_PLUGINS`, as `ci/test` sets it) and root.
#![forbid(unsafe_code)]

mod database;
mod middleware;
mod os;
mod thresholds;

use libtest_mimic::{Arguments, Failed, Trial};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use touchstone_lab::Lab;
use touchstone_lab::inventory::{Target, render};
use touchstone_lab::roster::{self, Name};

/// One check on one control.
struct Control {
    check: &'static str,
    /// Target of the lab.
    target: &'static str,
    /// What it must say.
    verdict: &'static str,
    /// Controls that name the same system here are never tried at the same time: one would disturb the other.
    alone: Option<&'static str>,
    /// Expectations that must be among those that were not met.
    unmet: &'static [&'static str],
    /// Tried by a command of its own (`ci/middleware`) only.
    long: bool,
}

const fn has(check: &'static str, target: &'static str) -> Control {
    Control { check, target, verdict: "conforming", alone: None, unmet: &[], long: false }
}

const fn lacks(check: &'static str, target: &'static str) -> Control {
    Control { check, target, verdict: "nonconforming", alone: None, unmet: &[], long: false }
}

/// Where nothing may follow about the target, neither way.
const fn undecided(check: &'static str, target: &'static str) -> Control {
    Control { check, target, verdict: "inconclusive", alone: None, unmet: &[], long: false }
}

impl Control {
    fn is_of_a_cluster(&self) -> bool {
        ["patroni", "pair-", "mariadb-replication", "pgpool"].iter().any(|cluster| self.target.starts_with(cluster))
    }

    /// The suite that the check is of.
    fn suite(&self) -> &'static str {
        match self.check {
            "database/performance" | "middleware/performance" => "suites/performance",
            "database/failover-series" => "suites/failover",
            _ => "suites/gov-paas",
        }
    }

    const fn alone(mut self, system: &'static str) -> Self {
        self.alone = Some(system);
        self
    }

    const fn long(mut self) -> Self {
        self.long = true;
        self
    }

    const fn by(mut self, unmet: &'static [&'static str]) -> Self {
        self.unmet = unmet;
        self
    }

    /// Held while the control is tried.
    fn turn(&self) -> Option<&'static Mutex<()>> {
        static TURNS: Mutex<BTreeMap<&str, &'static Mutex<()>>> = Mutex::new(BTreeMap::new());
        let mut turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
        let alone = self.alone.or_else(|| ONE_AT_A_TIME.iter().copied().find(|target| *target == self.target));
        alone.map(|system| *turns.entry(system).or_insert_with(|| Box::leak(Box::default())))
    }
}

/// What one area of the catalogue brings: its controls, and the systems that they run on.
struct Area {
    controls: &'static [Control],
    /// Systems of the lab's roster.
    names: &'static [Name],
    /// Systems and targets that the roster does not have.
    special: fn(&Lab) -> Result<Special, String>,
}

/// Targets beyond the roster's, and what must live as long as they are used.
#[derive(Default)]
struct Special {
    targets: Vec<Target>,
    services: Vec<Box<dyn Send>>,
}

/// Systems whose controls are tried by `ci/clusters`.
const CLUSTERS: [Name; 4] = [Name::Patroni, Name::PatroniAsynchronous, Name::MariaDbReplication, Name::Pgpool];

const AREAS: [Area; 3] = [os::AREA, database::AREA, middleware::AREA];

/// Whether the controls of clusters are tried, and no others (`ci/clusters`): their faults take minutes.
fn clusters() -> bool {
    std::env::var_os("TOUCHSTONE_CLUSTERS").is_some()
}

/// Whether the long series of controls is tried too (`ci/middleware`, `ci/performance`).
fn long() -> bool {
    std::env::var_os("TOUCHSTONE_LONG").is_some()
}

fn controls() -> impl Iterator<Item = &'static Control> {
    AREAS.iter().flat_map(|area| area.controls)
}

fn main() {
    let arguments = Arguments::from_args();
    if arguments.list {
        libtest_mimic::run(&arguments, trials(None)).exit();
    }
    let lab = match Controls::start() {
        Ok(lab) => lab,
        Err(why) => {
            eprintln!("the controls cannot be started: {why}");
            std::process::exit(1);
        }
    };
    let conclusion = libtest_mimic::run(&arguments, trials(Some(&lab.judge)));
    // `exit` runs no destructors: the controls are stopped before.
    drop(lab);
    conclusion.exit();
}

fn trials(judge: Option<&Arc<Judge>>) -> Vec<Trial> {
    let one = |control: &'static Control| {
        let judge = judge.cloned();
        let name = format!("{} {} {}", control.check, control.target, control.verdict);
        Trial::test(name, move || judge.map_or(Ok(()), |judge| judge.try_on(control)))
    };
    let mut trials: Vec<Trial> =
        controls().filter(|control| control.is_of_a_cluster() == clusters() && (long() || !control.long)).map(one).collect();
    if long() && !clusters() {
        let judge = judge.cloned();
        let name = "a threshold is put back when the harness was killed";
        trials.push(Trial::test(name, move || judge.map_or(Ok(()), |judge| thresholds::try_on(&judge)).map_err(Failed::from)));
    }
    trials.push(Trial::test("every check of the suite has both controls", || complete().map_err(Failed::from)));
    trials
}

/// The suite is read as text: a check added to it without controls must not go unnoticed.
fn complete() -> Result<(), String> {
    let read = |name| std::fs::read_to_string(root().join("suites").join(name).join("suite.toml")).map_err(|e| e.to_string());
    let suite = read("gov-paas")? + &read("performance")? + &read("failover")?;
    let ids = suite.lines().filter_map(|line| line.strip_prefix("id = \"")?.strip_suffix('"')).filter(|id| id.contains('/'));
    // Some sides need a whole machine: `ci/vm` tries those.
    let machines = std::fs::read_to_string(root().join("harness/lab/vm/expected.tsv")).map_err(|e| e.to_string())?;
    let on_machines = |id: &str| {
        let row = machines.lines().find(|line| line.split('\t').next() == Some(id)).unwrap_or_default();
        row.split('\t').skip(1).filter(|verdict| ["conforming", "nonconforming"].contains(verdict)).collect::<Vec<_>>()
    };
    let sides = |id: &str| {
        let here = controls().filter(|c| c.check == id && c.verdict != "inconclusive").map(|c| c.verdict);
        here.chain(on_machines(id)).collect::<BTreeSet<_>>()
    };
    let lacking: Vec<&str> = ids.filter(|id| sides(id).len() < 2).collect();
    if lacking.is_empty() { Ok(()) } else { Err(format!("without both controls: {}", lacking.join(", "))) }
}

/// Runs the program on a control and reads what it concluded.
struct Judge {
    inventory: PathBuf,
    out: tempfile::TempDir,
}

/// The systems, for as long as they are needed.
struct Controls {
    judge: Arc<Judge>,
    _running: Vec<roster::Running>,
    _services: Vec<Box<dyn Send>>,
    _lab: Lab,
}

impl Controls {
    fn start() -> Result<Controls, String> {
        let lab = Lab::new().map_err(|e| e.to_string())?;
        let names: BTreeSet<Name> = AREAS.iter().flat_map(|area| area.names).copied().collect();
        let names: Vec<Name> = names.into_iter().filter(|name| CLUSTERS.contains(name) == clusters()).collect();
        let mut running = Vec::new();
        for (name, started) in roster::start(&lab, &names) {
            running.push(started.map_err(|e| format!("{name}: {e}"))?);
        }
        let mut targets = vec![roster::this_machine()];
        targets.extend(running.iter().flat_map(|r| r.targets.clone()));
        let mut services = Vec::new();
        for area in AREAS.iter().filter(|area| !clusters() || area.names.contains(&Name::Patroni)) {
            let special = (area.special)(&lab)?;
            targets.extend(special.targets);
            services.extend(special.services);
        }
        let out = tempfile::tempdir().map_err(|e| e.to_string())?;
        let inventory = out.path().join("inventory.toml");
        std::fs::write(&inventory, render(&targets)).map_err(|e| e.to_string())?;
        Ok(Controls { judge: Arc::new(Judge { inventory, out }), _running: running, _services: services, _lab: lab })
    }
}

/// Targets on which checks reload what others rely on: one check at a time.
const ONE_AT_A_TIME: [&str; 1] = ["firewalld"];

impl Judge {
    fn try_on(&self, control: &Control) -> Result<(), Failed> {
        let _turn = control.turn().map(|turn| turn.lock().unwrap_or_else(PoisonError::into_inner));
        // Where a machine is too busy for a decision, "could not be decided" is the true answer, and it is asked again. Any
        // other verdict than the right one is an error at once.
        let mut answer = self.ask(control, 1)?;
        for time in 2..=TRIES {
            if answer.verdict() == control.verdict || answer.verdict() != "inconclusive" {
                break;
            }
            answer = self.ask(control, time)?;
        }
        let verdict = answer.verdict();
        if verdict != control.verdict {
            let seen = serde_json::to_string_pretty(&answer.check).unwrap_or_default();
            return Err(format!("said {verdict}\n{}\n{}", answer.said, seen.chars().take(12_000).collect::<String>()).into());
        }
        let unmet = |id: &&str| {
            let reports = answer.check["reports"].as_array();
            reports.is_some_and(|all| all.iter().any(|r| r["expectation"] == **id && r["judgement"] == "unmet"))
        };
        if let Some(met) = control.unmet.iter().find(|id| !unmet(id)) {
            return Err(format!("{met} was not found unmet\n{}", answer.check["reports"]).into());
        }
        let left = &answer.check["left_behind"];
        if left.as_array().is_none_or(|left| !left.is_empty()) {
            return Err(format!("left behind: {left}").into());
        }
        Ok(())
    }

    fn ask(&self, control: &Control, time: u32) -> Result<Answer, Failed> {
        let folder = self.out.path().join(format!("{}@{}-{time}", control.check.replace('/', "-"), control.target));
        let mut command = Command::new(env!("CARGO_BIN_EXE_touchstone"));
        if std::env::var_os("TOUCHSTONE_LOCK").is_none() {
            // Tried by hand, with plugins that were just built and that nobody signed.
            command.env("TOUCHSTONE_ALLOW_UNSIGNED", "1");
        }
        let output = command
            .args(["run", "--lang", "en", "--allow", "disrupt", "--suite"])
            .arg(root().join(control.suite()))
            .arg("--inventory")
            .arg(&self.inventory)
            .args(["--check", control.check, "--target", control.target, "--out"])
            .arg(&folder)
            .output()
            .map_err(|e| e.to_string())?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        let report = std::fs::read(folder.join("report.json")).map_err(|e| format!("no report ({e}):\n{said}"))?;
        let report: serde_json::Value = serde_json::from_slice(&report).map_err(|e| e.to_string())?;
        Ok(Answer { check: report["checks"][0].clone(), said })
    }
}

/// What the program concluded.
struct Answer {
    check: serde_json::Value,
    said: String,
}

impl Answer {
    fn verdict(&self) -> &str {
        self.check["verdict"]["verdict"].as_str().unwrap_or("none")
    }
}

/// How often a control is asked at most.
const TRIES: u32 = 3;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
