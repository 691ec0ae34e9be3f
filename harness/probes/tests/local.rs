//! Commands on this machine, with real processes.

mod common;

use common::{alike, living, local, sh, target, unique_sleep, with_shell};
use std::sync::Arc;
use std::time::{Duration, Instant};
use touchstone_model::inventory::{SecretSource, ShellSpec, SudoSpec, TargetSpec, Transport};
use touchstone_probes::ProbeError;
use touchstone_probes::shell::{Command, Node, Status};

/// Directly, and through a prefix (which needs the wrapper).
async fn both() -> [Arc<Node>; 2] {
    [local().await, with_shell(Transport::Local, &["env", "THROUGH=prefix"]).shell(None).await.unwrap()]
}

#[tokio::test]
async fn streams_status_words_and_caps() {
    for node in both().await {
        alike::streams_and_status(&node).await;
        alike::nasty_words(&node).await;
        alike::not_found_is_not_127(&node).await;
        alike::input_and_caps(&node).await;
    }
}

#[tokio::test]
async fn nothing_outlives_its_time() {
    for node in both().await {
        alike::a_daemon_does_not_hold_us(&node).await;
        alike::nothing_survives_a_timeout(&node).await;
        alike::nothing_survives_a_drop(&node).await;
    }
}

#[tokio::test]
async fn scratch_folders() {
    for (number, node) in both().await.iter().enumerate() {
        alike::scratch(node, &format!("local-{number}-{}", std::process::id())).await;
    }
}

#[tokio::test]
async fn the_harness_keeps_its_environment_to_itself() {
    let output = local().await.run(Command::new(["env"])).await.unwrap();
    let seen = String::from_utf8(output.stdout).unwrap();
    assert!(!seen.contains("CARGO") && seen.contains("/usr/sbin"), "{seen}");
}

#[tokio::test]
async fn a_prefix_that_fails_is_no_exit_code_of_the_target() {
    for prefix in [&["false"][..], &["/no/such/prefix"], &["sh", "-c", "echo cannot enter >&2; exit 127"]] {
        let opened = with_shell(Transport::Local, prefix).shell(None).await;
        assert!(matches!(opened, Err(ProbeError::Lost(_))), "{prefix:?}");
    }
}

#[tokio::test]
async fn unknown_nodes_are_unavailable() {
    let target = with_shell(Transport::Local, &[]);
    assert!(matches!(target.shell(Some("other")).await, Err(ProbeError::Unavailable(_))));
    assert!(matches!(common::target(common::spec()).shell(None).await, Err(ProbeError::Unavailable(_))));
    assert!(target.shell(Some("here")).await.is_ok());
}

#[tokio::test]
async fn simple_commands_are_cheap() {
    let node = local().await;
    let command = Command::new(["true"]);
    node.run(command.clone()).await.unwrap();
    let began = Instant::now();
    for _ in 0..50 {
        assert_eq!(node.run(command.clone()).await.unwrap().status, Status::Exited(0));
    }
    let each = began.elapsed() / 50;
    println!("one simple command costs {} us", each.as_micros());
    assert!(each < Duration::from_millis(20));
}

/// A user of this test alone, with sudo rights of a certain kind; removed when dropped.
struct SudoUser {
    name: String,
    rule: std::path::PathBuf,
}

impl SudoUser {
    fn new(name: &str, password: Option<&str>) -> Option<Self> {
        let is_root = std::fs::metadata("/proc/self").is_ok_and(|meta| std::os::unix::fs::MetadataExt::uid(&meta) == 0);
        if !is_root || !std::path::Path::new("/etc/sudoers.d").is_dir() {
            eprintln!("skipped: needs root and sudo");
            return None;
        }
        let user = Self { name: name.into(), rule: format!("/etc/sudoers.d/{name}").into() };
        run("useradd", &["-M", "-s", "/bin/sh", name], "");
        if let Some(password) = password {
            run("chpasswd", &[], &format!("{name}:{password}\n"));
        }
        let how = if password.is_some() { "ALL" } else { "NOPASSWD: ALL" };
        std::fs::write(&user.rule, format!("{name} ALL=(ALL) {how}\n")).unwrap();
        run("chmod", &["0440", user.rule.to_str().unwrap()], "");
        Some(user)
    }

