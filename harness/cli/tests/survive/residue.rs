//! What runs leave on their targets: nothing; and that it would be seen.

use crate::stage::{Places, Stage, is_as_before, suite};
use crate::support::{Bench, until};
use std::process::Command;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(300);

/// All kinds of checks on all targets, with their own clean-ups.
fn whole(stage: &Stage) -> Bench {
    let bench = stage.bench();
    let file = |name: &str| bench.path(name).display().to_string();
    let (host, talk) = (file("made-{}"), file("talk-{}"));
    bench.inventory(&stage.inventory(&bench, &[("survival/slow-host.file", &host), ("survival/talker.file", &talk)]));
    // Long enough to be stopped in, on however busy a machine, unless told to hurry.
    let slow = format!("params = {{ file = \"unset\", seconds = \"100\", hurry = {:?} }}", file("hurry"));
    suite(
        &bench,
        &["os", "database", "middleware", "survival"],
        &[
            ("os/large-file", "params = { size = \"1099511627776\" }"),
            ("os/large-filesystem", "params = { size = \"17592186044416\", types = \"xfs\" }"),
            ("os/grub2-scratch-disk", ""),
            ("os/partition-tables", ""),
            ("os/firewalld-zones", ""),
            ("database/triggers", ""),
            ("database/multi-row-insert", ""),
            ("database/insert-all", ""),
            ("middleware/ipv6-service", ""),
            ("middleware/slow-headers", "params = { connections = \"30\", header_limit_seconds = \"1\", interval_ms = \"100\" }"),
            ("survival/slow-host", &slow),
            ("survival/slow-database", "params = { seconds = \"2\" }"),
        ],
    );
    bench
}

pub fn nothing_is_left(stage: &mut Stage) {
    let bench = whole(stage);
    let places = stage.places(&bench);
    let (before, before_over_ssh) = (places.look(), places.look_over_ssh());
    let clean = |what: &str| {
        is_as_before(&places, &before, what);
        let difference = places.compare_over_ssh(&before_over_ssh);
        assert!(difference.is_empty(), "{what}, as seen over SSH, left:\n{difference}");
    };

    bench.write("hurry", "");
    let went = bench.run("whole", &["--allow", "disrupt"]);
    assert!(matches!(went.code, Some(1 | 3)), "{}", went.said);
    println!("{}", went.said);
    clean("a whole run");
    std::fs::remove_file(bench.path("hurry")).expect("removed");

    for (run, signal) in [("interrupted", "INT"), ("terminated", "TERM")] {
        let mut child = bench.start(run, &["--allow", "disrupt"]);
        at_work(&bench, run);
        let sent = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().expect("kill");
        assert!(sent.success());
        assert_eq!(child.wait().expect("ended").code(), Some(130), "{signal}");
        clean(&format!("a run stopped by {signal}"));
    }

    let mut child = bench.start("killed", &["--allow", "disrupt"]);
    at_work(&bench, "killed");
    child.kill().expect("killed");
    child.wait().expect("dead");
    // The look itself is tried: what a killed run leaves is there to be seen.
    let left = before.to(&places.look());
    assert!(left.added.iter().any(|thing| thing.starts_with("process\t")), "a killed run leaves something:\n{left}");
    bench.write("hurry", "");
    let went = bench.on_run("resume", "killed");
    assert!(matches!(went.code, Some(1 | 3)), "{}", went.said);
    clean("a run that was killed and taken up again");
}

/// A host is being worked on, and goes on being it; the database was, or is still.
fn at_work(bench: &Bench, run: &str) {
    let journal = bench.path(run).join("journal.log");
    let both = ["here", "there"].map(|name| bench.path(&format!("made-{name}")));
    let started = "\"event\":\"check-started\",\"item\":\"survival/slow-database@postgres\"";
    until("all are at it", PATIENCE, || {
        let database = std::fs::read_to_string(&journal).is_ok_and(|text| text.contains(started));
        database && both.iter().any(|file| file.exists())
    });
}

