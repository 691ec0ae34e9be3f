//! The program is killed, by SIGKILL, wherever it happens to be, and taken up again; also while it is taken up again.

use crate::compare;
use crate::journal::{Journal, item, kind};
use crate::stage::{Stage, is_as_before, suite};
use crate::support::{Bench, Went, touchstone, until};
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// Kills of the series among the tests.
const SHORT: u32 = 12;
const PATIENCE: Duration = Duration::from_secs(300);

/// Where a kill is aimed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Aim {
    /// Any moment.
    Anywhere,
    /// Something to be undone has just been written down; what it undoes has not been done.
    Registered,
    /// In the middle of writing a line of the journal: the kernel lets so many bytes through and kills at the next.
    Writing,
    /// Something was undone, more is to be.
    Undoing,
    /// The last answer is on disk, documents are being written.
    Reporting,
    /// Right after a run was taken up.
    Resuming,
    /// A check has answered that is tried again.
    Retrying,
}

const AIMS: [Aim; 7] = [Aim::Anywhere, Aim::Registered, Aim::Writing, Aim::Undoing, Aim::Reporting, Aim::Resuming, Aim::Retrying];

/// More tries after the first of the check that is never content.
const RETRIES: usize = 3;

/// Marsaglia's xorshift64: the same seed, the same series.
struct Dice(u64);

impl Dice {
    fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below.max(1)
    }
}

/// All kinds of checks, each of a second or two at most.
fn real_run(stage: &Stage) -> Bench {
    let bench = stage.bench();
    let file = |name: &str| bench.path(name).display().to_string();
    let (host, disruption, talk) = (file("made-{}"), file("disrupted-{}"), file("talk-{}"));
    bench.inventory(&stage.inventory(
        &bench,
        &[("survival/slow-host.file", &host), ("survival/slow-disruption.file", &disruption), ("survival/talker.file", &talk)],
    ));
    let counted = |name: &str, seconds: &str| {
        format!("params = {{ counter = {:?}, seconds = \"{seconds}\", file = \"unset\" }}", file(name))
    };
    suite(
        &bench,
        &["os", "database", "middleware", "survival"],
        &[
            ("os/kernel-version", ""),
            ("os/large-file", "params = { size = \"1099511627776\" }"),
            ("os/partition-tables", ""),
            ("os/firewalld-zones", ""),
            ("database/triggers", ""),
            ("database/multi-row-insert", ""),
            ("database/insert-all", ""),
            ("middleware/ipv6-service", ""),
            ("middleware/slow-headers", "params = { connections = \"30\", header_limit_seconds = \"1\", interval_ms = \"100\" }"),
            ("survival/slow-host", &counted("runs-host", "0.3")),
            ("survival/slow-disruption", &counted("runs-disruption", "0.2")),
            ("survival/slow-database", "params = { seconds = \"0.3\" }"),
            ("survival/talker", "params = { file = \"unset\", times = \"3\" }"),
            ("survival/never-content", &format!("params = {{ counter = {:?} }}\nretries = {RETRIES}", file("runs-never"))),
        ],
    );
    bench
}

/// What a series found.
#[derive(Default)]
struct Tally {
    kills: u32,
    runs: u32,
    resumes: u32,
    /// Aim and place.
    hits: BTreeMap<(Aim, &'static str), u32>,
    cut_short: u32,
    torn: u32,
}

pub fn series(stage: &mut Stage) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let wanted = number("TOUCHSTONE_KILLS").map_or(SHORT, |n| u32::try_from(n).unwrap_or(u32::MAX));
    let seed = number("TOUCHSTONE_KILL_SEED").unwrap_or(20_261_124).max(1);
    println!("seed {seed}, at least {wanted} kills");
    let mut dice = Dice(seed);
    let bench = real_run(stage);
    let places = stage.places(&bench);
    let before = places.look();
    let begun = Instant::now();
    let went = bench.run("undisturbed", &["--allow", "disrupt"]);
    let length = begun.elapsed();
    assert!(matches!(went.code, Some(1 | 3)), "{}", went.said);
    let undisturbed = bench.report("undisturbed");
    is_as_before(&places, &before, "the undisturbed run");
    let stage_of_check = |check: &Value| check["verdict"]["verdict"].as_str().unwrap_or_default().to_owned();
    for check in undisturbed["checks"].as_array().expect("checks") {
        println!("  {:<14} {}", stage_of_check(check), check["item"].as_str().unwrap_or_default());
    }
    let mut tally = Tally::default();
    while tally.kills < wanted {
        let run = format!("run-{}", tally.runs);
        one(&bench, &run, length, &mut dice, &mut tally, &undisturbed);
        is_as_before(&places, &before, &format!("run {} of seed {seed}", tally.runs));
        std::fs::remove_dir_all(bench.path(&run)).expect("removed");
        tally.runs += 1;
    }
    table(&tally, seed, begun.elapsed());
}

