//! Databases and ways to them that are not as they should be: every check says clearly that it could not decide, or decides
//! truly, and leaves nothing. What the transports themselves make of such things is in harness/probes/tests (sql.rs: rights, a
//! taken name, letters that are none, several statements, ten million rows, a flood of notices; odbc.rs: drivers).
//!
//! Needs the built plugins (`TOUCHSTONE_PLUGINS`, as `ci/test` sets it) and root.
#![forbid(unsafe_code)]

mod support;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use support::{Bench, alive, check, finish, reason, until};
use touchstone_lab::residue::{Database, Place};
use touchstone_lab::{Lab, Postgres};

const PATIENCE: Duration = Duration::from_secs(120);
const INSERT: &str = "database/multi-row-insert";
const BACKUP: &str = "database/physical-backup";

fn plugins() -> PathBuf {
    PathBuf::from(std::env::var_os("TOUCHSTONE_PLUGINS").expect("TOUCHSTONE_PLUGINS names the built plugins"))
}

/// A command as the server's own user, with its programs in the path.
fn as_server(server: &Postgres, words: &[&str]) -> Command {
    let program = std::fs::read_link(format!("/proc/{}/exe", server.pid().expect("it runs"))).expect("its program");
    let programs = program.parent().expect("a folder").display().to_string();
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "env", "-i", "LC_ALL=C.UTF-8"]);
    command.arg(format!("PATH={programs}:/usr/bin:/bin")).args(words).current_dir("/");
    command
}

fn done(command: &mut Command) {
    let output = command.output().expect("it starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A copy of a server that follows its log and never ends to recover. Stopped when dropped.
struct Standby<'a> {
    server: &'a Postgres,
    data: String,
    port: u16,
}

impl<'a> Standby<'a> {
    fn start(lab: &Lab, server: &'a Postgres) -> Self {
        let socket = server.socket().display().to_string();
        let data = format!("{socket}/standby");
        let (own, port) = (server.port.to_string(), lab.free_port().expect("a port"));
        done(&mut as_server(server, &["pg_basebackup", "-w", "-N", "-R", "-c", "fast", "-h", &socket, "-p", &own, "-D", &data]));
        let standby = Self { server, data, port };
        let (log, options) = (format!("{}.log", standby.data), format!("-p {port} -c unix_socket_directories={}", standby.data));
        done(&mut as_server(server, &["pg_ctl", "-w", "-s", "-D", &standby.data, "-l", &log, "-o", &options, "start"]));
        standby
    }
}

impl Drop for Standby<'_> {
    fn drop(&mut self) {
        let stopped = as_server(self.server, &["pg_ctl", "-w", "-s", "-D", &self.data, "-m", "immediate", "stop"]).status();
        if !stopped.is_ok_and(|status| status.success()) {
            eprintln!("the standby at {} was not stopped", self.data);
        }
    }
}

/// `[[target]]` of a PostgreSQL by its own protocol.
fn plain(name: &str, server: &Postgres, port: u16, user: &str, password: &Path) -> String {
    format!(
        "[[target]]\nname = \"{name}\"\nkind = \"database\"\n[target.sql]\nprotocol = \"postgresql\"\nhost = \"127.0.0.1\"\n\
         port = {port}\ndatabase = \"{}\"\ntls = \"disable\"\nfamily = \"postgres-like\"\n[target.sql.roles.app]\n\
         user = \"{user}\"\npassword = {{ file = {password:?} }}\n\n",
        server.database
    )
}

