//! What several tests need.
#![allow(dead_code)]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use touchstone_model::inventory::{ShellSpec, SshAuth, SshSpec, TargetSpec, Transport};
use touchstone_probes::Target;
use touchstone_probes::secret::Redactor;
use touchstone_probes::shell::{Command, Node};

pub fn spec() -> TargetSpec {
    TargetSpec {
        name: "here".into(),
        kind: "host".into(),
        tags: vec![],
        adapter: None,
        params: Default::default(),
        settings: Default::default(),
        permits: Vec::new(),
        shells: vec![],
        sql: None,
        http: None,
        addresses: vec![],
        load: None,
    }
}

pub fn target(spec: TargetSpec) -> Target {
    Target::new(spec, Arc::new(Redactor::new()))
}

pub fn with_shell(transport: Transport, enter: &[&str]) -> Target {
    let enter = enter.iter().map(|word| (*word).to_owned()).collect();
    let shells = vec![("here".to_owned(), ShellSpec { transport, enter, sudo: None })];
    target(TargetSpec { shells, ..spec() })
}

pub async fn local() -> Arc<Node> {
    with_shell(Transport::Local, &[]).shell(None).await.unwrap()
}

pub fn ssh(server: &touchstone_lab::Sshd) -> SshSpec {
    SshSpec {
        address: "127.0.0.1".into(),
        port: server.port,
        user: server.user.clone(),
        auth: vec![SshAuth::Key { file: server.client_key.clone(), passphrase: None }],
        known_hosts: server.known_hosts_file.clone(),
        jump: None,
    }
}

pub fn sh(script: &str) -> Command {
    Command::new(["/bin/sh", "-c", script])
}

/// Living processes one of whose arguments is this very word.
pub fn living(word: &str) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        if line.split(|b| *b == 0).any(|argument| argument == word.as_bytes()) {
            found.push(id);
        }
    }
    found
}

/// A duration for `sleep` that no other test uses.
pub fn unique_sleep() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{}.{:03}", 40_000 + std::process::id() % 50_000, NEXT.fetch_add(1, Ordering::Relaxed))
}

