//! Runs that were stopped: nothing is lost, nothing is run twice that must not be, nothing stays behind.
#![forbid(unsafe_code)]

mod support;

use serde_json::Value;
use std::process::{Child, Command};
use std::time::Duration;
use support::{Bench, alive, check, fixtures, own_seconds, reason, until};

const PATIENCE: Duration = Duration::from_secs(60);

/// A run in the background that does not outlive its test.
struct Background(Child);

impl Drop for Background {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A check that has ended, two that are at it when the run is stopped, one that has not begun.
fn stopped(how: &str, ms: u64) -> Bench {
    let bench = Bench::new(fixtures());
    bench.inventory(
        "[[target]]\nname = \"machine\"\nkind = \"host\"\nshell = { transport = \"local\" }\n\
         [[target]]\nname = \"gate\"\nkind = \"platform\"\nshell = { transport = \"local\" }\n",
    );
    let path = |name: &str| bench.path(name).display().to_string();
    let counted = |name: &str| format!("params = {{ file = \"{}\" }}", path(name));
    let slow = |name: &str| {
        format!(
            "params = {{ file = \"{}\", marker = \"{}\", hurry = \"{}\", how = \"{how}\", ms = \"{ms}\" }}",
            path(name),
            path(&format!("{name}-marker")),
            path("hurry"),
        )
    };
    bench.suite(
        &["hostile"],
        &[
            ("hostile/counter", counted("counter")),
            ("hostile/sleeper", slow("sleeper")),
            ("hostile/later", counted("later")),
            ("hostile/disruptor", slow("disruptor")),
        ],
    );
    bench
}

/// Starts it and waits until both slow checks are at it.
fn begin(bench: &Bench) -> Background {
    let program = Background(bench.start("run", &["--allow", "disrupt"]));
    let journal = bench.path("run/journal.log");
    let finished = || {
        let text = std::fs::read_to_string(&journal).unwrap_or_default();
        text.lines().any(|line| line.contains("\"check-finished\"") && line.contains("hostile/counter@machine"))
    };
    until("all are at it", PATIENCE, || finished() && runs(bench, "sleeper") == 1 && runs(bench, "disruptor") == 1);
    program
}

fn runs(bench: &Bench, name: &str) -> usize {
    std::fs::read_to_string(bench.path(name)).unwrap_or_default().lines().count()
}

fn markers(bench: &Bench) -> usize {
    ["sleeper-marker", "disruptor-marker"].iter().filter(|name| bench.path(name).exists()).count()
}

/// After a resume everything has answered once, but for the disruptive check.
fn resumed(bench: &Bench) -> Value {
    bench.write("hurry", "");
    let went = bench.on_run("resume", "run");
    assert_eq!(went.code, Some(3), "{}", went.said);
    assert_eq!(markers(bench), 0);
    let times = ["counter", "sleeper", "later", "disruptor"].map(|name| runs(bench, name));
    assert_eq!(times, [1, 2, 1, 1], "{}", went.said);
    let report = bench.report("run");
    assert_eq!((&report["resumed"], &report["interrupted"]), (&1.into(), &false.into()));
    for (item, attempts) in [("counter", 1), ("sleeper", 2), ("later", 1)] {
        let seen = check(&report, &format!("hostile/{item}@machine"));
        assert_eq!(seen["verdict"]["verdict"], "conforming", "{seen:#}");
        assert_eq!(seen["attempts"], attempts, "{seen:#}");
        assert_eq!(seen["left_behind"].as_array().map(Vec::len), Some(0), "{seen:#}");
    }
    let disruptor = check(&report, "hostile/disruptor@gate");
    assert_eq!(disruptor["verdict"]["verdict"], "inconclusive", "{disruptor:#}");
    assert_eq!(disruptor["termination"]["kind"], "interrupted", "{disruptor:#}");
    assert_eq!(disruptor["attempts"], 1, "{disruptor:#}");
    assert_eq!(disruptor["left_behind"].as_array().map(Vec::len), Some(0), "{disruptor:#}");
    assert!(reason(disruptor).contains("interrupted"));
    let again = bench.on_run("report", "run");
    assert_eq!(again.code, Some(0), "{}", again.said);
    report
}

#[test]
fn a_killed_run_is_taken_up_again() {
    let bench = stopped("clock", 100_000);
    let mut program = begin(&bench);
    program.0.kill().expect("killed");
    program.0.wait().expect("dead");
    assert_eq!(markers(&bench), 2, "a killed run undoes nothing by itself");
    assert!(!bench.path("run/report.json").exists());
    resumed(&bench);
    // A run that has ended is not run again.
    assert_eq!(bench.on_run("resume", "run").code, Some(3));
    assert_eq!(runs(&bench, "counter") + runs(&bench, "sleeper"), 3);
}

/// What a killed program was running on its target must not go on behind the back of the second attempt.
#[test]
fn what_a_killed_program_was_running_is_dead_once_it_is_taken_up_again() {
    let seconds = own_seconds(4);
    let bench = stopped("command", u64::from(seconds) * 1000);
    let word = seconds.to_string();
    let mut program = begin(&bench);
    until("the commands have started", PATIENCE, || alive(&word).len() >= 8);
    program.0.kill().expect("killed");
    program.0.wait().expect("dead");
    resumed(&bench);
    let left = alive(&word);
    for id in &left {
        let _ = Command::new("kill").args(["-KILL", &id.to_string()]).status();
    }
    assert!(left.is_empty(), "still alive: {left:?}");
}

#[test]
fn ctrl_c_undoes_and_resume_completes() {
    let seconds = own_seconds(3);
    let bench = stopped("command", u64::from(seconds) * 1000);
    let word = seconds.to_string();
    let mut program = begin(&bench);
    // Twice a shell, its subshell and three sleeps.
    until("the commands have started", PATIENCE, || alive(&word).len() >= 8);
    let interrupted = Command::new("kill").args(["-INT", &program.0.id().to_string()]).status().expect("kill");
    assert!(interrupted.success());
    until("it has ended", PATIENCE, || std::fs::metadata(bench.path("run/report.json")).is_ok());
    let code = program.0.wait().expect("ended").code();
    let said = std::fs::read_to_string(bench.path("stderr.log")).expect("its words");
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("touchstone resume"), "{said}");
    assert_eq!(markers(&bench), 0, "{said}");
    until("what was running is dead", Duration::from_secs(5), || alive(&word).is_empty());
    let report = bench.report("run");
    assert_eq!(report["interrupted"], true);
    assert_eq!(check(&report, "hostile/sleeper@machine")["termination"]["kind"], "interrupted");
    assert_eq!(check(&report, "hostile/counter@machine")["verdict"]["verdict"], "conforming");
    assert_eq!(runs(&bench, "later"), 0);
    resumed(&bench);
}

