//! What runs need is taken away: room on the disk, the link, the database, the target itself.

use crate::compare;
use crate::journal::Journal;
use crate::stage::{Stage, files, is_as_before, suite};
use crate::support::{Bench, check, reason, until};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use touchstone_lab::Sshd;

const PATIENCE: Duration = Duration::from_secs(300);

fn shell(script: &str, words: &[&str]) -> String {
    let output = Command::new("sh").args(["-euc", script, "sh"]).args(words).output().expect("sh");
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A small file system; gone with the test.
struct Disk<'a>(&'a Path);

impl Disk<'_> {
    fn new(folder: &Path, kilobytes: u64) -> Disk<'_> {
        std::fs::create_dir_all(folder).expect("a folder");
        shell("mount -t tmpfs -o size=${2}k small \"$1\"", &[&folder.display().to_string(), &kilobytes.to_string()]);
        Disk(folder)
    }

    fn grow(&self) {
        shell("mount -o remount,size=64m \"$1\"", &[&self.0.display().to_string()]);
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}

/// Scratch checks with more evidence than there is room for.
fn talkative(stage: &Stage) -> Bench {
    let bench = stage.bench();
    let file = |name: &str| bench.path(name).display().to_string();
    let (talk, host) = (file("talk-{}"), file("made-{}"));
    bench.inventory(&stage.inventory(&bench, &[("survival/talker.file", &talk), ("survival/slow-host.file", &host)]));
    suite(
        &bench,
        &["os", "database", "survival"],
        &[
            ("os/kernel-version", ""),
            ("database/multi-row-insert", ""),
            ("survival/talker", "params = { file = \"unset\", bytes = \"60000\", times = \"6\" }"),
            ("survival/slow-host", "params = { file = \"unset\", seconds = \"0.2\" }"),
            ("survival/slow-database", "params = { seconds = \"0.2\" }"),
        ],
    );
    bench
}

/// Wherever the disk becomes full: the run ends with a clear error, what it had done to its targets is undone, what is on disk
/// stays, and with room again it goes on to the same end.
pub fn full_disk(stage: &mut Stage) {
    let bench = talkative(stage);
    let places = stage.places(&bench);
    let before = places.look();
    let went = bench.run("undisturbed", &["--allow", "scratch"]);
    assert!(matches!(went.code, Some(0 | 3)), "{}", went.said);
    let undisturbed = bench.report("undisturbed");
    let first_line = Journal::read(&bench.path("undisturbed")).lines[0].len() as u64 / 1024;
    let all: u64 =
        files(&bench.path("undisturbed")).iter().filter_map(|f| f.metadata().ok()).map(|m| m.len()).sum::<u64>() / 1024;
    let (mut full, mut torn) = (0, 0);
    // From no room for the plan to room for nearly everything.
    for step in 0..8_u64 {
        let room = (first_line + 4) / 2 + step * (all.saturating_sub(first_line / 2)) / 8;
        let disk_folder = bench.path("disk");
        let disk = Disk::new(&disk_folder, room.max(12));
        let with_disk = places.look();
        let run = disk_folder.join("run");
        let folder = run.display().to_string();
        let went = bench.run(&folder, &["--allow", "scratch"]);
        let lines = Journal::read(&run);
        if went.code != Some(6) {
            panic!("{room} KiB of {all} were enough? {:?} {}", went.code, went.said);
        }
        full += 1;
        torn += u32::from(!lines.torn.is_empty());
        assert!(went.said.contains("No space left"), "{room}: {}", went.said);
        is_as_before(&places, &with_disk, &format!("a run on a disk of {room} KiB"));
        disk.grow();
        let mut again = bench.on_run("resume", "disk/run");
        if again.code == Some(2) {
            assert!(lines.lines.is_empty() && again.said.contains("did nothing"), "{}", again.said);
            std::fs::remove_dir_all(&run).expect("removed");
            again = bench.run(&folder, &["--allow", "scratch"]);
        } else {
            assert!(went.said.contains("touchstone resume") || went.said.contains("touchstone report"), "{}", went.said);
        }
        assert!(matches!(again.code, Some(0 | 3)), "{room}: {}", again.said);
        assert!(Journal::read(&run).lines.starts_with(&lines.lines), "{room}: an earlier line is gone or changed");
        let report = bench.report("disk/run");
        let cut_short = compare::honest(&run, &report);
        compare::equal(&undisturbed, &report, &cut_short);
        assert!(cut_short.is_empty());
        drop(disk);
        is_as_before(&places, &before, &format!("a run taken up on a disk that had been full at {room} KiB"));
    }
    println!("{full} full disks, {torn} of them with a torn line");
}

