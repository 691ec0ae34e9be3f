//! Hostile components: contained, named, and costing at most their limits.

use super::guest::{Declared, Guest, Need, RESULT};
use super::workshop::{Recorder, Workshop};
use std::sync::Arc;
use std::time::{Duration, Instant};
use touchstone_host::{Limits, PluginKind};
use touchstone_model::observation::ActResult;
use touchstone_model::verdict::Termination;

fn endless() -> Guest {
    let mut guest = Guest::new(&[]);
    guest.run = "(loop $again (br $again)) (unreachable)".to_owned();
    guest
}

#[tokio::test(flavor = "current_thread")]
async fn an_endless_loop_ends_in_time_and_blocks_nobody() {
    let workshop = Workshop::new();
    let (busy, quick) = (workshop.load(&endless().checks()).await, workshop.load(&Guest::new(&[]).checks()).await);
    let begun = Instant::now();
    // One thread for both: the busy one has to give way.
    let (busy, quick) = tokio::join!(workshop.run_loaded(&busy, None, Duration::from_millis(400)), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        workshop.run_loaded(&quick, None, Duration::from_millis(400)).await
    });
    assert_eq!(busy.termination, Termination::TimedOut { limit_ms: 400 });
    assert_eq!(quick.termination, Termination::Decided);
    assert!(quick.took < Duration::from_millis(200), "{:?}", quick.took);
    assert!(begun.elapsed() < Duration::from_millis(900), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn recursion_without_end_is_a_trap() {
    let mut guest = Guest::new(&[]);
    guest.items = "(func $deeper (result i32) (i32.add (i32.const 1) (call $deeper)))".to_owned();
    guest.run = "(call $deeper)".to_owned();
    let Termination::Trapped { message } = Workshop::new().run(guest).await.termination else { panic!("no trap") };
    assert!(message.contains("call stack exhausted"), "{message}");
}

#[tokio::test]
async fn memory_beyond_the_limit_is_denied_and_told() {
    let grow = "(loop $again (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))";
    let mut modest = Guest::new(&[]);
    modest.run = format!("{grow} (i32.const 64)");
    let workshop = Workshop::new();
    assert_eq!(workshop.run(modest).await.termination, Termination::Decided, "a guest may live with a denial");
    let mut greedy = Guest::new(&[]);
    greedy.run = format!("{grow} (unreachable)");
    let Termination::LimitExceeded { what } = workshop.run(greedy).await.termination else { panic!("no limit") };
    assert!(what.starts_with("memory:"), "{what}");
}

#[tokio::test]
async fn tables_beyond_the_limit_are_denied() {
    let mut guest = Guest::new(&[]);
    guest.items = "(table $t 1 funcref)".to_owned();
    guest.run = "(if (i32.eq (table.grow $t (ref.null func) (i32.const 20000)) (i32.const -1)) (then (unreachable)))
        (i32.const 64)"
        .to_owned();
    let Termination::LimitExceeded { what } = Workshop::new().run(guest).await.termination else { panic!("no limit") };
    assert!(what.starts_with("tables:"), "{what}");
}

#[tokio::test]
async fn a_trap_is_told_with_the_last_words() {
    let workshop = Workshop::new();
    let mut silent = Guest::new(&[]);
    silent.items = "(func $divide_it (result i32) (i32.div_u (i32.const 1) (i32.const 0)))".to_owned();
    silent.run = "(call $divide_it)".to_owned();
    let Termination::Trapped { message } = workshop.run(silent).await.termination else { panic!("no trap") };
    assert!(message.contains("integer divide by zero") && message.contains("divide_it"), "{message}");

    let mut panicking = Guest::new(&[]);
    panicking.use_log();
    let words = panicking.text("panic: index out of bounds, hunter2-correct-horse");
    panicking.run = format!("(call $write (i32.const 2) {words}) (unreachable)");
    let went = workshop.run(panicking).await;
    let Termination::Trapped { message } = &went.termination else { panic!("no trap") };
    assert!(message.starts_with("panic: index out of bounds, ***"), "{message}");
    assert_eq!(went.notes(), [("warn".to_owned(), "panic: index out of bounds, ***".to_owned())]);
}

#[tokio::test]
async fn a_capability_that_another_check_declared_is_denied_to_this_one() {
    let workshop = Workshop::new();
    let mut guest = Guest::new(&[Need::Shell]);
    guest.checks.push(Declared { id: "other", needs: vec![Need::Net], expectations: vec!["seen"] });
    guest.use_shell();
    guest.run = format!("{} (i32.const 64)", guest.open());
    let plugin = workshop.load(&guest.checks()).await;
    let PluginKind::Checks(checks) = plugin.kind() else { panic!("not checks") };
    for (check, granted) in checks.iter().zip([true, false]) {
        let sink = Arc::new(Recorder::default());
        let termination = workshop.host.run_check(workshop.call(&plugin, check, &sink)).await;
        let observations = sink.observations.lock().unwrap();
        if granted {
            assert_eq!(termination, Termination::Decided);
            assert!(observations.is_empty(), "opening a session shows nothing of the target: {observations:?}");
        } else {
            assert!(matches!(&termination, Termination::Failed { code, .. } if code == "denied"), "{termination:?}");
            assert!(matches!(observations[0].result, ActResult::Denied { .. }));
        }
    }
}

/// Every capability by every grant: each check needs one of them and tries all.
#[tokio::test]
async fn what_was_not_granted_is_denied_cell_by_cell() {
    let adapter = ["endpoints", "deployment", "lifecycle", "logs"].map(Need::Adapter);
    let needs = [&[Need::Shell, Need::Sql, Need::Http, Need::Net][..], &adapter].concat();
    let mut guest = Guest::new(&[]);
    let ids = ["shell", "sql", "http", "net", "endpoints", "deployment", "lifecycle", "logs"];
    let declare = |(id, need): (&&'static str, &Need)| Declared { id, needs: vec![*need], expectations: vec!["seen"] };
    guest.checks.extend(ids.iter().zip(&needs).map(declare));
    guest.use_shell();
    guest.items.push_str(
        r#"(import "touchstone:contract/sql@0.2.0" "open" (func $role (param i32 i32 i32)))
        (import "touchstone:contract/http@0.2.0" "send" (func $send (param i32 i32)))
        (import "touchstone:contract/net@0.2.0" "resolve" (func $resolve (param i32 i32 i32 i32 i32)))
        (import "touchstone:contract/net@0.2.0" "connect" (func $connect (param i32 i32 i32 i32 i32 i32 i32)))
        (import "touchstone:contract/net@0.2.0" "exchange" (func $exchange (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
        (import "touchstone:contract/net@0.2.0" "attack"
            (func $slow (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
        (import "touchstone:contract/visitors@0.2.0" "begin" (func $visit (param i32 i32 i32 i32 i32 i32 i32)))
        (import "touchstone:contract/endpoints@0.2.0" "list" (func $list (param i32)))
        (import "touchstone:contract/deployment@0.2.0" "deploy" (func $deploy (param i32 i32 i32 i32 i32)))
        (import "touchstone:contract/deployment@0.2.0" "replace" (func $replace (param i32 i32 i32 i32 i32 i32 i32)))
        (import "touchstone:contract/deployment@0.2.0" "undeploy" (func $undeploy (param i32 i32 i32)))
        (import "touchstone:contract/deployment@0.2.0" "drop-folder" (func $folder (param i32)))
        (import "touchstone:contract/lifecycle@0.2.0" "create" (func $create (param i32 i32 i32 i32 i32)))
        (import "touchstone:contract/lifecycle@0.2.0" "destroy" (func $destroy (param i32 i32 i32)))
        (import "touchstone:contract/logs@0.2.0" "application-logs" (func $logs (param i32)))
        (import "touchstone:contract/dialect@0.2.0" "find" (func $find (param i32 i32 i32 i32 i32)))"#,
    );
    let name = guest.text("nobody");
    let zero3 = "(i32.const 0) ".repeat(3);
    guest.run = format!(
        "(call $open (i32.const 0) (i32.const 0) (i32.const 0) (i32.const {RESULT}))
        (call $role {name} (i32.const {RESULT}))
        (call $send (i32.const 64) (i32.const {RESULT}))
        (call $resolve {name} (i32.const 0) (i32.const 0) (i32.const {RESULT}))
        (call $connect {name} {zero3} (i32.const 9) (i32.const {RESULT}))
        (call $exchange {name} {zero3} {zero3} (i32.const 9) (i32.const {RESULT}))
        (call $slow {name} {zero3} (i32.const 1) {zero3} {zero3} {zero3} (i32.const {RESULT}))
        (call $visit {name} (i32.const 1) {zero3} (i32.const {RESULT}))
        (call $list (i32.const {RESULT}))
        (call $deploy {name} {name} (i32.const {RESULT}))
        (call $replace {name} {name} {name} (i32.const {RESULT}))
        (call $undeploy {name} (i32.const {RESULT}))
        (call $folder (i32.const {RESULT}))
        (call $create {name} (i32.const 9) (i32.const 9) (i32.const {RESULT}))
        (call $destroy {name} (i32.const {RESULT}))
        (call $logs (i32.const {RESULT}))
        (call $find {name} (i32.const 0) (i32.const 0) (i32.const {RESULT})) (i32.const 64)"
    );
    let workshop = Workshop::new();
    let plugin = workshop.load(&guest.checks()).await;
    let PluginKind::Checks(checks) = plugin.kind() else { panic!("not checks") };
    // The calls in their order, each with the grant that it takes; what the dialects say nobody must be granted.
    let calls = ["shell", "sql", "http", "net", "net", "net", "net", "http", "endpoints"];
    let calls = calls.into_iter().chain(["deployment"; 4]).chain(["lifecycle"; 2]).chain(["logs"]);
    let calls: Vec<&str> = calls.collect();
    assert_eq!(checks.len(), ids.len() + 1);
    for check in checks {
        let sink = Arc::new(Recorder::default());
        let termination = workshop.host.run_check(workshop.call(&plugin, check, &sink)).await;
        assert_eq!(termination, Termination::Decided, "{}", check.id);
        let denied = |o: &&touchstone_model::observation::Observation| matches!(o.result, ActResult::Denied { .. });
        let observations = sink.observations.lock().unwrap();
        // What is asked of an adapter is called by its interface.
        let called = |o: &touchstone_model::observation::Observation| match o.act.strip_prefix("adapter : ") {
            Some(call) => call.split('.').next().unwrap_or_default().to_owned(),
            None => o.capability.clone(),
        };
        let denied: Vec<String> = observations.iter().filter(denied).map(called).collect();
        let own = check.id.trim_start_matches("fixture/");
        // The inventory gives this target nothing but a shell: its door to the net refuses a name that is not its own.
        let others: Vec<&str> = calls.iter().copied().filter(|id| *id != own || own == "net").collect();
        assert_eq!(denied, others, "{}", check.id);
    }
}

#[tokio::test]
async fn a_flood_of_handles_meets_its_limit() {
    let mut guest = Guest::new(&[Need::Shell]);
    guest.use_shell();
    guest.run = format!("(loop $again {} (br $again)) (unreachable)", guest.open());
    let went = Workshop::new().run(guest).await;
    let Termination::Failed { code, message } = &went.termination else { panic!("{:?}", went.termination) };
    assert_eq!(code, "limit");
    assert!(message.contains("64 handles"), "{message}");
}

#[tokio::test]
async fn a_flood_of_notes_is_cut_with_one_note() {
    let mut guest = Guest::new(&[]);
    guest.use_log();
    let words = guest.text("again");
    guest.run = format!(
        "(loop $again (call $write (i32.const 1) {words}) (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get $i) (i32.const 5000)))) (i32.const 64)"
    );
    let went = Workshop::new().run(guest).await;
    assert_eq!(went.termination, Termination::Decided);
    let notes = went.notes();
    assert_eq!(notes.len(), 1001);
    assert!(notes[1000].1.contains("dropped"), "{:?}", notes[1000]);
}

#[tokio::test]
async fn a_flood_of_reports_meets_its_limit() {
    let mut guest = Guest::new(&[]);
    guest.use_expect();
    let met = guest.met("seen");
    guest.run = format!("(loop $again {met} (br $again)) (unreachable)");
    let went = Workshop::new().run(guest).await;
    assert!(matches!(&went.termination, Termination::Failed { code, .. } if code == "limit"), "{:?}", went.termination);
    assert_eq!(went.sink.reports.lock().unwrap().len(), 1000);
}

#[tokio::test]
async fn a_flood_of_evidence_meets_its_limit() {
    let limits = Limits { evidence_bytes: 200_000, observations: 40, ..Default::default() };
    let workshop = Workshop::with(limits);
    // The one too many is written down: who goes on after it is found out by it.
    for (argv, most) in [(vec!["head", "-c", "100000", "/dev/zero"], 3), (vec!["true"], 41)] {
        let mut guest = Guest::new(&[Need::Shell]);
        guest.use_shell();
        let (open, command) = (guest.open(), guest.command(&argv));
        guest.run = format!("{open} (loop $again {command} (br $again)) (unreachable)");
        let went = workshop.run(guest).await;
        assert!(matches!(&went.termination, Termination::Failed { code, .. } if code == "limit"), "{:?}", went.termination);
        assert_eq!(went.observations().len(), most, "{argv:?}");
        let last = went.observations().pop().unwrap();
        assert!(matches!(&last.result, ActResult::Refused { code, .. } if code == "limit"), "{last:?}");
    }
}

#[tokio::test]
async fn values_without_end_do_not_reach_the_host() {
    let workshop = Workshop::with(Limits { call_bytes: 1 << 20, ..Default::default() });
    let mut guest = Guest::new(&[]);
    guest.use_log();
    guest.run =
        "(drop (memory.grow (i32.const 64))) (call $write (i32.const 1) (i32.const 0) (i32.const 4000000)) (i32.const 64)"
            .to_owned();
    let Termination::LimitExceeded { what } = workshop.run(guest).await.termination else { panic!("no limit") };
    assert!(what.contains("one call"), "{what}");
    // A list that is longer than the memory it should lie in.
    let mut guest = Guest::new(&[]);
    guest.use_log();
    guest.run = "(call $write (i32.const 1) (i32.const 64) (i32.const -1)) (i32.const 64)".to_owned();
    assert!(matches!(workshop.run(guest).await.termination, Termination::Trapped { .. } | Termination::LimitExceeded { .. }));
}

#[tokio::test]
async fn arguments_without_end_are_refused() {
    let workshop = Workshop::with(Limits { request_bytes: 1000, ..Default::default() });
    let mut guest = Guest::new(&[Need::Shell]);
    guest.use_shell();
    let (open, command) = (guest.open(), guest.command(&["echo", &"x".repeat(2000)]));
    guest.run = format!("{open} {command} (i32.const 64)");
    let went = workshop.run(guest).await;
    assert!(matches!(&went.termination, Termination::Failed { code, .. } if code == "limit"), "{:?}", went.termination);
}

#[tokio::test]
async fn a_handle_of_nothing_is_a_trap() {
    let mut guest = Guest::new(&[Need::Shell]);
    guest.use_shell();
    let command = guest.command(&["true"]);
    guest.run = format!("(local.set $h (i32.const 77)) {command} (i32.const {RESULT})");
    assert!(matches!(Workshop::new().run(guest).await.termination, Termination::Trapped { .. }));
}