/// Daemons that lose their parent, their session, their environment and their name, as real ones do: ended with the check
/// that started them, and when that was killed, by the resume.
pub fn hidden_daemons(stage: &mut Stage) {
    let bench = stage.bench();
    let places = stage.places(&bench);
    let before = places.look();
    let (ready, hurry) = (bench.path("ready"), bench.path("hurry"));
    let configuration = bench.write("nginx.conf", NGINX.replace("FOLDER", &bench.path("").display().to_string()));
    let port = stage.lab.free_port().expect("a port");
    let text = std::fs::read_to_string(&configuration).expect("written").replace("PORT", &port.to_string());
    std::fs::write(&configuration, text).expect("written");
    let script = DAEMONS
        .replace("CONFIGURATION", &configuration.display().to_string())
        .replace("READY", &ready.display().to_string())
        .replace("HURRY", &hurry.display().to_string());
    bench.inventory(&stage.inventory(&bench, &[]));
    suite(&bench, &["survival"], &[("survival/litterer", &format!("params = {{ script = {script:?} }}"))]);
    for target in ["here", "there"] {
        let alive = || places.look().of_kind("process").filter(|p| p.ends_with(" nginx") || p.ends_with(" sleep")).count();
        bench.write("hurry", "");
        let went = bench.run(&format!("whole-{target}"), &["--allow", "scratch", "--target", target]);
        assert_eq!(went.code, Some(0), "{}", went.said);
        is_as_before(&places, &before, &format!("daemons of a check on {target}"));
        assert!(ready.exists(), "they had been there");

        for (number, stopped) in ["INT", "KILL"].into_iter().enumerate() {
            let _ = std::fs::remove_file(&ready);
            std::fs::remove_file(&hurry).expect("removed");
            let run = format!("{stopped}-{target}");
            let mut child = bench.start(&run, &["--allow", "scratch", "--target", target]);
            until("the daemons are there", PATIENCE, || ready.exists());
            assert!(alive() >= 3, "a server, its worker, and one that sleeps");
            let sent = Command::new("kill").args([&format!("-{stopped}"), &child.id().to_string()]).status().expect("kill");
            assert!(sent.success());
            child.wait().expect("ended");
            bench.write("hurry", "");
            if number == 1 {
                assert!(alive() >= 3, "a killed program ends nothing");
                let went = bench.on_run("resume", &run);
                assert_eq!(went.code, Some(0), "{}", went.said);
            }
            is_as_before(&places, &before, &format!("daemons of a check on {target} that was ended by {stopped}"));
        }
    }
}

/// A server that forks itself away and writes its title over its environment; its files lie on the bench.
const NGINX: &str = "daemon on; worker_processes 1; pid FOLDER/nginx.pid; error_log FOLDER/nginx.log; user root;\n\
    events { worker_connections 16; }\nhttp { access_log off; client_body_temp_path FOLDER/a; proxy_temp_path FOLDER/b;\n\
    fastcgi_temp_path FOLDER/c; uwsgi_temp_path FOLDER/d; scgi_temp_path FOLDER/e; server { listen 127.0.0.1:PORT; } }\n";

/// Forks twice, in a session and with an environment of its own; then the server. Stays until it is to hurry.
const DAEMONS: &str = "env -i setsid sh -c '(cd /; exec sleep 5555 </dev/null >/dev/null 2>&1) &' </dev/null >/dev/null 2>&1; \
    env -i /usr/sbin/nginx -c CONFIGURATION </dev/null >/dev/null 2>&1; touch READY; \
    for i in $(seq 1000); do [ -e HURRY ] && break; sleep 0.1; done";

/// A file that is there before.
const KNOWN: &str = "/var/tmp/known-file";

/// A kind of thing, how a check leaves it, and how it is taken away again.
struct Litter {
    kind: &'static str,
    /// A part of the line that must be seen.
    seen: String,
    left: Left,
    removed: String,
}

enum Left {
    Script(String),
    Statements(&'static str, &'static str),
}