fn suite(bench: &Bench, checks: &[&'static str]) {
    bench.suite(&["database"], &checks.iter().map(|id| (*id, String::new())).collect::<Vec<_>>());
    let suite = std::fs::read_to_string(bench.path("suite.toml")).expect("the suite");
    bench.write("suite.toml", suite.replacen("plugins =", "adapters = [\"postgresql\"]\nplugins =", 1));
}

#[test]
fn what_stands_in_the_way_is_told_and_decides_nothing() {
    let lab = Lab::new().expect("a lab");
    let server = Postgres::start(&lab).expect("a database");
    let database = Database::of(&server);
    let standby = Standby::start(&lab, &server);
    let bench = Bench::new(&plugins());
    let secret = |name: &str, value: &str| lab.secret_file(name, value).expect("a secret");
    for (role, more) in [("weak", ""), ("reader", "; alter role reader set default_transaction_read_only = on")] {
        let statement = format!("create role {role} login password '{}'{more}", server.app_password);
        database.execute(&statement).expect("a role");
    }
    database.execute("grant create on schema public to reader").expect("granted");
    let app = secret("app", &server.app_password);
    let mut text = plain("no-rights", &server, server.port, "weak", &app);
    text += &plain("reads-only", &server, server.port, "reader", &app);
    text += &plain("in-recovery", &server, standby.port, &server.app_user, &app);
    text += &plain("good", &server, server.port, &server.app_user, &app);
    for (name, way) in [
        ("wrong-source", "dsn = \"no-such-source\""),
        ("unknown-driver", "driver = \"No Such Driver\""),
        ("missing-library", "driver = \"/nowhere/libdriver.so\""),
    ] {
        let _ = write!(
            text,
            "[[target]]\nname = \"{name}\"\nkind = \"database\"\n[target.sql]\nprotocol = \"odbc\"\n{way}\n\
             family = \"postgres-like\"\n[target.sql.options]\nSERVER = \"127.0.0.1\"\nPORT = \"{}\"\nDATABASE = \"{}\"\n\
             [target.sql.roles.app]\nuser = \"{}\"\npassword = {{ file = {app:?} }}\n\n",
            server.port, server.database, server.app_user
        );
    }
    bench.inventory(&text);
    suite(&bench, &[INSERT]);
    let before = database.list().expect("its catalogues");
    let went = bench.run("run", &["--allow", "scratch"]);
    assert_eq!(went.code, Some(3), "{}", went.said);
    let report = bench.report("run");
    for (target, words) in [
        ("no-rights", "42501"),
        ("reads-only", "25006"),
        ("in-recovery", "25006"),
        ("wrong-source", "IM002"),
        ("unknown-driver", "No Such Driver"),
        ("missing-library", "/nowhere/libdriver.so"),
    ] {
        let seen = check(&report, &format!("{INSERT}@{target}"));
        assert_eq!(seen["verdict"]["verdict"], "inconclusive", "{seen:#}");
        println!("{target}: {}", reason(seen));
        assert!(reason(seen).contains(words), "{target}: {words:?} not in {}", reason(seen));
        // Where nothing can be dropped, it is said that nothing was, though there is nothing.
        let told = usize::from(words == "25006");
        assert_eq!(seen["left_behind"].as_array().map(Vec::len), Some(told), "{seen:#}");
    }
    let good = check(&report, &format!("{INSERT}@good"));
    assert_eq!(good["verdict"]["verdict"], "conforming", "{good:#}");
    let named = |list: &str| list.lines().filter(|line| line.starts_with("relation")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(named(&database.list().expect("its catalogues")), named(&before));
    assert!(!went.said.contains(&server.app_password));
}

/// What one check did is undone in one session for each role, however many statements that takes.
#[test]
fn clean_up_logs_in_once() {
    let lab = Lab::new().expect("a lab");
    let server = Postgres::start_with(&lab, &["log_statement = ddl", "log_line_prefix = '[%p] '"]).expect("a database");
    let bench = Bench::new(&plugins());
    let app = lab.secret_file("app", &server.app_password).expect("a secret");
    bench.inventory(&plain("good", &server, server.port, &server.app_user, &app));
    suite(&bench, &["database/triggers"]);
    let went = bench.run("run", &["--allow", "scratch"]);
    assert_eq!(went.code, Some(0), "{}", went.said);
    let log = std::fs::read_to_string(server.log_file()).expect("the server's log");
    let drops: Vec<&str> = log.lines().filter(|line| line.contains(": DROP ")).collect();
    // Each line begins with the number of the session's process.
    let sessions: std::collections::BTreeSet<&str> = drops.iter().filter_map(|line| line.split(']').next()).collect();
    println!("{} statements undo what was done, in {} sessions", drops.len(), sessions.len());
    assert!(drops.len() > 5, "{log}");
    assert_eq!(sessions.len(), 1, "{drops:#?}");
}

/// A target that is backed up by its own tool, into a folder of the node.
fn operated(lab: &Lab, server: &Postgres) -> String {
    let [app, admin] = [("app", &server.app_password), ("admin", &server.password)]
        .map(|(name, password)| lab.secret_file(&format!("operated-{name}"), password).expect("a secret"));
    format!(
        "[[target]]\nname = \"operated\"\nkind = \"database\"\nadapter = \"postgresql\"\nshell = {{ transport = \"local\" }}\n\
         [target.settings]\nlog = {:?}\n[target.sql]\nprotocol = \"postgresql\"\nhost = \"127.0.0.1\"\nport = {}\n\
         database = \"{}\"\ntls = \"disable\"\nfamily = \"postgres-like\"\n[target.sql.roles.app]\nuser = \"{}\"\n\
         password = {{ file = {app:?} }}\n[target.sql.roles.admin]\nuser = \"{}\"\npassword = {{ file = {admin:?} }}\n\n",
        server.log_file(),
        server.port,
        server.database,
        server.app_user,
        server.superuser
    )
}

/// That target, and a suite that backs it up.
fn operated_bench() -> (Lab, Postgres, Bench) {
    let lab = Lab::new().expect("a lab");
    let server = Postgres::start(&lab).expect("a database");
    let bench = Bench::new(&plugins());
    bench.inventory(&operated(&lab, &server));
    suite(&bench, &[BACKUP]);
    (lab, server, bench)
}

/// Nothing of a run is left: no folder of its own, no process that works in one, no table.
fn nothing_is_left(bench: &Bench, run: &str, database: &Database) {
    let journal = std::fs::read_to_string(bench.path(run).join("journal.log")).expect("a journal");
    let folders = scratch_folders(&journal);
    assert!(!folders.is_empty(), "it made a folder");
    for folder in &folders {
        assert!(!Path::new(folder).exists(), "{folder} is left");
    }
    let processes = processes_in(&folders);
    assert!(processes.is_empty(), "{processes:?}");
    let tables = database.execute("select count(*) from pg_class where relname ~ '^ts[0-9a-z]{6,}_'").expect("counted");
    assert_eq!(tables.trim(), "0", "scratch tables are left");
}

/// Paths that begin as those of scratch folders do, up to the first that belongs to what is in them.
fn scratch_folders(journal: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in journal.match_indices("/touchstone-ts") {
        let start = journal[..at].rfind(['"', ' ', '=', '\'']).map_or(0, |quote| quote + 1);
        let end =
            journal[at + 1..].find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).map_or(journal.len(), |end| at + 1 + end);
        let folder = journal[start..end].trim_start_matches('\\').to_owned();
        if folder.starts_with('/') && !found.contains(&folder) {
            found.push(folder);
        }
    }
    found
}

fn processes_in(folders: &[String]) -> Vec<String> {
    let all = std::fs::read_dir("/proc").expect("/proc").flatten();
    let lines = all.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    lines.filter(|line| folders.iter().any(|folder| line.contains(folder.as_str()))).collect()
}

/// The runner is killed while a restored instance runs beside the target: taken up again, the run leaves neither.
#[test]
fn a_runner_killed_in_a_backup_leaves_no_instance_and_no_file() {
    let (_lab, server, bench) = operated_bench();
    let database = Database::of(&server);
    let mut child = bench.start("killed", &["--allow", "disrupt"]);
    let journal = bench.path("killed").join("journal.log");
    let running = || {
        let folders = scratch_folders(&std::fs::read_to_string(&journal).unwrap_or_default());
        let of_server = |line: &String| line.contains("postgres -D ") && line.contains("cluster_name=restored");
        processes_in(&folders).iter().any(of_server)
    };
    until("a restored instance runs", PATIENCE, running);
    child.kill().expect("killed");
    child.wait().expect("dead");
    assert!(running(), "the look sees what a killed run leaves");
    let went = bench.on_run("resume", "killed");
    assert_eq!(went.code, Some(3), "{}", went.said);
    nothing_is_left(&bench, "killed", &database);
    let seen = check(&bench.report("killed"), &format!("{BACKUP}@operated")).clone();
    assert_eq!(seen["verdict"]["verdict"], "inconclusive", "{seen:#}");
    println!("{}", reason(&seen));
}

/// The disk that backups go to is full before the first is complete: nothing follows about the product, and nothing is left.
#[test]
fn a_backup_that_fills_the_disk_decides_nothing() {
    let (lab, server, bench) = operated_bench();
    let database = Database::of(&server);
    let disk = Disk::mount(&lab);
    let mut command = bench.command(&["run", "--lang", "en", "--out", "full", "--allow", "disrupt"]);
    let went = finish(command.env("TMPDIR", &disk.0));
    // What this server does not offer is decided all the same.
    assert_eq!(went.code, Some(1), "{}", went.said);
    let report = bench.report("full");
    let seen = check(&report, &format!("{BACKUP}@operated"));
    let reports = seen["reports"].as_array().expect("reports");
    let full = reports.iter().find(|report| report["expectation"] == "full").expect("decided");
    let why = full["judgement"]["unevaluated"]["en"].as_str().unwrap_or_default();
    println!("{why}");
    assert!(why.contains("No space left on device"), "{full:#}");
    assert_eq!(seen["left_behind"].as_array().map(Vec::len), Some(0), "{seen:#}");
    nothing_is_left(&bench, "full", &database);
    assert!(alive(&disk.0.display().to_string()).is_empty());
}

/// A file system of 8 MiB, less than an empty server has. Unmounted when dropped.
struct Disk(PathBuf);

impl Disk {
    fn mount(lab: &Lab) -> Self {
        let folder = lab.root().join("full");
        std::fs::create_dir(&folder).expect("a folder");
        done(Command::new("mount").args(["-t", "tmpfs", "-o", "size=8m,mode=1777", "tmpfs"]).arg(&folder));
        Self(folder)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}
