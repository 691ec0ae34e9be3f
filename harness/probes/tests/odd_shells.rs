//! Shells, set-ups and outputs that are not what one hopes for, on a real SSH server: a clear outcome each, nothing left.

mod common;

use common::{sh, spec, ssh, target};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};
use touchstone_lab::{Lab, Sshd};
use touchstone_model::inventory::{ShellSpec, SudoSpec, TargetSpec, Transport};
use touchstone_probes::shell::{Command, Status};
use touchstone_probes::{ProbeError, Target};

fn through(server: &Sshd, enter: &[&str], sudo: Option<SudoSpec>) -> Target {
    let enter = enter.iter().map(|word| (*word).to_owned()).collect();
    let shell = ShellSpec { transport: Transport::Ssh(Box::new(ssh(server))), enter, sudo };
    target(TargetSpec { shells: vec![("here".into(), shell)], ..spec() })
}

fn script(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// A banner before login, a message of the day, and a login shell that prints on both streams.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn greetings_are_not_output() {
    let lab = Lab::new().unwrap();
    let (banner, login) = (lab.root().join("banner"), lab.root().join("login"));
    std::fs::write(&banner, "Authorised use only\n".repeat(50)).unwrap();
    script(
        &login,
        "#!/bin/sh\nprintf 'Welcome to this host\\nYou have mail'\necho 'stty: not a terminal' >&2\nexec /bin/sh -c \"$SSH_ORIGINAL_COMMAND\"\n",
    );
    let settings = format!("Banner {}\nPrintMotd yes\nForceCommand {}\n", banner.display(), login.display());
    let server = Sshd::start_with(&lab, &settings).unwrap();
    let target = through(&server, &[], None);
    let node = target.shell(None).await.unwrap();
    let output = node.run(sh("printf out; printf err >&2; exit 7")).await.unwrap();
    assert_eq!(output.status, Status::Exited(7));
    assert_eq!((output.stdout.as_slice(), output.stderr.as_slice()), (&b"out"[..], &b"err"[..]));
    let mut command = sh("cat");
    command.stdin = b"given".to_vec();
    assert_eq!(node.run(command).await.unwrap().stdout, b"given");
    let scratch = node.make_scratch(&format!("greeted-{}", std::process::id())).await.unwrap();
    node.write_file(&scratch, "file", b"content").await.unwrap();
    assert_eq!(node.read_file(&scratch, "file", 100).await.unwrap(), b"content");
    node.remove_scratch(&scratch).await.unwrap();
    assert!(!Path::new(&scratch).exists());
}

/// Another language, another time zone, busybox instead of the usual tools.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn language_time_zone_and_busybox_confuse_nothing() {
    let lab = Lab::new().unwrap();
    let tools = lab.root().join("tools");
    std::fs::create_dir(&tools).unwrap();
    let made = std::process::Command::new("busybox").args(["--install", "-s"]).arg(&tools).status().unwrap();
    assert!(made.success());
    let locale =
        std::process::Command::new("localedef").args(["-i", "zh_CN", "-f", "UTF-8"]).arg(lab.root().join("zh_CN.UTF-8")).status();
    let login = lab.root().join("login");
    // Everything, the shell included, is busybox.
    script(&login, &format!("#!/bin/sh\nPATH={0}\nexport PATH\nexec {0}/sh -c \"$SSH_ORIGINAL_COMMAND\"\n", tools.display()));
    let settings = format!(
        "ForceCommand {}\nSetEnv SHLVL=1 LANG=zh_CN.UTF-8 LC_ALL=zh_CN.UTF-8 LOCPATH={} TZ=Asia/Shanghai\n",
        login.display(),
        lab.root().display()
    );
    let server = Sshd::start_with(&lab, &settings).unwrap();
    let target = through(&server, &[tools.join("sh").to_str().unwrap(), "-c", "exec \"$@\"", "sh"], None);
    let node = target.shell(None).await.unwrap();
    if locale.is_ok_and(|status| status.success()) {
        let said = node.run(Command::new(["/usr/bin/date", "-d", "2024-01-01 12:00", "+%A %Z"])).await.unwrap();
        assert_eq!(String::from_utf8(said.stdout).unwrap(), "星期一 CST\n", "the set-up itself");
    }
    let output = node.run(sh("printf '中文\\n'; nothing-of-this-name; exit 3")).await.unwrap();
    assert_eq!((output.status, output.stdout), (Status::Exited(3), "中文\n".as_bytes().to_vec()));
    assert_eq!(node.run(Command::new(["nothing-of-this-name"])).await.unwrap().status, Status::NotFound);
    let mut slow = sh("sleep 4040 & sleep 4040");
    slow.timeout = Duration::from_millis(600);
    assert_eq!(node.run(slow).await.unwrap().status, Status::TimedOut);
    common::until("both have ended", || common::living("4040").is_empty()).await;
    let scratch = node.make_scratch(&format!("busy-{}", std::process::id())).await.unwrap();
    node.write_file(&scratch, "a/b", b"x").await.unwrap();
    assert_eq!(node.read_file(&scratch, "a/b", 10).await.unwrap(), b"x");
    node.remove_scratch(&scratch).await.unwrap();
}

