use super::guest::{Guest, Need, contract};
use super::workshop::Workshop;
use touchstone_host::{PluginKind, Reason};
use touchstone_model::description;

#[tokio::test]
async fn a_component_says_what_it_is() {
    let workshop = Workshop::new();
    let mut guest = Guest::new(&[Need::Shell, Need::Adapter("endpoints")]);
    guest.use_shell();
    guest.run = format!("{} (i32.const 64)", guest.open());
    let plugin = workshop.load(&guest.checks()).await;
    assert_eq!((plugin.name(), plugin.version()), ("fixture", "1.0.0"));
    assert_eq!(plugin.imports(), ["touchstone:contract/shell@0.2.0"]);
    let PluginKind::Checks(checks) = plugin.kind() else { panic!("not checks") };
    assert_eq!(checks[0].id, "fixture/only");
    assert!(checks[0].needs.contains(&description::Need::Shell));
    assert!(checks[0].needs.contains(&description::Need::Adapter("endpoints".to_owned())));
    assert_eq!((checks[0].expectations[0].id.as_str(), checks[0].time_limit_ms), ("seen", 10_000));
}

#[tokio::test]
async fn what_is_no_component_is_refused_by_name() {
    let workshop = Workshop::new();
    let whole = Guest::new(&[]).checks();
    assert_eq!(workshop.refusal(b"#!/bin/sh\n").await, Reason::NotWasm);
    assert_eq!(workshop.refusal(b"").await, Reason::Truncated);
    assert_eq!(workshop.refusal(&whole[..6]).await, Reason::Truncated);
    assert_eq!(workshop.refusal(&Guest::new(&[]).core("")).await, Reason::CoreModule);
    let mut whole_enough = 0;
    for length in 8..whole.len() {
        match workshop.host.load(&workshop.file(&whole[..length])).await {
            Err(refusal) => assert!(matches!(refusal.reason, Reason::Truncated | Reason::NoExport), "{length}: {refusal}"),
            Ok(_) => whole_enough += 1,
        }
    }
    // Only notes of the tools lie behind the exports, in a section or two: without them it is still whole.
    assert!(whole_enough <= 2, "{whole_enough}");
    let missing = workshop.host.load(&workshop.folder.path().join("absent.wasm")).await.unwrap_err();
    assert!(matches!(missing.reason, Reason::Io(_)));
    assert!(missing.to_string().starts_with("absent.wasm: cannot be read"), "{missing}");
}

#[tokio::test]
async fn a_damaged_component_never_panics_the_host() {
    let workshop = Workshop::new();
    let whole = Guest::new(&[]).checks();
    for at in (8..whole.len()).step_by(17) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x55;
        let _ = workshop.host.load(&workshop.file(&damaged)).await;
    }
}

#[tokio::test]
async fn imports_beyond_the_contract_are_refused_by_name() {
    let workshop = Workshop::new();
    let mut guest = Guest::new(&[]);
    guest.packages = vec![
        "package wasi:cli@0.2.0; interface exit { exit: func(code: u8); }".to_owned(),
        "package touchstone:fixture; world escaping { import wasi:cli/exit@0.2.0; \
         export touchstone:contract/checks@0.2.0; }"
            .to_owned(),
    ];
    guest.world = "touchstone:fixture/escaping".to_owned();
    guest.items = r#"(import "wasi:cli/exit@0.2.0" "exit" (func $exit (param i32)))"#.to_owned();
    guest.run = "(call $exit (i32.const 0)) (i32.const 64)".to_owned();
    let reason = workshop.refusal(&guest.checks()).await;
    assert_eq!(reason, Reason::ForbiddenImport { import: "wasi:cli/exit@0.2.0".to_owned() });
}

#[tokio::test]
async fn another_version_of_the_contract_is_refused() {
    let workshop = Workshop::new();
    let folder = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(contract()).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|e| e != "wit") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap().replace("@0.2.0", "@0.1.0");
        std::fs::write(folder.path().join(path.file_name().unwrap()), text).unwrap();
    }
    let mut guest = Guest::new(&[]);
    guest.contract = folder.path().to_owned();
    guest.version = "0.1.0";
    let reason = workshop.refusal(&guest.checks()).await;
    assert_eq!(reason, Reason::ContractVersion { found: "0.1.0".to_owned(), wanted: "0.2.0".to_owned() });
}