/// All answers are on disk, but no report fits: the old documents stay whole, and resume writes the new ones.
pub fn no_room_for_the_report(stage: &mut Stage) {
    let bench = talkative(stage);
    let folder = bench.path("disk");
    let disk = Disk::new(&folder, 64 * 1024);
    let run = folder.join("run");
    let went = bench.run(&run.display().to_string(), &["--allow", "scratch"]);
    assert!(matches!(went.code, Some(0 | 3)), "{}", went.said);
    let old = std::fs::read(run.join("report.html")).expect("a report");
    // Whatever is left is filled.
    let _ = Command::new("sh").args(["-c", "head -c 100M /dev/zero > \"$1\"", "sh"]).arg(folder.join("filler")).output();
    let went = bench.on_run("report", "disk/run");
    assert_eq!(went.code, Some(6), "{}", went.said);
    assert!(went.said.contains("No space left"), "{}", went.said);
    assert_eq!(std::fs::read(run.join("report.html")).expect("a report"), old);
    serde_json::from_slice::<serde_json::Value>(&std::fs::read(run.join("report.json")).expect("a report")).expect("whole");
    std::fs::remove_file(folder.join("filler")).expect("removed");
    let went = bench.on_run("resume", "disk/run");
    assert!(matches!(went.code, Some(0 | 3)), "{}", went.said);
    drop(disk);
}

/// A check over SSH that goes on for longer than anything else here, and a short one beside it on another target.
fn two_hosts(stage: &Stage, port: u16) -> Bench {
    let bench = stage.bench();
    let params = |name: &str, seconds: &str| {
        format!("\"survival/slow-host.file\" = {:?}, \"survival/slow-host.seconds\" = \"{seconds}\"", bench.path(name))
    };
    let here = format!(
        "[[target]]\nname = \"here\"\nkind = \"host\"\nshell = {{ transport = \"local\" }}\nparams = {{ {} }}\n\n",
        params("made-here", "1")
    );
    bench.inventory(&(here + &stage.ssh_target("there", port, &params("made-there", "100"))));
    suite(&bench, &["survival"], &[("survival/slow-host", "params = { file = \"unset\" }")]);
    bench
}

/// The server's process of the session dies in the middle of a command.
pub fn lost_link(stage: &mut Stage) {
    let bench = two_hosts(stage, stage.sshd.port);
    let places = stage.places(&bench);
    let before = places.look();
    let mut child = bench.start("run", &["--allow", "scratch"]);
    let made = bench.path("made-there");
    until("the command has started", PATIENCE, || made.exists());
    let sessions = shell("cat /proc/$1/task/*/children", &[&stage.sshd.pid().to_string()]);
    let sessions: Vec<&str> = sessions.split_whitespace().collect();
    assert!(!sessions.is_empty());
    shell("kill -9 \"$@\"", &sessions);
    let code = child.wait().expect("ended").code();
    let report = bench.report("run");
    assert_eq!(code, Some(3), "{report:#}");
    let lost = check(&report, "survival/slow-host@there");
    assert_eq!(lost["verdict"]["verdict"], "inconclusive", "{lost:#}");
    assert!(reason(lost).contains("lost"), "{}", reason(lost));
    assert_eq!(check(&report, "survival/slow-host@here")["verdict"]["verdict"], "conforming");
    for item in ["there", "here"] {
        let left = &check(&report, &format!("survival/slow-host@{item}"))["left_behind"];
        assert_eq!(left.as_array().map(Vec::len), Some(0), "{left:#}");
    }
    is_as_before(&places, &before, "a run whose link broke");
}

/// The server is killed in the middle of a statement and comes back while it is waited for.
pub fn database_restart(stage: &mut Stage) {
    let bench = stage.bench();
    bench.inventory(
        &(stage.database_target(&bench) + "[[target]]\nname = \"here\"\nkind = \"host\"\nshell = { transport = \"local\" }\n"),
    );
    suite(
        &bench,
        &["os", "survival"],
        &[("survival/slow-database", "params = { seconds = \"100\" }"), ("os/kernel-version", "")],
    );
    let places = stage.places(&bench);
    let before = places.look();
    for how in ["stop", "kill"] {
        let mut child = bench.start(how, &["--allow", "scratch"]);
        let busy = "select count(*) from pg_stat_activity where query like 'CREATE TABLE ts%' and state = 'active'";
        until("the statement runs", PATIENCE, || places.database().execute(busy).is_ok_and(|said| said.trim() == "1"));
        if how == "stop" {
            stage.postgres.stop();
        } else {
            stage.postgres.kill();
        }
        std::thread::sleep(Duration::from_secs(2));
        assert!(child.try_wait().expect("a child").is_none(), "it waits for the database, to undo what it did");
        stage.postgres.start_again().expect("it starts again");
        let code = child.wait().expect("ended").code();
        let report = bench.report(how);
        assert_eq!(code, Some(3), "{report:#}");
        let cut = check(&report, "survival/slow-database@postgres");
        assert_eq!(cut["verdict"]["verdict"], "inconclusive", "{cut:#}");
        assert_eq!(cut["left_behind"].as_array().map(Vec::len), Some(0), "{cut:#}");
        println!("{how}: {}", reason(cut));
        assert_eq!(check(&report, "os/kernel-version@here")["verdict"]["verdict"], "conforming");
        let places = stage.places(&bench);
        is_as_before(&places, &before, "a run whose database restarted");
    }
}

