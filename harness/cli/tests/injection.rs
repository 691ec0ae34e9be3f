//! Faults that the host injects: there while the check goes on, and gone afterwards, also where the program was killed meanwhile.
#![forbid(unsafe_code)]

mod support;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use support::{Bench, check, fixtures, own_seconds, reason, until};

const PATIENCE: Duration = Duration::from_secs(60);

/// A process that does not outlive its test.
struct Background(Child);

impl Drop for Background {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn sleeper(offset: u32) -> Background {
    Background(Command::new("sleep").arg(own_seconds(offset).to_string()).spawn().expect("sleep"))
}

fn state(process: u32) -> String {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().and_then(|rest| rest.split(' ').next()).unwrap_or_default().to_owned()
}

fn bench(name: &str, fault: &str, of: &str, enter: &str) -> Bench {
    let bench = Bench::new(fixtures());
    bench.inventory(&format!(
        "[[target]]\nname = \"machine\"\nkind = \"host\"\nshell = {{ transport = \"local\", enter = [{enter}] }}\n"
    ));
    let [marker, hurry] = ["marker", "hurry"].map(|name| bench.path(name).display().to_string());
    let params = format!("params = {{ fault = {fault:?}, of = {of:?}, marker = {marker:?}, hurry = {hurry:?} }}");
    bench.suite(&["hostile"], &[(&format!("hostile/{name}"), params)]);
    bench
}

/// Kills the program while the fault is there, and has the run taken up again. The disruptive check is not run twice.
fn killed_and_resumed(bench: &Bench, is_there: impl Fn() -> bool) {
    let mut program = Background(bench.start("run", &["--allow", "disrupt"]));
    until("it is injected", PATIENCE, || bench.path("marker").exists());
    assert!(is_there(), "the fault is there");
    program.0.kill().expect("killed");
    program.0.wait().expect("ended");
    assert!(is_there(), "nobody has taken it back yet");
    bench.write("hurry", "");
    let went = bench.on_run("resume", "run");
    assert!(!is_there(), "resume has taken it back: {}", went.said);
    let report = bench.report("run");
    let left = &check(&report, &bench.item())["left_behind"];
    assert_eq!(left.as_array().map(Vec::len), Some(0), "{left}");
}

trait Item {
    fn item(&self) -> String;
}

impl Item for Bench {
    fn item(&self) -> String {
        let journal = std::fs::read_to_string(self.path("run/journal.log")).unwrap_or_default();
        if journal.contains("hostile/injected-unasked@machine") {
            "hostile/injected-unasked@machine"
        } else {
            "hostile/injected@machine"
        }
        .to_owned()
    }
}

#[test]
fn stopped_processes_go_on_after_the_program_was_killed() {
    let sleeper = sleeper(71);
    let process = sleeper.0.id();
    let bench = bench("injected", "stopped", &process.to_string(), "");
    killed_and_resumed(&bench, || state(process) == "T");
    assert_eq!(state(process), "S", "it lives");
}

#[test]
fn a_full_disk_has_room_again_after_the_program_was_killed() {
    let disk = Mounted::new();
    let bench = bench("injected", "disk-full", &disk.0.path().display().to_string(), "");
    let probe = disk.0.path().join("probe");
    let full = || {
        let refused = std::fs::write(&probe, vec![1; 100_000]).is_err();
        let _ = std::fs::remove_file(&probe);
        refused
    };
    assert!(!full());
    killed_and_resumed(&bench, full);
}

/// A small file system of its own.
struct Mounted(tempfile::TempDir);

impl Mounted {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path().display().to_string();
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", "size=4m", "touchstone-test", &at]).status();
        assert!(done.is_ok_and(|status| status.success()), "root can mount");
        Self(folder)
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

/// A network namespace, for as long as a process of it lives.
fn namespace(offset: u32) -> (Background, String) {
    let mut command = Command::new("unshare");
    command.args(["--net", "sleep", &own_seconds(offset).to_string()]).stdin(Stdio::null());
    let holder = Background(command.spawn().expect("unshare"));
    let own = std::fs::read_link("/proc/self/ns/net").expect("a namespace");
    let of = |id: u32| std::fs::read_link(format!("/proc/{id}/ns/net"));
    until("the namespace is there", PATIENCE, || of(holder.0.id()).is_ok_and(|other| other != own));
    let enter = format!("\"nsenter\", \"-t\", \"{}\", \"-n\", \"--\"", holder.0.id());
    (holder, enter)
}

fn tables(holder: &Background) -> String {
    let inside = Command::new("nsenter").args(["-t", &holder.0.id().to_string(), "-n", "nft", "list", "ruleset"]).output();
    inside.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

#[test]
fn a_partition_heals_after_the_program_was_killed() {
    let (holder, enter) = namespace(72);
    let bench = bench("injected", "partition", "10.9.8.7:5432", &enter);
    killed_and_resumed(&bench, || tables(&holder).contains("ip daddr 10.9.8.7 tcp dport 5432 drop"));
}

#[test]
fn what_cannot_be_taken_back_is_named_with_the_command_to_do_it_by_hand() {
    let (holder, enter) = namespace(73);
    let bench = bench("injected", "partition", "10.9.8.7", &enter);
    let mut program = Background(bench.start("run", &["--allow", "disrupt"]));
    until("it is injected", PATIENCE, || bench.path("marker").exists());
    // Whoever was let in is not let in any more.
    drop(holder);
    bench.write("hurry", "");
    program.0.wait().expect("ended");
    let report = bench.report("run");
    let told = check(&report, "hostile/injected@machine");
    assert_eq!(told["verdict"]["verdict"], "inconclusive", "{told}");
    let left = told["left_behind"].as_array().expect("a list");
    assert!(left.iter().any(|left| left["cleanup"]["act"]["argv"].to_string().contains("nft delete table")), "{told}");
    let said = std::fs::read_to_string(bench.path("stdout.log")).unwrap_or_default();
    let page = std::fs::read_to_string(bench.path("run/report.html")).expect("a report");
    assert!(page.contains("nft delete table"), "the report names the command");
    assert!(said.contains("nft delete table") || said.contains("遗留") || said.to_lowercase().contains("left behind"), "{said}");
}

#[test]
fn what_cannot_be_injected_is_refused_and_changes_nothing() {
    let refused = |name: &str, fault: &str, of: &str, why: &str| {
        let bench = bench(name, fault, of, "");
        let went = bench.run("run", &["--allow", "disrupt"]);
        let report = bench.report("run");
        let told = check(&report, &bench.item());
        assert_eq!(told["verdict"]["verdict"], "inconclusive", "{}", went.said);
        assert!(reason(told).contains(why), "{}", reason(told));
        assert!(!bench.path("marker").exists());
    };
    refused("injected", "stopped", "4000000", "no process");
    refused("injected", "stopped", "1", "the system itself");
    refused("injected", "disk-full", "/", "never filled");
    refused("injected", "partition", "nobody", "neither an address");
    // Where it is not this machine's own clock, only a whole machine of its own has one.
    refused("injected", "clock-jump", "", "clock is that of the host itself");
    refused("injected-unasked", "stopped", "4000000", "faults need disrupt");
    assert!(Path::new("/proc/1/stat").exists());
}
