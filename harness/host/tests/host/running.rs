//! What a check does through the host, and what is written down.

use super::guest::{Guest, Need, RESULT};
use super::workshop::{Recorder, Workshop, first_check};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use touchstone_host::cleanup;
use touchstone_model::event::CleanupAct;
use touchstone_model::observation::ActResult;
use touchstone_model::verdict::{Judgement, Termination};

#[tokio::test]
async fn an_act_is_seen_redacted_and_supports_the_next_report() {
    let mut guest = Guest::new(&[Need::Shell]);
    guest.use_shell();
    guest.use_expect();
    let open = guest.open();
    let command = guest.command(&["echo", "it's", "hunter2-correct-horse"]);
    let (first, second, third) = (guest.met("seen"), guest.met("again"), guest.met_by_the_same_look("too"));
    guest.run = format!("{open} {command} {first} {third} {second} (i32.const 64)");
    let went = Workshop::new().run(guest).await;
    assert_eq!(went.termination, Termination::Decided);
    let [observation] = went.observations().try_into().unwrap();
    assert_eq!(observation.act, r"$ echo 'it'\''s' ***");
    assert_eq!((observation.id, observation.capability.as_str()), (1, "shell"));
    assert_eq!(observation.result, ActResult::Exited { code: 0 });
    assert_eq!(observation.evidence[0].inline.as_deref(), Some("it's ***\n"));
    let reports = went.sink.reports.lock().unwrap().clone();
    assert_eq!(reports.len(), 3);
    assert_eq!((reports[0].expectation.as_str(), &reports[0].judgement), ("seen", &Judgement::Met));
    assert_eq!(reports[0].observations, [1]);
    assert_eq!(reports[1].observations, [1], "one look may decide two expectations where the check says so");
    assert!(reports[2].observations.is_empty(), "where it does not, a decision needs a look of its own");
}

#[tokio::test]
async fn a_report_without_any_act_rests_on_nothing() {
    let mut guest = Guest::new(&[]);
    guest.use_expect();
    let met = guest.met("seen");
    guest.run = format!("{met} (i32.const 64)");
    let went = Workshop::new().run(guest).await;
    assert!(went.sink.reports.lock().unwrap()[0].observations.is_empty());
}

fn alive(marker: &str) -> bool {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|p| std::fs::read(p.path().join("cmdline")).ok());
    lines.into_iter().any(|line| String::from_utf8_lossy(&line).split('\0').any(|word| word == marker))
}

pub async fn gone(marker: &str) -> bool {
    for _ in 0..100 {
        if !alive(marker) {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}

#[tokio::test]
async fn a_command_that_hangs_is_ended_with_the_check_and_written_down() {
    let marker = "86397.25";
    let mut guest = Guest::new(&[Need::Shell]);
    guest.use_shell();
    let (open, command) = (guest.open(), guest.command(&["sleep", marker]));
    guest.run = format!("{open} {command} (i32.const 64)");
    let went = Workshop::new().run_within(guest, Duration::from_millis(500)).await;
    // Its own time limit is what is left of the check's, so it may end a moment earlier.
    assert!(matches!(went.termination, Termination::TimedOut { limit_ms: 500 } | Termination::Decided), "{:?}", went.termination);
    assert!(went.took < Duration::from_secs(2), "{:?}", went.took);
    let [observation] = went.observations().try_into().unwrap();
    assert!(observation.act.contains(marker));
    assert!(matches!(observation.result, ActResult::Refused { .. } | ActResult::TimedOut { .. }), "{observation:?}");
    assert!(gone(marker).await);
}

#[tokio::test]
async fn a_run_that_is_dropped_leaves_no_command() {
    let marker = "86397.75";
    let workshop = Workshop::new();
    let mut guest = Guest::new(&[Need::Shell]);
    guest.use_shell();
    let (open, command) = (guest.open(), guest.command(&["sleep", marker]));
    guest.run = format!("{open} {command} (i32.const 64)");
    let plugin = workshop.load(&guest.checks()).await;
    let (sink, check) = (Arc::new(Recorder::default()), first_check(&plugin));
    let run = workshop.host.run_check(workshop.call(&plugin, &check, &sink));
    assert!(tokio::time::timeout(Duration::from_millis(300), run).await.is_err());
    assert!(gone(marker).await);
    assert_eq!(sink.observations.lock().unwrap().len(), 1);
}

fn scratching() -> Guest {
    let mut guest = Guest::new(&[Need::Shell]);
    guest.use_shell();
    let open = guest.open();
    guest.run = format!(
        "{open} (call $scratch (local.get $h) (i32.const {RESULT}))
        (if (i32.load8_u (i32.const {RESULT})) (then (return (i32.const {RESULT})))) (i32.const 64)"
    );
    guest
}

#[tokio::test]
async fn a_scratch_folder_is_registered_before_it_exists_and_undone_by_the_runner() {
    let workshop = Workshop::new();
    let plugin = workshop.load(&scratching().checks()).await;
    let went = workshop.run_loaded(&plugin, None, Duration::from_secs(10)).await;
    assert_eq!(went.termination, Termination::Decided);
    let [cleanup] = went.sink.cleanups.lock().unwrap().clone().try_into().unwrap();
    let CleanupAct::ScratchFolder { path, .. } = &cleanup.act else { panic!("{cleanup:?}") };
    assert!(Path::new(path).is_dir());
    cleanup::undo(&workshop.target, &cleanup.act, Duration::ZERO).await.unwrap();
    assert!(!Path::new(path).exists());

    // What cannot be written down is not done.
    let (sink, check) = (Arc::new(Recorder { full: true, ..Default::default() }), first_check(&plugin));
    let call = workshop.call(&plugin, &check, &sink);
    let name = call.scratch_name.clone();
    let termination = workshop.host.run_check(call).await;
    assert!(matches!(&termination, Termination::Failed { code, .. } if code == "journal"), "{termination:?}");
    let temp = std::env::temp_dir();
    assert!(!std::fs::read_dir(temp).unwrap().flatten().any(|f| f.file_name().to_string_lossy().contains(&name)));
}

#[tokio::test]
async fn a_clean_up_that_fails_says_so() {
    let workshop = Workshop::new();
    let failing = CleanupAct::Command { node: "here".to_owned(), argv: vec!["false".to_owned()], elevated: false };
    assert!(cleanup::undo(&workshop.target, &failing, Duration::ZERO).await.unwrap_err().words.contains("Exited(1)"));
    let no_sql = CleanupAct::Statement { role: "app".to_owned(), statement: "drop table t".to_owned() };
    assert!(cleanup::undo(&workshop.target, &no_sql, Duration::ZERO).await.is_err());
}