/// The closest to a reboot that is cheap and real: an SSH server and everything started through it in a PID namespace of
/// their own, killed as a whole by the kernel (its first process dies) and started again with the same keys and disk. The kernel
/// itself is not started again.
pub fn reboot(stage: &mut Stage) {
    let apart = Sshd::start_apart(&stage.lab).expect("it starts");
    let ordinary = std::mem::replace(&mut stage.sshd, apart);
    let bench = two_hosts(stage, stage.sshd.port);
    let (places, made) = (stage.places(&bench), bench.path("made-there"));
    let before = places.look();
    let mut child = bench.start("run", &["--allow", "scratch"]);
    until("the command has started", PATIENCE, || made.exists());
    stage.sshd.kill();
    assert!(made.exists(), "what lies on the disk outlives a reboot");
    std::thread::sleep(Duration::from_secs(1));
    stage.sshd.start_again().expect("it starts again");
    let code = child.wait().expect("ended").code();
    let report = bench.report("run");
    assert_eq!(code, Some(3), "{report:#}");
    let lost = check(&report, "survival/slow-host@there");
    assert_eq!(lost["verdict"]["verdict"], "inconclusive", "{lost:#}");
    assert_eq!(lost["left_behind"].as_array().map(Vec::len), Some(0), "{lost:#}");
    assert_eq!(check(&report, "survival/slow-host@here")["verdict"]["verdict"], "conforming");
    assert!(!made.exists());
    is_as_before(&stage.places(&bench), &before, "a run whose target rebooted");
    stage.sshd = ordinary;
}

/// A target that stays away keeps what was left on it; the report says so, and a resume, once it is back, undoes it.
pub fn undone_later(stage: &mut Stage) {
    let bench = stage.bench();
    bench.inventory(&stage.database_target(&bench));
    suite(&bench, &["survival"], &[("survival/slow-database", "params = { seconds = \"2\" }")]);
    let places = stage.places(&bench);
    let before = places.look();
    let mut child = bench.start("run", &["--allow", "scratch"]);
    let journal = bench.path("run/journal.log");
    until("the table is promised to be dropped", PATIENCE, || {
        std::fs::read_to_string(&journal).is_ok_and(|text| text.contains("DROP TABLE IF EXISTS"))
    });
    child.kill().expect("killed");
    child.wait().expect("dead");
    // The statement goes on in the server, for there is nobody to cancel it; a resume ends it before it drops its table.
    let went = bench.on_run("resume", "run");
    assert_eq!(went.code, Some(0), "{}", went.said);
    is_as_before(&places, &before, "a run killed in the middle of a statement");

    // Now a clean-up that the server refuses, until somebody allows it.
    places.database().execute(NO_DROPS).expect("a guard");
    let went = bench.run("refused", &["--allow", "scratch"]);
    let item = "survival/slow-database@postgres";
    let left = check(&bench.report("refused"), item)["left_behind"].clone();
    let table = "select relname from pg_class where relname like 'ts%' and relkind = 'r'";
    let there = places.database().execute(table).expect("a look");
    let again = bench.on_run("resume", "refused");
    let still = check(&bench.report("refused"), item)["left_behind"].clone();
    places.database().execute("drop event trigger no_drops; drop function no_drops()").expect("no guard");
    assert_eq!(left.as_array().map(Vec::len), Some(1), "{left:#} {}", went.said);
    assert!(left[0]["failure"].as_str().is_some_and(|why| why.contains("not now")), "{left:#}");
    assert!(!there.trim().is_empty(), "it is still there");
    assert_eq!(still.as_array().map(Vec::len), Some(1), "{still:#} {}", again.said);
    let went = bench.on_run("resume", "refused");
    let report = bench.report("refused");
    assert_eq!(check(&report, item)["left_behind"].as_array().map(Vec::len), Some(0), "{}", went.said);
    assert_eq!(check(&report, item)["attempts"], 1);
    is_as_before(&places, &before, "a run whose clean-up was refused and then done by resume");
}

/// Whoever drops a table is refused.
const NO_DROPS: &str = "\
    create function no_drops() returns event_trigger language plpgsql as $$ begin raise exception 'not now'; end $$; \
    create event trigger no_drops on sql_drop when tag in ('DROP TABLE') execute function no_drops()";
