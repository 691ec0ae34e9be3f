//! Checks and adapters.

use super::guest::{Guest, Need, RESULT, contract, one_endpoint};
use super::running::gone;
use super::workshop::{Went, Workshop};
use std::time::{Duration, Instant};
use touchstone_host::{BridgeError, PluginKind};
use touchstone_model::observation::ActResult;
use touchstone_model::verdict::Termination;

const URL: &str = "http://127.0.0.1:8080/";

/// Asks the adapter and returns its error, or decides.
fn asking() -> Guest {
    let mut guest = Guest::new(&[Need::Adapter("endpoints")]);
    guest.items = r#"(import "touchstone:contract/endpoints@0.2.0" "list" (func $list (param i32)))"#.to_owned();
    guest.run = format!(
        "(call $list (i32.const {RESULT}))
        (if (i32.load8_u (i32.const {RESULT})) (then (return (i32.const {RESULT}))))
        (if (i32.ne (i32.load (i32.const {})) (i32.const 1)) (then (unreachable)))
        (i32.const 64)",
        RESULT + 8
    );
    guest
}

fn adapter() -> Guest {
    let mut guest = Guest::new(&[]);
    guest.name = "product";
    let answer = one_endpoint(&mut guest, URL);
    guest.run = format!("(i32.const {answer})");
    guest
}

/// A contract with another `endpoints`.
fn altered(interface: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(contract()).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|e| e == "wit") {
            std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    std::fs::write(folder.path().join("endpoints.wit"), interface).unwrap();
    folder
}

#[tokio::test]
async fn a_check_calls_an_adapter() {
    let workshop = Workshop::new();
    let (check, adapter) = (workshop.load(&asking().checks()).await, workshop.load(&adapter().adapter(&[], "list")).await);
    let PluginKind::Adapter(description) = adapter.kind() else { panic!("not an adapter") };
    assert!(description.offers.contains("endpoints"));
    workshop.host.bridge(&check, &adapter, "endpoints").unwrap();
    let went = workshop.run_loaded(&check, Some(adapter), Duration::from_secs(10)).await;
    assert_eq!(went.termination, Termination::Decided);
    let [observation] = went.observations().try_into().unwrap();
    assert_eq!((observation.capability.as_str(), observation.act.as_str()), ("adapter", "adapter product: endpoints.list()"));
    assert_eq!(observation.result, ActResult::Done { amount: 1 });
    assert!(observation.evidence[0].inline.as_ref().unwrap().contains(URL));
}

#[tokio::test]
async fn what_does_not_fit_is_known_before_the_run() {
    let workshop = Workshop::new();
    let check = workshop.load(&asking().checks()).await;
    let product = workshop.load(&adapter().adapter(&[], "list")).await;
    let missing = workshop.host.bridge(&check, &product, "backup").unwrap_err();
    assert!(matches!(missing, BridgeError::MissingInterface { ref interface, .. } if interface == "backup"), "{missing}");
    let none = workshop.host.bridge(&check, &check, "endpoints").unwrap_err();
    assert!(matches!(none, BridgeError::NotAnAdapter { .. }), "{none}");

    let package = "package touchstone:contract@0.2.0;\ninterface endpoints { use types.{error}; use target.{endpoint};";
    let other = altered(&format!("{package} %all: func() -> result<list<endpoint>, error>; }}"));
    let mut guest = adapter();
    guest.contract = other.path().to_owned();
    let other = workshop.load(&guest.adapter(&[], "all")).await;
    let missing = workshop.host.bridge(&check, &other, "endpoints").unwrap_err();
    assert!(matches!(missing, BridgeError::MissingFunction { ref function, .. } if function == "list"), "{missing}");

    let other = altered(&format!("{package} %list: func() -> result<list<string>, error>; }}"));
    let mut guest = adapter();
    guest.contract = other.path().to_owned();
    let other = workshop.load(&guest.adapter(&[], "list")).await;
    let mistyped = workshop.host.bridge(&check, &other, "endpoints").unwrap_err();
    assert!(matches!(mistyped, BridgeError::Mistyped { .. }), "{mistyped}");
    assert!(mistyped.to_string().contains("list<string>"), "{mistyped}");
}

async fn with(adapter: Guest, needs: &[Need], limit: Duration) -> Went {
    let workshop = Workshop::new();
    let (check, adapter) = (workshop.load(&asking().checks()).await, workshop.load(&adapter.adapter(needs, "list")).await);
    workshop.run_loaded(&check, Some(adapter), limit).await
}

