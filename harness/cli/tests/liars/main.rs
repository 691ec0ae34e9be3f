//! Every check against targets that lie: stand-ins which say what is wanted without doing it. No check may say that one
//! conforms; a check of the suite without a liar of its own fails the test.
//!
//! Each area lists its liars in a file of its own: check, target, and how the lie is found out. Beside these every check is
//! put to the general liars of its kind of target.
//!
//! Needs the built plugins (`TOUCHSTONE_PLUGINS`, as `ci/test` sets it) and root.
#![forbid(unsafe_code)]

mod database;
mod middleware;
mod os;

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use touchstone_lab::Lab;
use touchstone_lab::inventory::{Target, render};

/// One check on one target that lies.
pub struct Liar {
    check: &'static str,
    target: &'static str,
    found: Found,
}

/// How a lie is found out.
#[derive(Clone, Copy)]
enum Found {
    /// The effect contradicts it: the verdict is nonconforming, by this expectation.
    Contradicted(&'static str),
    /// Nothing can be believed: the verdict is inconclusive, and the reason has this word.
    Distrusted(&'static str),
}

/// A check that must say nonconforming on a lying target, by this expectation.
pub const fn contradicted(check: &'static str, target: &'static str, expectation: &'static str) -> Liar {
    Liar { check, target, found: Found::Contradicted(expectation) }
}

/// A check that must say inconclusive on a lying target, for this reason.
pub const fn distrusted(check: &'static str, target: &'static str, word: &'static str) -> Liar {
    Liar { check, target, found: Found::Distrusted(word) }
}

/// What one area of the catalogue brings.
pub struct Area {
    liars: &'static [Liar],
    /// Targets to which every check of their kind is put, whatever it asks.
    general: &'static [&'static str],
    stage: fn(&Lab) -> Result<Stage, String>,
}

/// Targets, and what must live as long as they are used.
#[derive(Default)]
pub struct Stage {
    targets: Vec<Target>,
    services: Vec<Box<dyn Send>>,
}

const AREAS: [Area; 3] = [os::AREA, database::AREA, middleware::AREA];

fn liars() -> impl Iterator<Item = &'static Liar> {
    AREAS.iter().flat_map(|area| area.liars)
}

fn main() {
    let mut arguments = Arguments::from_args();
    // Most of them wait most of the time.
    arguments.test_threads.get_or_insert(6);
    if arguments.list {
        libtest_mimic::run(&arguments, trials(None)).exit();
    }
    let staged = match Staged::start() {
        Ok(staged) => staged,
        Err(why) => {
            eprintln!("the liars cannot be started: {why}");
            std::process::exit(1);
        }
    };
    let conclusion = libtest_mimic::run(&arguments, trials(Some(&staged.judge)));
    // `exit` runs no destructors: the liars are stopped before.
    drop(staged);
    conclusion.exit();
}

/// What a trial does with the judge.
type Work = Box<dyn Fn(&Judge) -> Result<(), String> + Send>;

fn trials(judge: Option<&Arc<Judge>>) -> Vec<Trial> {
    let trial = |name: String, work: Work| {
        let judge = judge.cloned();
        Trial::test(name, move || judge.map_or(Ok(()), |judge| work(&judge)).map_err(Failed::from))
    };
    let one = |liar: &'static Liar| {
        trial(format!("{} {} is not believed", liar.check, liar.target), Box::new(|judge| judge.try_on(liar)))
    };
    let general = |target: &&'static str| {
        let target = *target;
        trial(format!("no check believes {target}"), Box::new(move |judge| judge.try_all_on(target)))
    };
    let mut trials: Vec<Trial> = liars().map(one).collect();
    trials.extend(AREAS.iter().flat_map(|area| area.general).map(general));
    trials
        .push(trial(format!("what believes {} is told", os::REHEARSED), Box::new(|judge| judge.try_rehearsed(&os::UNDECIDABLE))));
    trials.push(trial("every check of the suite has a liar".to_owned(), Box::new(|_| complete())));
    trials
}

/// The suite is read as text: a check added to it without a liar must not go unnoticed.
fn complete() -> Result<(), String> {
    let suite = std::fs::read_to_string(root().join("suites/gov-paas/suite.toml")).map_err(|e| e.to_string())?;
    let ids = suite.lines().filter_map(|line| line.strip_prefix("id = \"")?.strip_suffix('"')).filter(|id| id.contains('/'));
    let ids: BTreeSet<&str> = ids.collect();
    let lacking: Vec<&str> = ids.iter().copied().filter(|id| !liars().any(|liar| liar.check == *id)).collect();
    if !lacking.is_empty() {
        return Err(format!("without a liar (harness/cli/tests/liars): {}", lacking.join(", ")));
    }
    println!("{} lies told to {} checks", liars().count(), ids.len());
    Ok(())
}

/// Runs the program on a liar and reads what it concluded.
struct Judge {
    inventory: PathBuf,
    out: tempfile::TempDir,
}

/// The liars, for as long as they are needed.
struct Staged {
    judge: Arc<Judge>,
    _services: Vec<Box<dyn Send>>,
    _lab: Lab,
}