/// A line of 64 KiB without end, every byte value, more than is kept.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_lines_and_binary_output_arrive_as_they_are() {
    let lab = Lab::new().unwrap();
    let server = Sshd::start(&lab).unwrap();
    let target = through(&server, &[], None);
    let node = target.shell(None).await.unwrap();
    let line = node.run(sh("head -c 65536 /dev/zero | tr '\\0' x")).await.unwrap();
    assert!(line.stdout.len() == 65_536 && line.stdout.iter().all(|byte| *byte == b'x'));
    let all: Vec<u8> = (0..=255).collect();
    let mut echo = sh("cat");
    echo.stdin = all.repeat(300);
    assert_eq!(node.run(echo).await.unwrap().stdout, all.repeat(300));
    let mut much = sh("head -c 3000000 /dev/zero");
    much.output_limit = 1000;
    let output = node.run(much).await.unwrap();
    assert_eq!((output.stdout.len(), output.stdout_truncated, output.status), (1000, true, Status::Exited(0)));
}

/// A command that leaves a process behind which keeps the channel open.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_on_the_channel_holds_nobody() {
    let lab = Lab::new().unwrap();
    let server = Sshd::start(&lab).unwrap();
    let target = through(&server, &[], None);
    let node = target.shell(None).await.unwrap();
    let word = common::unique_sleep();
    let began = Instant::now();
    let output = node.run(sh(&format!("sleep {word} & echo started"))).await.unwrap();
    assert_eq!((output.status, output.stdout.as_slice()), (Status::Exited(0), &b"started\n"[..]));
    assert!(began.elapsed() < Duration::from_secs(20), "a minute's time limit was not waited for");
    let left = common::living(&word);
    assert_eq!(left.len(), 1, "what was left on purpose lives on");
    let kill = node.run(Command::new(["kill".to_owned(), left[0].to_string()])).await.unwrap();
    assert_eq!(kill.status, Status::Exited(0));
    common::until("it has ended", || common::living(&word).is_empty()).await;
}

/// Temporary folders that are read-only, full, or let nothing be executed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_temporary_folders_are_told() {
    let lab = Lab::new().unwrap();
    let place = |name: &str, options: &str| {
        let folder = lab.root().join(name);
        std::fs::create_dir(&folder).unwrap();
        let mounted = std::process::Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(&folder).status();
        assert!(mounted.unwrap().success());
        Mounted(folder)
    };
    let (read_only, full, noexec) = (place("read-only", "ro"), place("full", "size=64k"), place("noexec", "noexec,size=1m"));
    let seen = async |folder: &Mounted| {
        let server = Sshd::start_with(&lab, &format!("SetEnv SHLVL=1 TMPDIR={}\n", folder.0.display())).unwrap();
        let target = through(&server, &[], None);
        let node = target.shell(None).await.unwrap();
        let made = node.make_scratch("odd").await;
        let written = match &made {
            Ok(scratch) => {
                let written = node.write_file(scratch, "file", &[b'x'; 200_000]).await;
                node.remove_scratch(scratch).await.unwrap();
                written
            }
            Err(error) => Err(error.clone()),
        };
        assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 0, "nothing is left");
        written
    };
    let why = seen(&read_only).await.unwrap_err().to_string();
    assert!(why.contains("Read-only"), "{why}");
    let why = seen(&full).await.unwrap_err().to_string();
    assert!(why.contains("No space"), "{why}");
    // Nothing that we put there needs to be executed.
    seen(&noexec).await.unwrap();
}

struct Mounted(std::path::PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// An ordinary user without a way to more rights, and with one that asks for a password nobody gave.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rights_that_cannot_be_had_are_told() {
    let lab = Lab::new().unwrap();
    let server = Sshd::start(&lab).unwrap();
    let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let mut root = sh("id -u");
    root.elevated = true;
    let target = through(&server, &nobody, None);
    let node = target.shell(None).await.unwrap();
    assert!(!node.can_elevate());
    let refused = node.run(root.clone()).await;
    assert!(matches!(&refused, Err(ProbeError::Unavailable(why)) if why.contains("not root")), "{refused:?}");
    assert_eq!(node.run(sh("id -u")).await.unwrap().stdout, b"65534\n");
    // sudo is a stand-in that does what the real one does without a terminal and a password: it says so and ends.
    let tools = lab.root().join("sudo-stand-in");
    std::fs::create_dir(&tools).unwrap();
    script(&tools.join("sudo"), "#!/bin/sh\n[ \"$1\" = -n ] && { echo 'sudo: a password is required' >&2; exit 1; }\nexit 2\n");
    let path = format!("PATH={}:/usr/bin:/bin", tools.display());
    let mut enter = nobody.to_vec();
    enter.extend(["env", &path]);
    let target = through(&server, &enter, Some(SudoSpec { password: None }));
    let node = target.shell(None).await.unwrap();
    let refused = node.run(root).await;
    assert!(matches!(&refused, Err(ProbeError::Unavailable(why)) if why.contains("a password is required")), "{refused:?}");
}