/// A check that leaves something and is silent about it is caught, for each kind; taken away, all is as before.
pub fn every_kind_is_seen(stage: &mut Stage) {
    let bench = stage.bench();
    let places = stage.places(&bench);
    std::fs::write(KNOWN, "").expect("written");
    let dated = Command::new("touch").args(["-d", "@0", KNOWN]).status().expect("touch");
    assert!(dated.success());
    // Warm: the first session of a database's life makes files of its own.
    places.look();
    for (number, litter) in kinds(stage, &places).into_iter().enumerate() {
        for target in ["here", "there"] {
            if target == "there" && !matches!(litter.left, Left::Script(_)) {
                continue;
            }
            let run = format!("{target}-{number}");
            leave(stage, &bench, &places, &litter, target, &run);
        }
    }
}

fn leave(stage: &Stage, bench: &Bench, places: &Places, litter: &Litter, target: &str, run: &str) {
    let before = places.look();
    let (check, params, on) = match &litter.left {
        Left::Script(script) => ("survival/litterer", format!("params = {{ script = {script:?} }}"), target),
        Left::Statements(role, statements) => {
            ("survival/litter-database", format!("params = {{ role = \"{role}\", statements = {statements:?} }}"), "postgres")
        }
    };
    bench.inventory(&stage.inventory(bench, &[]));
    suite(bench, &["survival"], &[(check, &params)]);
    let went = bench.run(run, &["--allow", "scratch", "--target", on]);
    assert_eq!(went.code, Some(0), "{}: {}", litter.kind, went.said);
    let difference = before.to(&places.look());
    let line = format!("{}\t", litter.kind);
    let caught = difference.added.iter().any(|thing| thing.starts_with(&line) && thing.contains(&litter.seen));
    let removed = Command::new("sh").args(["-euc", &litter.removed]).output().expect("sh");
    assert!(caught, "{} on {target} was not seen:\n{difference}{}", litter.kind, went.said);
    assert!(removed.status.success(), "{}: {}", litter.kind, String::from_utf8_lossy(&removed.stderr));
    is_as_before(places, &before, &format!("the control of {}", litter.kind));
}