impl Staged {
    fn start() -> Result<Staged, String> {
        let lab = Lab::new().map_err(|e| e.to_string())?;
        let (mut targets, mut services) = (Vec::new(), Vec::new());
        for area in &AREAS {
            let stage = (area.stage)(&lab)?;
            targets.extend(stage.targets);
            services.extend(stage.services);
        }
        let out = tempfile::tempdir().map_err(|e| e.to_string())?;
        let inventory = out.path().join("inventory.toml");
        std::fs::write(&inventory, render(&targets)).map_err(|e| e.to_string())?;
        Ok(Staged { judge: Arc::new(Judge { inventory, out }), _services: services, _lab: lab })
    }
}

/// Held while a check is tried on a target: liars lie by what they see, and must see one check at a time.
fn turn(target: &'static str) -> &'static Mutex<()> {
    static TURNS: Mutex<BTreeMap<&str, &'static Mutex<()>>> = Mutex::new(BTreeMap::new());
    let mut turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
    turns.entry(target).or_insert_with(|| Box::leak(Box::default()))
}

impl Judge {
    fn try_on(&self, liar: &Liar) -> Result<(), String> {
        let _turn = turn(liar.target).lock().unwrap_or_else(PoisonError::into_inner);
        let (report, said) = self.run(&["--check", liar.check, "--target", liar.target], "run")?;
        let check = &report["checks"][0];
        let wrong = |what: String| {
            let seen = serde_json::to_string_pretty(check).unwrap_or_default();
            Err(format!("{what}\n{said}\n{}", seen.chars().take(12_000).collect::<String>()))
        };
        match (liar.found, verdict(check)) {
            (Found::Contradicted(expectation), "nonconforming") => {
                let unmet = |report: &&Value| report["expectation"] == expectation && report["judgement"] == "unmet";
                match check["reports"].as_array().and_then(|reports| reports.iter().find(unmet)) {
                    Some(_) => Ok(()),
                    None => wrong(format!("not by {expectation}")),
                }
            }
            (Found::Distrusted(word), "inconclusive") => {
                let reason = check["verdict"]["reason"]["en"].as_str().unwrap_or_default();
                if reason.contains(word) { Ok(()) } else { wrong(format!("not for {word:?}: {reason}")) }
            }
            (_, other) => wrong(format!("said {other}")),
        }
    }

    /// All checks at once: whatever they say, none may say that it conforms.
    fn try_all_on(&self, target: &str) -> Result<(), String> {
        let (report, said) = self.run(&["--target", target], "all")?;
        let checks = report["checks"].as_array().cloned().unwrap_or_default();
        if checks.is_empty() {
            return Err(format!("no check was put to it\n{said}"));
        }
        let deceived: Vec<String> = checks.iter().filter(|check| verdict(check) == "conforming").map(Value::to_string).collect();
        println!("{target}: {} checks, {} deceived", checks.len(), deceived.len());
        if deceived.is_empty() { Ok(()) } else { Err(deceived.join("\n").chars().take(12_000).collect()) }
    }

    /// All checks, once truly and once as it was: none may say that it conforms but those of which that is known, for they only
    /// read what a shell says that can say anything.
    fn try_rehearsed(&self, undecidable: &[&str]) -> Result<(), String> {
        let conforming = |report: &Value| {
            let checks = report["checks"].as_array().cloned().unwrap_or_default();
            let conforming = checks.into_iter().filter(|check| verdict(check) == "conforming");
            conforming.filter_map(|check| Some(check["item"].as_str()?.split('@').next()?.to_owned())).collect::<BTreeSet<_>>()
        };
        let (report, said) = self.run(&["--target", os::REHEARSED], "rehearsal")?;
        let shown = conforming(&report);
        if shown.len() < 30 {
            return Err(format!("the rehearsal itself came to little: {shown:?}\n{said}"));
        }
        let (report, _) = self.run(&["--target", os::REHEARSED], "run")?;
        let deceived = conforming(&report);
        println!("{}: {} checks shown, {} deceived: {deceived:?}", os::REHEARSED, shown.len(), deceived.len());
        let known: BTreeSet<String> = undecidable.iter().map(|id| (*id).to_owned()).collect();
        let news: Vec<_> = deceived.difference(&known).collect();
        if news.is_empty() { Ok(()) } else { Err(format!("deceived: {news:?}")) }
    }

    fn run(&self, filters: &[&str], name: &str) -> Result<(Value, String), String> {
        let folder = self.out.path().join(format!("{}-{name}", filters.join("").replace('/', "-")));
        let performance = filters.iter().any(|word| word.ends_with("/performance"));
        let output = Command::new(env!("CARGO_BIN_EXE_touchstone"))
            .env("TOUCHSTONE_ALLOW_UNSIGNED", "1")
            .args(["run", "--lang", "en", "--allow", "disrupt", "--suite"])
            .arg(root().join(if performance { "suites/performance" } else { "suites/gov-paas" }))
            .arg("--inventory")
            .arg(&self.inventory)
            .args(filters)
            .arg("--out")
            .arg(&folder)
            .output()
            .map_err(|e| e.to_string())?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        let report = std::fs::read(folder.join("report.json")).map_err(|e| format!("no report ({e}):\n{said}"))?;
        Ok((serde_json::from_slice(&report).map_err(|e| e.to_string())?, said))
    }
}

fn verdict(check: &Value) -> &str {
    check["verdict"]["verdict"].as_str().unwrap_or("none")
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