#[test]
fn an_edited_journal_is_refused_by_line() {
    let bench = Bench::new(fixtures());
    bench.suite(&["hostile"], &[("hostile/good", "params = { wanted = \"something else\" }".to_owned())]);
    assert_eq!(bench.run("run", &[]).code, Some(1));
    let journal = bench.path("run/journal.log");
    let whole = std::fs::read_to_string(&journal).expect("a journal");
    // A torn last line is what a crash leaves.
    std::fs::write(&journal, format!("{whole}0123 {{\"seq")).expect("written");
    assert_eq!(bench.on_run("report", "run").code, Some(0));

    let line = whole.lines().position(|line| line.contains("\"check-finished\"")).expect("a verdict") + 1;
    let edited = whole.replace("\"verdict\":\"nonconforming\"", "\"verdict\":\"conforming\"");
    assert_ne!(edited, whole);
    std::fs::write(&journal, &edited).expect("written");
    for word in ["report", "resume"] {
        let went = bench.on_run(word, "run");
        assert_eq!(went.code, Some(6), "{word}: {}", went.said);
        assert!(went.said.contains(&format!("journal.log:{line}:")), "{word}: {}", went.said);
    }
    assert_eq!(std::fs::read_to_string(&journal).expect("a journal"), edited, "nothing was added");
}

#[test]
fn a_changed_suite_is_not_gone_on_with() {
    let bench = stopped("clock", 100_000);
    let mut program = begin(&bench);
    program.0.kill().expect("killed");
    program.0.wait().expect("dead");
    let suite = std::fs::read_to_string(bench.path("suite.toml")).expect("a suite");
    bench.write("suite.toml", format!("{suite}\n# another word\n"));
    let went = bench.on_run("resume", "run");
    assert_eq!(went.code, Some(5), "{}", went.said);
    bench.write("suite.toml", suite);
    resumed(&bench);
}