fn kinds(stage: &Stage, places: &Places) -> Vec<Litter> {
    let psql = |statement: &str| {
        let (port, user, database) = (stage.postgres.port, &stage.postgres.superuser, &stage.postgres.database);
        let password = &stage.postgres.password;
        format!(
            "PGPASSWORD={password} psql -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p {port} -U {user} -d {database} -c \"{statement}\""
        )
    };
    let script = |kind: &'static str, seen: &str, left: &str, removed: &str| Litter {
        kind,
        seen: seen.to_owned(),
        left: Left::Script(left.to_owned()),
        removed: removed.to_owned(),
    };
    let statement = |kind: &'static str, seen: &str, role: &'static str, left: &'static str, removed: &str| Litter {
        kind,
        seen: seen.to_owned(),
        left: Left::Statements(role, left),
        // A statement each: some may stand in no transaction.
        removed: removed.split(";;").map(psql).collect::<Vec<_>>().join(" && "),
    };
    let webapps = places.webapps().display().to_string();
    let home = std::env::var("HOME").unwrap_or_else(|_| "/root".to_owned());
    let mut all: Vec<Litter> = ["/tmp", "/var/tmp", "/run", "/etc", "/dev/shm", &home]
        .iter()
        .map(|folder| {
            let file = format!("{folder}/litter-file");
            script("file", "litter-file", &format!("echo left > {file}"), &format!("rm {file}"))
        })
        .collect();
    all.extend([
        script("file", KNOWN, &format!("echo more >> {KNOWN}"), &format!(": > {KNOWN}; touch -d @0 {KNOWN}")),
        // Without anything by which the program finds what a check left running.
        script(
            "process",
            "sleep",
            &format!("{FREE} sleep 4444 </dev/null >/dev/null 2>&1 & {}", has_become("sleep 4444")),
            &by_name("sleep", "4444"),
        ),
        script("mount", "/mnt", "mount -t tmpfs tmpfs /mnt", "umount /mnt"),
        script(
            "loop",
            "/tmp/litter-image",
            "truncate -s 1M /tmp/litter-image; losetup -f /tmp/litter-image",
            "losetup -j /tmp/litter-image | cut -d: -f1 | xargs losetup -d; rm /tmp/litter-image",
        ),
        script("netns", "litter", "ip netns add litter", "ip netns delete litter; umount /run/netns; rmdir /run/netns"),
        script("link", "litter0", "ip link add litter0 type bridge", "ip link delete litter0"),
        script("address", "192.0.2.7", "ip address add 192.0.2.7/32 dev lo", "ip address delete 192.0.2.7/32 dev lo"),
        script("route", "192.0.2.9", "ip route add blackhole 192.0.2.9", "ip route delete blackhole 192.0.2.9"),
        script("qdisc", "tbf", "tc qdisc add dev lo root tbf rate 1gbit burst 1mb latency 50ms", "tc qdisc delete dev lo root"),
        script("rule", "litter", "nft add table inet litter", "nft delete table inet litter"),
        script(
            "session",
            "litter-session",
            &session(
                &psql("select pg_sleep(4444)"),
                &psql("select count(*) from pg_stat_activity where application_name = 'litter-session'"),
            ),
            &psql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'litter-session'"),
        ),
        script(
            "application",
            "/litter running",
            &format!("mkdir {webapps}/litter; echo left > {webapps}/litter/index.html; {}", deployed(&webapps)),
            &undeployed(&webapps),
        ),
        statement("relation", "litter", "app", "CREATE TABLE litter (id integer)", "DROP TABLE litter"),
        statement("rows", "", "app", "SELECT 1", "SELECT 1"),
        statement("role", "litter", "admin", "CREATE ROLE litter", "DROP ROLE litter"),
        statement("database", "litter", "admin", "CREATE DATABASE litter", "DROP DATABASE litter"),
        statement("schema", "litter", "app", "CREATE SCHEMA litter", "DROP SCHEMA litter"),
        statement(
            "function",
            "litter",
            "app",
            "CREATE FUNCTION litter() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
            "DROP FUNCTION litter()",
        ),
        statement("type", "litter", "app", "CREATE TYPE litter AS ENUM ('a')", "DROP TYPE litter"),
        statement(
            "setting",
            "work_mem",
            "admin",
            "ALTER SYSTEM SET work_mem = '5MB';;SELECT pg_reload_conf()",
            "ALTER SYSTEM RESET work_mem;;SELECT pg_reload_conf()",
        ),
        statement(
            "prepared",
            "litter",
            "app",
            "BEGIN;;CREATE TEMPORARY SEQUENCE x;;ROLLBACK;;BEGIN;;SELECT 1;;PREPARE TRANSACTION 'litter'",
            "ROLLBACK PREPARED 'litter'",
        ),
    ]);
    all.retain(|litter| litter.kind != "rows");
    all
}

fn by_name(program: &str, argument: &str) -> String {
    format!(
        "for p in /proc/[0-9]*; do [ \"$(tr '\\0' ' ' <$p/cmdline 2>/dev/null)\" = '{program} {argument} ' ] && kill -9 ${{p#/proc/}}; done; true"
    )
}

/// Before a command that is to be found by nothing: neither by its environment, nor its session, nor its limits.
const FREE: &str = "env -i PATH=$PATH setsid prlimit --locks=unlimited:unlimited";

/// Waits until the process that was put in the background last is this one, and has lost what it had of its parent.
fn has_become(command: &str) -> String {
    format!("until [ \"$(tr '\\0' ' ' </proc/$!/cmdline)\" = '{command} ' ]; do kill -0 $!; sleep 0.05; done")
}

fn session(command: &str, count: &str) -> String {
    format!(
        "{FREE} env PGAPPNAME=litter-session sh -c '{}' </dev/null >/dev/null 2>&1 & until {count} | grep -q 1; do sleep 0.1; done",
        command.replace('\'', "'\\''")
    )
}

/// The server looks at the folder every few seconds.
fn deployed(webapps: &str) -> String {
    format!(
        "for i in $(seq 3000); do grep -q '/litter\\|webapps/litter' {webapps}/../logs/*.log && break; sleep 0.1; done; sleep 0.5"
    )
}

fn undeployed(webapps: &str) -> String {
    format!("rm -r {webapps}/litter")
}