    fn target(&self, password: Option<SecretSource>) -> touchstone_probes::Target {
        let enter = ["runuser", "-u", self.name.as_str(), "--"].map(str::to_owned).to_vec();
        let shell = ShellSpec { transport: Transport::Local, enter, sudo: Some(SudoSpec { password }) };
        target(TargetSpec { shells: vec![("here".into(), shell)], ..common::spec() })
    }
}

impl Drop for SudoUser {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.rule);
        let _ = std::process::Command::new("userdel").arg(&self.name).status();
    }
}

fn run(program: &str, arguments: &[&str], input: &str) {
    use std::io::Write;
    let mut child = std::process::Command::new(program).args(arguments).stdin(std::process::Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "{program}");
}

fn elevated(argv: &[&str]) -> Command {
    Command { elevated: true, ..Command::new(argv.iter().copied()) }
}

#[tokio::test]
async fn sudo_without_a_password() {
    let Some(user) = SudoUser::new("touchprobe1", None) else { return };
    let node = user.target(None).shell(None).await.unwrap();
    let id = async |command: Command| String::from_utf8(node.run(command).await.unwrap().stdout).unwrap();
    assert_ne!(id(Command::new(["id", "-u"])).await, "0\n");
    assert_eq!(id(elevated(&["id", "-u"])).await, "0\n");
    let mut command = elevated(&["printenv", "MARK"]);
    command.env.push(("MARK".into(), "kept".into()));
    assert_eq!(id(command).await, "kept\n");
    assert_eq!(node.run(elevated(&["no-such-program"])).await.unwrap().status, Status::NotFound);
    let sleep = unique_sleep();
    let mut command = elevated(&["sh", "-c", &format!("setsid sleep {sleep} & (setsid sleep {sleep} &); sleep {sleep}")]);
    command.timeout = Duration::from_millis(700);
    assert_eq!(node.run(command).await.unwrap().status, Status::TimedOut);
    assert_eq!(living(&sleep), Vec::<u32>::new());
    // What an elevated command left in the scratch folder goes with it.
    let path = node.make_scratch(&format!("sudo-{}", std::process::id())).await.unwrap();
    node.run(elevated(&["sh", "-c", &format!("mkdir {path}/d; touch {path}/d/f")])).await.unwrap();
    node.remove_scratch(&path).await.unwrap();
    assert!(!std::path::Path::new(&path).exists());
}

#[tokio::test]
async fn sudo_with_a_password() {
    let Some(user) = SudoUser::new("touchprobe2", Some("right pass'word")) else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "right pass'word\n").unwrap();
    let node = user.target(Some(SecretSource::File(file.clone()))).shell(None).await.unwrap();
    let mut command = elevated(&["sh", "-c", "id -u; cat"]);
    command.stdin = b"input".to_vec();
    let output = node.run(command).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "0\ninput");
    std::fs::write(&file, "wrong\n").unwrap();
    let refused = node.run(elevated(&["id"])).await;
    assert!(matches!(&refused, Err(ProbeError::Unavailable(why)) if why.contains("sudo refused")), "{refused:?}");
    // No way at all.
    let enter = ["runuser", "-u", user.name.as_str(), "--"];
    let node = with_shell(Transport::Local, &enter).shell(None).await.unwrap();
    assert!(matches!(node.run(elevated(&["id"])).await, Err(ProbeError::Unavailable(_))));
    // The password is no input of a command where sudo does not ask for it.
    std::fs::write(&user.rule, format!("{} ALL=(ALL) NOPASSWD: ALL\n", user.name)).unwrap();
    std::fs::write(&file, "right pass'word\n").unwrap();
    let node = user.target(Some(SecretSource::File(file))).shell(None).await.unwrap();
    let output = node.run(elevated(&["cat"])).await.unwrap();
    assert_eq!((output.status, output.stdout.len()), (Status::Exited(0), 0));
    assert_eq!(node.run(sh("exit 3")).await.unwrap().status, Status::Exited(3));
}