/// One run, killed one to six times, and taken up again to its end.
fn one(bench: &Bench, run: &str, length: Duration, dice: &mut Dice, tally: &mut Tally, undisturbed: &Value) {
    let folder = bench.path(run);
    let counters = ["runs-host", "runs-disruption", "runs-never"].map(|name| bench.path(name));
    for counter in &counters {
        let _ = std::fs::remove_file(counter);
    }
    let mut lines: Vec<String> = Vec::new();
    let times = 1 + dice.next(6);
    for time in 0..times {
        let resuming = time > 0;
        let aim = AIMS[usize::try_from(dice.next(AIMS.len() as u64)).expect("small")];
        let from = Journal::read(&folder).lines.len();
        let mut child = if resuming && folder.exists() { resume(bench, run) } else { bench.start(run, &["--allow", "disrupt"]) };
        let killed = kill(&mut child, &folder, aim, length, dice, from);
        if !killed {
            // It was faster; what there was to do is done.
            break;
        }
        tally.kills += 1;
        let journal = Journal::read(&folder);
        tally.torn += u32::from(!journal.torn.is_empty());
        *tally.hits.entry((aim, place(&journal, &folder, from, resuming))).or_default() += 1;
        assert!(journal.lines.starts_with(&lines[..lines.len().min(journal.lines.len())]), "an earlier line changed");
        assert!(journal.lines.len() >= lines.len(), "an earlier line is gone");
        lines = journal.lines;
        no_half_document(&folder);
    }
    let there = folder.exists();
    let mut went = if there { finish_run(bench, run, tally) } else { bench.run(run, &["--allow", "disrupt"]) };
    if went.code == Some(2) && there {
        // Killed before its plan was on disk: it says that nothing was done, and is run anew.
        assert!(went.said.contains("did nothing to any target") && lines.is_empty(), "{}", went.said);
        std::fs::remove_dir_all(&folder).expect("removed");
        went = bench.run(run, &["--allow", "disrupt"]);
    }
    assert!(matches!(went.code, Some(1 | 3)), "{}", went.said);
    let journal = Journal::read(&folder);
    assert!(journal.torn.is_empty() && journal.lines.starts_with(&lines), "an earlier line is gone or changed");
    let report = bench.report(run);
    let cut_short = compare::honest(&folder, &report);
    compare::equal(undisturbed, &report, &cut_short);
    tally.cut_short += u32::try_from(cut_short.len()).expect("few");
    // What the journal says of attempts is what happened: each attempt leaves at most one line, and each answer one.
    let counted = ["survival/slow-host@", "survival/slow-disruption@", "survival/never-content@"];
    for (counter, check) in counters.iter().zip(counted) {
        let text = std::fs::read_to_string(counter).unwrap_or_default();
        let checks = report["checks"].as_array().expect("checks").iter();
        let of_it: Vec<_> = checks.filter(|c| c["item"].as_str().is_some_and(|item| item.starts_with(check))).collect();
        let attempts: u64 = of_it.iter().filter_map(|c| c["attempts"].as_u64()).sum();
        let earlier = |c: &Value| c["earlier"].as_array().map_or(0, Vec::len);
        let answers: usize = of_it.iter().filter(|c| c["termination"]["kind"] == "decided").map(|c| 1 + earlier(c)).sum();
        let ran = text.lines().count();
        assert!(ran as u64 <= attempts && ran >= answers, "{check}: {ran} runs, {attempts} attempts, {answers} answers");
    }
    let unfinished = std::fs::read_dir(&folder).expect("a folder").flatten();
    let unfinished: Vec<_> = unfinished.map(|e| e.file_name()).filter(|n| n.to_string_lossy().ends_with(".part")).collect();
    assert!(unfinished.is_empty(), "{unfinished:?}");
}

