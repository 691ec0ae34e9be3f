//! The same over SSH, to a real server on loopback.

mod common;

use common::{alike, sh, spec, ssh, target, unique_sleep};
use std::time::{Duration, Instant};
use touchstone_lab::{Lab, Sshd};
use touchstone_model::inventory::{SecretSource, ShellSpec, SshAuth, SshSpec, TargetSpec, Transport};
use touchstone_probes::shell::{Command, Status};
use touchstone_probes::{ProbeError, Target};

fn through(ssh: SshSpec) -> Target {
    let shell = ShellSpec { transport: Transport::Ssh(Box::new(ssh)), enter: vec![], sudo: None };
    target(TargetSpec { shells: vec![("here".into(), shell)], ..spec() })
}

async fn refusal(ssh: SshSpec) -> String {
    let began = Instant::now();
    let opened = through(ssh).shell(None).await.map(|node| node.name().to_owned());
    assert!(began.elapsed() < Duration::from_secs(12));
    match opened {
        Err(ProbeError::Lost(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_over_ssh() {
    let lab = Lab::new().unwrap();
    let mut server = Sshd::start(&lab).unwrap();
    let target = through(ssh(&server));
    let node = target.shell(None).await.unwrap();
    alike::streams_and_status(&node).await;
    alike::nasty_words(&node).await;
    alike::not_found_is_not_127(&node).await;
    alike::input_and_caps(&node).await;
    alike::a_daemon_does_not_hold_us(&node).await;
    alike::nothing_survives_a_timeout(&node).await;
    alike::nothing_survives_a_drop(&node).await;
    alike::scratch(&node, &format!("ssh-{}", std::process::id())).await;
    // Many at once over the one connection; more than a server allows sessions.
    let connection = sh("echo $SSH_CONNECTION; sleep 0.05");
    let all = futures_util::future::join_all((0..30).map(|_| node.run(connection.clone()))).await;
    let first = all[0].as_ref().unwrap().stdout.clone();
    assert!(first.len() > 10 && all.iter().all(|output| output.as_ref().unwrap().stdout == first));
    let began = Instant::now();
    for _ in 0..50 {
        assert_eq!(node.run(Command::new(["true"])).await.unwrap().status, Status::Exited(0));
    }
    println!("one simple command over SSH costs {} us", began.elapsed().as_micros() / 50);
    assert!(matches!(node.run(Command::new(["echo", &"x".repeat(200_000)])).await, Err(ProbeError::Invalid(_))));
    // The link is cut under a command; then there is no server.
    let work = node.run(Command::new(["sleep".to_owned(), unique_sleep()]));
    let cut = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.kill();
    };
    let (broken, ()) = tokio::join!(work, cut);
    assert!(matches!(broken, Err(ProbeError::Lost(_))), "{broken:?}");
    let gone = node.run(Command::new(["true"])).await;
    assert!(matches!(&gone, Err(ProbeError::Lost(why)) if why.contains("refused")), "{gone:?}");
}

#[tokio::test]
async fn strangers_are_refused() {
    let lab = Lab::new().unwrap();
    let server = Sshd::start(&lab).unwrap();
    let good = ssh(&server);
    let changed = refusal(SshSpec { known_hosts: server.wrong_known_hosts_file.clone(), ..good.clone() }).await;
    assert!(changed.contains("CHANGED") && changed.contains("wrong_known_hosts") && changed.contains("SHA256:"), "{changed}");
    let empty = lab.root().join("empty");
    std::fs::write(&empty, "").unwrap();
    let unknown = refusal(SshSpec { known_hosts: empty, ..good.clone() }).await;
    assert!(unknown.contains("unknown") && unknown.contains("empty") && unknown.contains("SHA256:"), "{unknown}");
    let missing = refusal(SshSpec { known_hosts: lab.root().join("missing"), ..good.clone() }).await;
    assert!(missing.contains("missing"), "{missing}");
    let key = |file: &std::path::Path| vec![SshAuth::Key { file: file.to_owned(), passphrase: None }];
    let login = refusal(SshSpec { auth: key(&server.other_key), ..good.clone() }).await;
    assert!(login.contains("login failed"), "{login}");
    let password = lab.secret_file("password", "hunter-hunter").unwrap();
    let wrong = refusal(SshSpec { auth: vec![SshAuth::Password(SecretSource::File(password))], ..good.clone() }).await;
    assert!(wrong.contains("login failed") && !wrong.contains("hunter"), "{wrong}");
    let refused = refusal(SshSpec { port: lab.free_port().unwrap(), ..good.clone() }).await;
    assert!(refused.contains("refused"), "{refused}");
    // Silence is not waited for by each in turn.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let target = through(SshSpec { port: silent.local_addr().unwrap().port(), ..good });
    let began = Instant::now();
    let all = futures_util::future::join_all((0..5).map(|_| target.shell(None))).await;
    assert!(all.iter().all(|one| matches!(one, Err(ProbeError::Lost(_)))) && began.elapsed() < Duration::from_secs(15));
}

#[tokio::test]
async fn other_ways_in() {
    let lab = Lab::new().unwrap();
    let server = Sshd::start(&lab).unwrap();
    let good = ssh(&server);
    let hello = async |ssh: SshSpec| {
        let target = through(ssh);
        let node = target.shell(None).await.unwrap();
        let output = node.run(sh("echo hello")).await.unwrap();
        target.close().await;
        String::from_utf8(output.stdout).unwrap()
    };
    let agent = SshAuth::Agent(Some(server.agent_socket.clone()));
    assert_eq!(hello(SshSpec { auth: vec![agent], ..good.clone() }).await, "hello\n");
    // The second way is tried after the first is refused.
    let wrong_first = vec![SshAuth::Key { file: server.other_key.clone(), passphrase: None }, good.auth[0].clone()];
    assert_eq!(hello(SshSpec { auth: wrong_first, ..good.clone() }).await, "hello\n");
    // A key with a passphrase.
    let locked = lab.root().join("locked");
    std::fs::copy(&server.client_key, &locked).unwrap();
    let changed =
        std::process::Command::new("ssh-keygen").args(["-q", "-p", "-P", "", "-N", "pass phrase", "-f"]).arg(&locked).status();
    assert!(changed.unwrap().success());
    let passphrase = lab.secret_file("passphrase", "pass phrase").unwrap();
    let key = SshAuth::Key { file: locked.clone(), passphrase: Some(SecretSource::File(passphrase)) };
    assert_eq!(hello(SshSpec { auth: vec![key], ..good.clone() }).await, "hello\n");
    let why = refusal(SshSpec { auth: vec![SshAuth::Key { file: locked, passphrase: None }], ..good.clone() }).await;
    assert!(why.contains("login failed"), "{why}");
    // Through itself: the second connection comes out of the first.
    let jump = SshSpec { address: "localhost".into(), jump: Some(Box::new(good.clone())), ..good.clone() };
    assert_eq!(hello(jump.clone()).await, "hello\n");
    let jump =
        SshSpec { jump: Some(Box::new(SshSpec { known_hosts: server.wrong_known_hosts_file.clone(), ..good.clone() })), ..good };
    assert!(refusal(jump).await.contains("CHANGED"));
}

/// Servers that leave logins to PAM ask for the password instead of taking it.
#[tokio::test]
async fn questions_are_answered() {
    let lab = Lab::new().unwrap();
    let server = Sshd::start_asking(&lab, "hunter hunter").unwrap();
    let way = |password: &str| vec![SshAuth::Password(SecretSource::File(lab.secret_file(password, password).unwrap()))];
    let target = through(SshSpec { auth: way("hunter hunter"), ..ssh(&server) });
    let node = target.shell(None).await.unwrap();
    assert_eq!(node.run(sh("echo hello")).await.unwrap().stdout, b"hello\n");
    target.close().await;
    let why = refusal(SshSpec { auth: way("gatherer"), ..ssh(&server) }).await;
    assert!(why.contains("login failed") && !why.contains("gatherer"), "{why}");
}