#[tokio::test]
async fn a_component_without_checks_or_adapter_is_refused() {
    let workshop = Workshop::new();
    let mut empty = Guest::new(&[]);
    empty.packages = vec!["package touchstone:fixture; world nothing { export run: func(); }".to_owned()];
    empty.world = "touchstone:fixture/nothing".to_owned();
    let bytes = empty.encode(r#"(func (export "run"))"#);
    assert_eq!(workshop.refusal(&bytes).await, Reason::NoExport);
}

#[tokio::test]
async fn a_capability_that_no_check_declares_is_refused_at_loading() {
    let workshop = Workshop::new();
    let mut guest = Guest::new(&[Need::Sql]);
    guest.use_shell();
    guest.run = format!("{} (i32.const 64)", guest.open());
    let reason = workshop.refusal(&guest.checks()).await;
    assert_eq!(reason, Reason::UndeclaredImport { import: "touchstone:contract/shell@0.2.0".to_owned() });
}

#[tokio::test]
async fn an_adapter_cannot_decide() {
    let workshop = Workshop::new();
    let mut guest = Guest::new(&[]);
    guest.use_expect();
    let met = guest.met("seen");
    guest.run = format!("{met} (i32.const 64)");
    guest.packages = vec![
        "package touchstone:fixture; world deciding { import touchstone:contract/expect@0.2.0; \
         export touchstone:contract/adapter-info@0.2.0; export touchstone:contract/endpoints@0.2.0; }"
            .to_owned(),
    ];
    guest.world = "touchstone:fixture/deciding".to_owned();
    let reason = workshop.refusal(&guest.adapter(&[], "list")).await;
    assert_eq!(reason, Reason::ForbiddenImport { import: "touchstone:contract/expect@0.2.0".to_owned() });
}

#[tokio::test]
async fn a_trap_while_describing_is_told_with_the_panic() {
    let workshop = Workshop::new();
    let mut guest = Guest::new(&[]);
    guest.use_log();
    let words = guest.text("panic: no description today at src/lib.rs:7");
    guest.describing = format!("(call $write (i32.const 2) {words}) (unreachable)");
    let Reason::Describe(why) = workshop.refusal(&guest.checks()).await else { panic!("another reason") };
    assert!(why.contains("no description today at src/lib.rs:7"), "{why}");
}

#[tokio::test]
async fn describing_is_granted_nothing_and_has_its_time() {
    let limits = touchstone_host::Limits { describe_time: std::time::Duration::from_millis(300), ..Default::default() };
    let workshop = Workshop::with(limits);
    let mut acting = Guest::new(&[Need::Shell]);
    acting.use_shell();
    acting.describing = "(call $open (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 256))".to_owned();
    assert!(matches!(workshop.refusal(&acting.checks()).await, Reason::Describe(_)));
    let mut endless = Guest::new(&[]);
    endless.describing = "(loop $again (br $again))".to_owned();
    let Reason::Describe(why) = workshop.refusal(&endless.checks()).await else { panic!("another reason") };
    assert!(why.contains("300 ms"), "{why}");
}

#[tokio::test]
async fn a_description_against_the_rules_is_refused() {
    let workshop = Workshop::new();
    let mut twice = Guest::new(&[]);
    twice.checks[0].expectations = vec!["seen", "seen"];
    assert!(matches!(workshop.refusal(&twice.checks()).await, Reason::Description(_)));
    let mut odd = Guest::new(&[]);
    odd.checks[0].id = "../../etc";
    assert!(matches!(workshop.refusal(&odd.checks()).await, Reason::Description(_)));
    let mut same = Guest::new(&[]);
    same.checks.push(same.checks[0].clone());
    assert!(matches!(workshop.refusal(&same.checks()).await, Reason::Description(_)));
}