fn resume(bench: &Bench, run: &str) -> Child {
    let log = |name: &str| Stdio::from(std::fs::File::create(bench.path(name)).expect("a file"));
    let mut command = touchstone();
    command.args(["resume", "--lang", "en"]).arg(bench.path(run)).current_dir(bench.dir.path());
    command.stdin(Stdio::null()).stdout(log("resume.out")).stderr(log("resume.err")).spawn().expect("the program starts")
}

fn finish_run(bench: &Bench, run: &str, tally: &mut Tally) -> Went {
    tally.resumes += 1;
    bench.on_run("resume", run)
}

/// Kills it as aimed; false when it ended before.
fn kill(child: &mut Child, run: &Path, aim: Aim, length: Duration, dice: &mut Dice, from: usize) -> bool {
    let length = u64::try_from(length.as_micros()).expect("short");
    let begun = Instant::now();
    let nth = usize::try_from(dice.next(12)).expect("small");
    match aim {
        Aim::Anywhere => sleep_while_running(child, begun, dice.next(length)),
        Aim::Resuming => sleep_while_running(child, begun, dice.next(length / 4)),
        Aim::Writing => {
            sleep_while_running(child, begun, dice.next(length));
            limit_files(child, run, dice.next(3000));
            // It dies by its own next entry; one that writes no more is killed.
            wait_a_while(child, Duration::from_secs(2));
        }
        Aim::Registered => wait_for_line(child, run, "\"event\":\"cleanup-registered\"", from, nth),
        Aim::Retrying => {
            wait_for_line(
                child,
                run,
                "\"event\":\"check-finished\",\"item\":\"survival/never-content@",
                from,
                nth % (2 * RETRIES),
            );
        }
        Aim::Undoing => wait_for_line(child, run, "\"event\":\"cleanup-done\"", from, nth),
        Aim::Reporting => {
            wait_for_line(child, run, "\"event\":\"run-finished\"", from, 0);
            std::thread::sleep(Duration::from_micros(dice.next(20_000)));
        }
    }
    if child.try_wait().expect("a child").is_some_and(|status| status.code().is_some()) {
        return false;
    }
    child.kill().expect("killed");
    child.wait().expect("dead").code().is_none()
}

fn sleep_while_running(child: &mut Child, begun: Instant, micros: u64) {
    let until = begun + Duration::from_micros(micros);
    while Instant::now() < until && child.try_wait().expect("a child").is_none() {
        std::thread::sleep(Duration::from_micros(200));
    }
}

fn wait_a_while(child: &mut Child, time: Duration) {
    let until = Instant::now() + time;
    while Instant::now() < until && child.try_wait().expect("a child").is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Until, after the first `from` lines, this was written `nth` times more.
fn wait_for_line(child: &mut Child, run: &Path, words: &str, from: usize, nth: usize) {
    let journal = run.join("journal.log");
    let mut size = 0;
    let end = Instant::now() + PATIENCE;
    while child.try_wait().expect("a child").is_none() && Instant::now() < end {
        let now = std::fs::metadata(&journal).map_or(0, |meta| meta.len());
        if now != size {
            size = now;
            let text = std::fs::read_to_string(&journal).unwrap_or_default();
            if text.lines().skip(from).filter(|line| line.contains(words)).count() > nth {
                return;
            }
        }
        std::thread::sleep(Duration::from_micros(100));
    }
}

/// From now on the journal may grow by so many bytes only: what goes beyond is torn off, and the writer killed (SIGXFSZ).
fn limit_files(child: &Child, run: &Path, more: u64) {
    let size = std::fs::metadata(run.join("journal.log")).map_or(0, |meta| meta.len());
    let limit = Rlimit { current: Some(size + more), maximum: Some(size + more) };
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("a process"));
    // One that has just ended has no limits any more.
    let _ = prlimit(pid, Resource::Fsize, limit);
}

