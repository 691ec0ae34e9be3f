//! The program itself: exit codes, the inventory, and cleaning up after signals, even the one that can't be caught.

mod support;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use support::{command_runs, text_of, until};

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_touchstone-lab"));
    command.stderr(Stdio::null());
    command
}

fn signal(child: &Child, name: &str) {
    text_of(Command::new("kill").args(["-s", name, &child.id().to_string()]));
}

/// Starts the lab with a command that waits, and tells its scratch folder.
fn waiting(services: &str, seconds: &str) -> (Child, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("told");
    let script = format!("echo $TOUCHSTONE_INVENTORY > {0}.new; mv {0}.new {0}; exec sleep {seconds}", told.display());
    let child = program().args(["with", services, "--", "sh", "-c", &script]).spawn().unwrap();
    until("the command runs", || told.exists());
    let inventory = std::fs::read_to_string(&told).unwrap();
    (child, Path::new(inventory.trim()).parent().unwrap().to_owned())
}

fn gone(root: &Path) -> bool {
    let name = root.file_name().unwrap().to_str().unwrap();
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    let loops = text_of(Command::new("losetup").arg("-a"));
    let processes = text_of(Command::new("ps").args(["-eo", "args"]));
    !root.exists() && ![mounts, loops, processes].iter().any(|text| text.contains(name))
}

#[test]
fn the_commands_code_is_passed_on_and_the_inventory_is_true() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("inventory.toml");
    let script = "cat $TOUCHSTONE_INVENTORY; stat -c %a $(grep -o '/[^\"]*secrets/[^\"]*' $TOUCHSTONE_INVENTORY); exit 7";
    let output = program()
        .args(["with", "postgres,old-kernel-stand-in", "--inventory"])
        .arg(&file)
        .args(["--", "sh", "-c", script])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(7));
    let text = String::from_utf8(output.stdout).unwrap();
    for line in ["schema = 1", "name = \"this-machine\"", "name = \"postgres\"", "[target.sql.roles.app]", "\"--uname-2.6\"]"] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    assert!(text.ends_with("600\n600\n"), "{text}");
    assert!(!file.exists(), "it names secrets that are gone");
}

#[test]
fn failures_of_the_lab_have_codes_of_their_own() {
    let code = |arguments: &[&str]| program().args(arguments).stdout(Stdio::null()).status().unwrap().code();
    assert_eq!(code(&["with", "old-kernel-stand-in", "--", "/no/such/program"]), Some(127));
    assert_eq!(code(&["with", "old-kernel-stand-in", "--", "/etc/passwd"]), Some(126));
    assert_eq!(code(&["with", "no-such-service", "--", "true"]), Some(2));
    let lost = program().args(["with", "databend", "--", "true"]).env("XDG_CACHE_HOME", "/nowhere").status().unwrap();
    assert_eq!(lost.code(), Some(125));
}

#[test]
fn a_signal_ends_command_and_services() {
    let (mut child, root) = waiting("postgres,minimal-root", "47110");
    signal(&child, "TERM");
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert!(gone(&root));
    assert!(!command_runs("sleep 47110"));
}

#[test]
fn a_lab_that_is_killed_leaves_nothing_either() {
    let (mut child, root) = waiting("postgres,small-fs,large-fs,minimal-root,databend", "47111");
    let server = std::fs::read_dir(&root)
        .unwrap()
        .flatten()
        .find_map(|entry| std::fs::read_to_string(entry.path().join("data/postmaster.pid")).ok())
        .unwrap();
    let server = server.lines().next().unwrap().parse().unwrap();
    assert!(support::shared_memory_of(server));
    signal(&child, "KILL");
    child.wait().unwrap();
    until("the guard has cleaned up", || gone(&root));
    assert!(!support::shared_memory_of(server));
    // The command is the caller's own, not the lab's.
    text_of(Command::new("sh").args(["-c", "for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline 2>/dev/null | grep -qx 'sleep 47111 ' && kill ${p#/proc/}; done; true"]));
}