fn broken(went: &Went) -> &str {
    match &went.termination {
        Termination::Failed { code, message } if code == "adapter" => message,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_adapter_that_dies_is_an_error_of_the_call() {
    let mut guest = adapter();
    guest.use_log();
    let words = guest.text("panic: lost my way");
    guest.run = format!("(call $write (i32.const 2) {words}) (unreachable)");
    let went = with(guest, &[], Duration::from_secs(10)).await;
    assert!(broken(&went).contains("panic: lost my way"), "{:?}", went.termination);
    assert!(matches!(&went.observations()[0].result, ActResult::Refused { code, .. } if code == "adapter"));
    assert_eq!(went.notes()[0].1, "adapter: panic: lost my way");
}

#[tokio::test]
async fn an_adapter_that_never_answers_leaves_the_check_time_to_say_so() {
    let mut guest = adapter();
    guest.run = "(loop $again (br $again)) (unreachable)".to_owned();
    let begun = Instant::now();
    let went = with(guest, &[], Duration::from_millis(600)).await;
    assert!(broken(&went).contains("no answer within"), "{:?}", went.termination);
    assert!(begun.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn an_adapter_acts_by_its_own_grants_and_supports_nothing() {
    let acting = || {
        let mut guest = adapter();
        guest.use_shell();
        let answer = one_endpoint(&mut guest, URL);
        let (open, command) = (guest.open(), guest.command(&["echo", "hello"]));
        guest.run = format!("{open} {command} (i32.const {answer})");
        guest
    };
    let went = with(acting(), &[Need::Shell], Duration::from_secs(10)).await;
    assert_eq!(went.termination, Termination::Decided);
    let capabilities: Vec<String> = went.observations().into_iter().map(|o| o.capability).collect();
    assert_eq!(capabilities, ["adapter:shell", "adapter"]);
}

#[tokio::test]
async fn a_check_without_adapter_is_told_that_there_is_none() {
    let workshop = Workshop::new();
    let check = workshop.load(&asking().checks()).await;
    let went = workshop.run_loaded(&check, None, Duration::from_secs(10)).await;
    assert!(matches!(&went.termination, Termination::Failed { code, .. } if code == "unavailable"), "{:?}", went.termination);
}

/// An adapter in the middle of a long command, which must not outlive whatever ends the call.
fn busy(marker: &str) -> Guest {
    let mut guest = adapter();
    guest.use_shell();
    let answer = one_endpoint(&mut guest, URL);
    let (open, command) = (guest.open(), guest.command(&["sleep", marker]));
    guest.run = format!("{open} {command} (i32.const {answer})");
    guest
}

#[tokio::test]
async fn what_an_adapter_was_doing_ends_with_the_call() {
    let marker = "86396.25";
    let went = with(busy(marker), &[Need::Shell], Duration::from_millis(800)).await;
    assert!(broken(&went).contains("no answer within"), "{:?}", went.termination);
    let cut = went.observations().into_iter().find(|o| o.capability == "adapter:shell").expect("its command");
    assert!(matches!(&cut.result, ActResult::Refused { code, .. } if code == "cut-short"), "{cut:?}");
    assert!(gone(marker).await);
}

#[tokio::test]
async fn a_check_that_is_dropped_in_a_call_takes_its_adapter_with_it() {
    let marker = "86396.75";
    let workshop = Workshop::new();
    let (check, adapter) =
        (workshop.load(&asking().checks()).await, workshop.load(&busy(marker).adapter(&[Need::Shell], "list")).await);
    let run = workshop.run_loaded(&check, Some(adapter), Duration::from_secs(60));
    assert!(tokio::time::timeout(Duration::from_millis(500), run).await.is_err());
    assert!(gone(marker).await);
}

#[tokio::test]
async fn a_dead_adapter_stays_dead() {
    let mut guest = adapter();
    guest.run = "(unreachable)".to_owned();
    let mut asker = asking();
    // Asks twice, and lives with the first refusal.
    asker.run = format!("(call $list (i32.const {RESULT})) {}", asker.run);
    let workshop = Workshop::new();
    let (check, adapter) = (workshop.load(&asker.checks()).await, workshop.load(&guest.adapter(&[], "list")).await);
    let went = workshop.run_loaded(&check, Some(adapter), Duration::from_secs(10)).await;
    assert!(broken(&went).contains("unreachable"), "{:?}", went.termination);
    assert_eq!(went.observations().len(), 2);
    assert!(went.observations().iter().all(|o| matches!(&o.result, ActResult::Refused { code, .. } if code == "adapter")));
}