/// Where it was when it was killed, as its journal tells it.
fn place(journal: &Journal, run: &Path, from: usize, resuming: bool) -> &'static str {
    let events = journal.events();
    let new = &events[from.min(events.len())..];
    if events.is_empty() {
        return if run.exists() { "before the plan was on disk" } else { "before the run's folder was made" };
    }
    if !journal.torn.is_empty() {
        return "in a line of the journal";
    }
    let Some(last) = new.last() else {
        return if resuming { "resume, before it wrote" } else { "after the run" };
    };
    let undoing = kind(last) == "cleanup-done";
    let begun = new.iter().any(|event| kind(event) == "check-started");
    match kind(last) {
        "run-finished" => "documents being written",
        "run-resumed" => "resume, undoing",
        _ if resuming && !begun => "resume, undoing",
        "cleanup-registered" => "registered, not yet acted",
        _ if undoing => "between clean-ups",
        "check-finished" if item(last).starts_with("survival/never-content@") => "between tries",
        "check-finished" => "between checks",
        "check-started" => "check started",
        _ => "check at work",
    }
}

/// Documents are whole or not there.
fn no_half_document(run: &Path) {
    if let Ok(json) = std::fs::read(run.join("report.json")) {
        serde_json::from_slice::<Value>(&json).expect("a whole report.json");
    }
    for (name, end) in [("report.html", "</html>"), ("junit.xml", "</testsuites>")] {
        if let Ok(text) = std::fs::read_to_string(run.join(name)) {
            assert!(text.trim_end().ends_with(end), "half of {name}");
        }
    }
}

fn table(tally: &Tally, seed: u64, took: Duration) {
    println!("\n{:<12} {:<34} {:>6}", "aimed at", "hit", "kills");
    for ((aim, place), count) in &tally.hits {
        println!("{:<12} {place:<34} {count:>6}", format!("{aim:?}"));
    }
    let mut places: BTreeMap<&str, u32> = BTreeMap::new();
    for ((_, place), count) in &tally.hits {
        *places.entry(place).or_default() += count;
    }
    println!();
    for (place, count) in &places {
        println!("{place:<47} {count:>6}");
    }
    println!(
        "\nseed {seed}: {} kills in {} runs, {} resumes to the end, {} torn lines, {} disruptive checks cut short; {:.0} s. Every report \
         equalled the undisturbed run's, nothing was left.",
        tally.kills,
        tally.runs,
        tally.resumes,
        tally.torn,
        tally.cut_short,
        took.as_secs_f64()
    );
}

/// Before anything is on disk a kill costs nothing, and resume says so.
pub fn before_the_plan(stage: &mut Stage) {
    let bench = real_run(stage);
    std::fs::create_dir(bench.path("made")).expect("made");
    std::fs::create_dir(bench.path("with-origin")).expect("made");
    bench.write("with-origin/origin.json", "{}");
    std::fs::create_dir(bench.path("with-torn-line")).expect("made");
    bench.write("with-torn-line/origin.json", "{}");
    bench.write("with-torn-line/journal.log", "0123 {\"seq\":0");
    for run in ["made", "with-origin", "with-torn-line"] {
        let went = bench.on_run("resume", run);
        assert_eq!(went.code, Some(2), "{run}: {}", went.said);
        assert!(went.said.contains("did nothing to any target"), "{run}: {}", went.said);
    }
    // Somebody else's folder is not taken for a run.
    let went = bench.on_run("resume", ".");
    assert_eq!(went.code, Some(6), "{}", went.said);
}

/// While a run goes on nobody else writes its journal, nor undoes what it does.
pub fn two_writers(stage: &mut Stage) {
    let bench = real_run(stage);
    let mut child = bench.start("run", &["--allow", "disrupt"]);
    let journal = bench.path("run/journal.log");
    until("it has begun", PATIENCE, || std::fs::read_to_string(&journal).is_ok_and(|text| text.contains("check-started")));
    // Held, so that it is still at it however long the other one takes.
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("a process")).expect("a process");
    kill_process(pid, Signal::STOP).expect("stopped");
    let went = bench.on_run("resume", "run");
    kill_process(pid, Signal::CONT).expect("continued");
    assert_eq!(went.code, Some(6), "{}", went.said);
    assert!(went.said.contains("still going on"), "{}", went.said);
    let code = child.wait().expect("ended").code();
    assert!(matches!(code, Some(1 | 3)), "{code:?}");
    let report = bench.report("run");
    assert_eq!(report["resumed"], 0);
    assert!(compare::honest(&bench.path("run"), &report).is_empty());
}