pub async fn until(what: &str, condition: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(8);
    while !condition() {
        assert!(Instant::now() < end, "{what} did not come about");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// What every transport must do alike.
pub mod alike {
    use super::*;
    use touchstone_probes::ProbeError;
    use touchstone_probes::shell::Status;

    pub async fn streams_and_status(node: &Node) {
        let output = node.run(sh("printf out; printf err >&2; exit 7")).await.unwrap();
        assert_eq!(output.status, Status::Exited(7));
        assert_eq!((output.stdout.as_slice(), output.stderr.as_slice()), (&b"out"[..], &b"err"[..]));
        let output = node.run(sh("kill -TERM $$")).await.unwrap();
        assert_eq!(output.status, Status::Signalled(15));
        let output = node.run(sh("kill -KILL $$")).await.unwrap();
        assert_eq!(output.status, Status::Signalled(9));
    }

    pub async fn nasty_words(node: &Node) {
        let words = [
            "",
            " ",
            "a b",
            "'",
            "\"",
            "'\\''",
            "$HOME",
            "`id`",
            "$(id)",
            "*",
            "?",
            "~",
            "\\",
            "\n",
            "a\nb\n",
            "\t",
            ";",
            "&&",
            "|",
            "!",
            "-n",
            "--",
            "%s",
            "中文",
            "\u{1}\u{7f}",
            "#x",
            "a=b",
            "{a,b}",
            "x'y'z",
            "\\n",
        ];
        let mut command = sh(r#"for word; do printf '%s\0' "$word"; done"#);
        command.argv.push("name".into());
        command.argv.extend(words.map(str::to_owned));
        let value = "it's \"$HOME\"\n`x` \\ end ";
        command.env.push(("NASTY".into(), value.into()));
        let output = node.run(command.clone()).await.unwrap();
        let seen: Vec<&[u8]> = output.stdout.strip_suffix(b"\0").unwrap().split(|b| *b == 0).collect();
        assert_eq!(seen, words.map(str::as_bytes));
        command.argv = vec!["printenv".into(), "NASTY".into()];
        let output = node.run(command).await.unwrap();
        assert_eq!(output.stdout, format!("{value}\n").as_bytes());
    }

    pub async fn not_found_is_not_127(node: &Node) {
        let run = async |argv: &[&str]| node.run(Command::new(argv.iter().copied())).await.unwrap().status;
        assert_eq!(run(&["touchstone-no-such-program", "x"]).await, Status::NotFound);
        assert_eq!(run(&["/no/such/program"]).await, Status::NotFound);
        assert_eq!(run(&["/bin/sh", "-c", "exit 127"]).await, Status::Exited(127));
        assert_eq!(run(&["/bin/sh", "-c", "touchstone-no-such-program"]).await, Status::Exited(127));
        // Built into shells, and no program: there is nothing to run.
        assert_eq!(run(&["cd", "/"]).await, Status::NotFound);
        assert_eq!(run(&["/etc/passwd"]).await, Status::Exited(126));
        for argv in [vec![], vec![""], vec!["-c"], vec!["echo", "a\0b"]] {
            assert!(matches!(node.run(Command::new(argv.iter().copied())).await, Err(ProbeError::Invalid(_))), "{argv:?}");
        }
    }

    pub async fn input_and_caps(node: &Node) {
        // More than any pipe holds, both ways at once.
        let mut command = Command::new(["cat"]);
        command.stdin = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
        command.output_limit = 5_000_000;
        let output = node.run(command.clone()).await.unwrap();
        assert!(output.stdout == command.stdin && !output.stdout_truncated);
        command.output_limit = 1000;
        let output = node.run(command.clone()).await.unwrap();
        assert!(output.stdout == command.stdin[..1000] && output.stdout_truncated && !output.stderr_truncated);
        assert_eq!(output.status, Status::Exited(0));
        // Nobody reads it: no error, no hang.
        command.argv = vec!["true".into()];
        assert_eq!(node.run(command).await.unwrap().status, Status::Exited(0));
        // A line of 64 KB, and every byte value.
        let output = node.run(sh("head -c 65536 /dev/zero | tr '\\0' x; echo")).await.unwrap();
        assert_eq!((output.stdout.len(), output.stdout_truncated), (65537, false));
        let mut command = sh("cat >&2");
        command.stdin = (0..=255).collect();
        assert_eq!(node.run(command).await.unwrap().stderr, (0..=255).collect::<Vec<u8>>());
        // The limit is exact.
        let mut command = sh("printf 12345");
        command.output_limit = 5;
        let output = node.run(command).await.unwrap();
        assert_eq!((output.stdout.as_slice(), output.stdout_truncated), (&b"12345"[..], false));
    }

    pub async fn a_daemon_does_not_hold_us(node: &Node) {
        let sleep = unique_sleep();
        let began = Instant::now();
        let output = node.run(sh(&format!("sleep {sleep} & echo started"))).await.unwrap();
        assert_eq!((output.status, output.stdout.as_slice()), (Status::Exited(0), &b"started\n"[..]));
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
        // It ended by itself, so what it left on purpose lives.
        let left = living(&sleep);
        assert_eq!(left.len(), 1);
        node.run(Command::new(["kill".to_owned(), "-9".to_owned(), left[0].to_string()])).await.unwrap();
        until("its end", || living(&sleep).is_empty()).await;
    }

    /// Simple children, own sessions, daemons that forked twice, cleared environments, deaf ones.
    pub fn stubborn(sleep: &str) -> String {
        format!(
            "sleep {sleep} & setsid sleep {sleep} & setsid sh -c 'trap \"\" TERM HUP INT; (setsid sleep {sleep} &) ; sleep {sleep}' & \
             ( ( setsid nohup sleep {sleep} >/dev/null 2>&1 </dev/null & ) & ) ; env -i sleep {sleep} & \
             env -i setsid sh -c 'sleep {sleep}; :' & echo ready; sleep {sleep}"
        )
    }

    pub async fn nothing_survives_a_timeout(node: &Node) {
        let sleep = unique_sleep();
        let mut command = sh(&stubborn(&sleep));
        command.timeout = Duration::from_millis(700);
        let began = Instant::now();
        let output = node.run(command).await.unwrap();
        // At this very moment, not later.
        assert_eq!(living(&sleep), Vec::<u32>::new());
        assert_eq!((output.status, output.stdout.as_slice()), (Status::TimedOut, &b"ready\n"[..]));
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    }

    pub async fn nothing_survives_a_drop(node: &Node) {
        let sleep = unique_sleep();
        let command = sh(&stubborn(&sleep));
        let work = node.run(command);
        let dropped = tokio::time::timeout(Duration::from_millis(700), async {
            tokio::join!(work, async { until("its start", || living(&sleep).len() >= 7).await })
        })
        .await;
        assert!(dropped.is_err());
        until("the end of all it started", || living(&sleep).is_empty()).await;
    }

    pub async fn scratch(node: &Node, name: &str) {
        let announced = node.scratch_path(name).unwrap();
        let path = node.make_scratch(name).await.unwrap();
        assert_eq!(path, announced);
        let mode = node.run(Command::new(["stat", "-c", "%a %F", path.as_str()])).await.unwrap();
        assert_eq!(mode.stdout, b"700 directory\n");
        assert!(node.make_scratch(name).await.is_err(), "what is there already is never taken over");
        let content: Vec<u8> = (0..=255).cycle().take(100_000).collect();
        node.write_file(&path, "a b/'c\n-n", &content).await.unwrap();
        assert!(node.read_file(&path, "a b/'c\n-n", 100_000).await.unwrap() == content);
        assert!(matches!(node.read_file(&path, "a b/'c\n-n", 99_999).await, Err(ProbeError::Limit(_))));
        node.write_file(&path, "-rf", b"").await.unwrap();
        assert_eq!(node.read_file(&path, "-rf", 10).await.unwrap(), b"");
        node.write_file(&path, "-rf", b"new").await.unwrap();
        assert_eq!(node.read_file(&path, "-rf", 3).await.unwrap(), b"new");
        let missing = node.read_file(&path, "missing", 10).await;
        assert!(matches!(&missing, Err(ProbeError::Other { code, .. }) if code == "no-such-file"), "{missing:?}");
        let links = format!("ln -s /etc '{path}/out'; ln -s /etc/hostname '{path}/file'; mkfifo '{path}/pipe'");
        node.run(sh(&links)).await.unwrap();
        for escape in
            ["/etc/hostname", "../x", "a/../../x", "", ".", "..", "a//b", "out/hostname", "out/new", "file", "x/", "./x", "pipe"]
        {
            let read = node.read_file(&path, escape, 1000).await;
            assert!(read.is_err(), "read {escape:?}");
            let wrote = node.write_file(&path, escape, b"x").await;
            assert!(matches!(wrote, Err(ProbeError::Denied(_))), "wrote {escape:?}: {wrote:?}");
        }
        for foreign in ["/etc", "/tmp", "/tmp/touchstone-", "/tmp/touchstone-x/../y", "/tmp/touchstone-x/y", "relative"] {
            assert!(matches!(node.write_file(foreign, "x", b"").await, Err(ProbeError::Denied(_))), "{foreign}");
            assert!(matches!(node.remove_scratch(foreign).await, Err(ProbeError::Denied(_))), "{foreign}");
        }
        assert!(node.make_scratch("../x").await.is_err());
        node.remove_scratch(&path).await.unwrap();
        assert_eq!(node.run(Command::new(["test", "-e", path.as_str()])).await.unwrap().status, Status::Exited(1));
        node.remove_scratch(&path).await.unwrap();
        assert!(Path::new("/etc/hostname").exists() && !Path::new("/etc/new").exists());
    }
}
