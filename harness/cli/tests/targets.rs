//! Targets that cannot be reached, each in its own way, beside good ones: every check on a bad one is inconclusive, says why
//! in time, and the good ones are not disturbed. No secret shows anywhere.
//!
//! Needs the built plugins (`TOUCHSTONE_PLUGINS`, as `ci/test` sets it).
#![forbid(unsafe_code)]

mod support;

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{Bench, check, reason};
use touchstone_lab::{Databend, Lab, Postgres, Sshd, Tomcat};

const WRONG: &str = "wr0ng-but-secret-pass";

struct Servers {
    postgres: Postgres,
    databend: Databend,
    sshd: Sshd,
    tomcat: Tomcat,
}

/// Accepts and never says a word.
fn silent() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("its address").port();
    std::thread::spawn(move || listener.incoming().flatten().collect::<Vec<_>>());
    port
}

/// The same server under an address that its certificate does not name.
fn under_another_name(port: u16) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 2), 0)).expect("a port");
    let outside = listener.local_addr().expect("its address").port();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { continue };
            if let (Ok(from), Ok(to)) = (client.try_clone(), server.try_clone()) {
                std::thread::spawn(move || pass(from, to));
                std::thread::spawn(move || pass(server, client));
            }
        }
    });
    outside
}

fn pass(mut from: TcpStream, mut to: TcpStream) {
    let mut buffer = [0_u8; 4096];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Write);
}

fn other_authority(bench: &Bench) -> PathBuf {
    let (key, certificate) = (bench.path("other.key"), bench.path("other.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=another authority", "-keyout"])
        .arg(key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .expect("openssl");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    certificate
}

/// The inventory under construction.
struct Targets<'a> {
    servers: &'a Servers,
    text: String,
}

impl Targets<'_> {
    /// `tls` with further keys of the table, `password` as a whole table.
    fn database(&mut self, name: &str, host: &str, port: u16, tls: &str, password: &str) {
        let Postgres { database, app_user, .. } = &self.servers.postgres;
        let _ = writeln!(
            self.text,
            "[[target]]\nname = \"{name}\"\nkind = \"database\"\n[target.sql]\nprotocol = \"postgresql\"\nhost = \"{host}\"\n\
             port = {port}\ndatabase = \"{database}\"\n{tls}\n[target.sql.roles.app]\nuser = \"{app_user}\"\n\
             password = {password}\n"
        );
    }

    fn host(&mut self, name: &str, port: u16, key: &Path, known_hosts: &Path) {
        let _ = writeln!(
            self.text,
            "[[target]]\nname = \"{name}\"\nkind = \"host\"\nshell = {{ transport = \"ssh\", address = \"127.0.0.1\", \
             port = {port}, user = \"{}\", key = {{ file = {key:?} }}, known_hosts = {known_hosts:?} }}\n",
            self.servers.sshd.user
        );
    }

    fn web(&mut self, name: &str, port: u16, password: &str) {
        let _ = writeln!(
            self.text,
            "[[target]]\nname = \"{name}\"\nkind = \"middleware\"\nadapter = \"tomcat\"\n[target.http.endpoints]\n\
             application = \"http://localhost:{port}/\"\nconsole = \"http://localhost:{port}{}\"\n\
             [target.http.credentials.console]\nuser = \"{}\"\npassword = {password}\n",
            self.servers.tomcat.console_path, self.servers.tomcat.user
        );
    }
}

fn plugins() -> PathBuf {
    let near = || Path::new(env!("CARGO_BIN_EXE_touchstone")).ancestors().nth(2).map(|target| target.join("plugins"));
    std::env::var_os("TOUCHSTONE_PLUGINS").map(PathBuf::from).or_else(near).expect("a folder of plugins")
}

const HOST: &str = "os/kernel-version";
const DATABASE: &str = "database/multi-row-insert";
const WEB: &str = "middleware/ipv6-service";

#[test]
fn bad_targets_are_inconclusive_and_disturb_nobody() {
    let lab = Lab::new().expect("a lab");
    let servers = Servers {
        postgres: Postgres::start(&lab).expect("a database"),
        databend: Databend::start(&lab).expect("a front without TLS"),
        sshd: Sshd::start(&lab).expect("an SSH server"),
        tomcat: Tomcat::start(&lab).expect("a web server"),
    };
    let bench = Bench::new(&plugins());
    let secret = |name: &str, value: &str| {
        let path = lab.secret_file(name, value).expect("a secret");
        format!("{{ file = {path:?} }}")
    };
    let app = secret("app", &servers.postgres.app_password);
    let wrong = secret("wrong", WRONG);
    let console = secret("console", &servers.tomcat.password);
    let absent = bench.path("absent-secret");
    let empty = bench.write("empty_known_hosts", "");
    let [closed, closed_ssh, closed_web] = [(); 3].map(|()| lab.free_port().expect("a port"));
    let port = servers.postgres.port;
    let verify = |ca: &Path| format!("tls = \"verify-full\"\nca_file = {ca:?}");
    let plain = "tls = \"disable\"";

    let mut targets = Targets { servers: &servers, text: String::new() };
    targets.database("db-closed", "127.0.0.1", closed, plain, &app);
    targets.database("db-wrong-password", "127.0.0.1", port, plain, &wrong);
    targets.database("db-no-tls", "127.0.0.1", servers.databend.port, "tls = \"require\"", &app);
    let elsewhere = under_another_name(port);
    targets.database("db-wrong-name", "127.0.0.2", elsewhere, &verify(&servers.postgres.ca_file), &app);
    targets.database("db-wrong-authority", "127.0.0.1", port, &verify(&other_authority(&bench)), &app);
    targets.database("db-silent", "127.0.0.1", silent(), plain, &app);
    targets.database("db-no-secret-file", "127.0.0.1", port, plain, &format!("{{ file = {absent:?} }}"));
    targets.database("db-no-variable", "127.0.0.1", port, plain, "{ env = \"TOUCHSTONE_TEST_UNSET\" }");
    targets.database("db-good", "127.0.0.1", port, &verify(&servers.postgres.ca_file), &app);
    let Sshd { port, client_key, other_key, known_hosts_file, wrong_known_hosts_file, .. } = &servers.sshd;
    targets.host("ssh-unknown-key", *port, client_key, &empty);
    targets.host("ssh-changed-key", *port, client_key, wrong_known_hosts_file);
    targets.host("ssh-not-authorised", *port, other_key, known_hosts_file);
    targets.host("ssh-closed", closed_ssh, client_key, known_hosts_file);
    targets.host("ssh-silent", silent(), client_key, known_hosts_file);
    targets.host("ssh-good", *port, client_key, known_hosts_file);
    targets.web("web-closed", closed_web, &console);
    targets.web("web-good", servers.tomcat.port, &console);
    bench.inventory(&targets.text);
    bench.suite(&["os", "database", "middleware"], &[HOST, DATABASE, WEB].map(|id| (id, String::new())));
    let suite = std::fs::read_to_string(bench.path("suite.toml")).expect("the suite");
    let listed = suite.replacen("plugins =", "adapters = [\"tomcat\"]\nplugins =", 1);
    bench.write("suite.toml", listed);

    let went = bench.run("run", &["--allow", "scratch"]);
    assert_eq!(went.code, Some(3), "{}", went.said);
    let report = bench.report("run");
    let authority = "certificate";
    for (check_id, target, words) in [
        (DATABASE, "db-closed", &["refused"][..]),
        (DATABASE, "db-wrong-password", &["password authentication failed"]),
        (DATABASE, "db-no-tls", &["TLS"]),
        (DATABASE, "db-wrong-name", &[authority, "127.0.0.2"]),
        (DATABASE, "db-wrong-authority", &[authority, "UnknownIssuer"]),
        (DATABASE, "db-silent", &["no session within"]),
        (DATABASE, "db-no-secret-file", &["absent-secret"]),
        (DATABASE, "db-no-variable", &["TOUCHSTONE_TEST_UNSET", "not set"]),
        (HOST, "ssh-unknown-key", &["host key is unknown"]),
        (HOST, "ssh-changed-key", &["CHANGED", "wrong_known_hosts"]),
        (HOST, "ssh-not-authorised", &["login failed", "refused by the server"]),
        (HOST, "ssh-closed", &["refused"]),
        (HOST, "ssh-silent", &["no SSH greeting"]),
        (WEB, "web-closed", &["refused"]),
    ] {
        let key = format!("{check_id}@{target}");
        let seen = check(&report, &key);
        assert_eq!(seen["verdict"]["verdict"], "inconclusive", "{seen:#}");
        let why = reason(seen);
        println!("{key}: {} ms: {why}", seen["elapsed_ms"]);
        assert!(words.iter().all(|word| why.contains(word)), "{key}: {words:?} not in {why}");
        let items = report["plan"]["items"].as_array().expect("items");
        let limit = items.iter().find(|item| item["key"] == key.as_str()).and_then(|item| item["time_limit_ms"].as_u64());
        assert!(seen["elapsed_ms"].as_u64() <= limit, "{key}: {} of {limit:?}", seen["elapsed_ms"]);
    }
    for (check_id, target) in [(DATABASE, "db-good"), (HOST, "ssh-good"), (WEB, "web-good")] {
        let seen = check(&report, &format!("{check_id}@{target}"));
        assert_eq!(seen["verdict"]["verdict"], "conforming", "{seen:#}");
        assert_eq!(seen["left_behind"].as_array().map(Vec::len), Some(0), "{seen:#}");
    }
    let surveyed = report["environment"].as_array().expect("an environment");
    let web = surveyed.iter().find(|s| s["target"] == "web-good" && s["part"] == "endpoint application").expect("the web server");
    assert!(web["facts"]["product"].as_str().is_some_and(|product| product.starts_with("Apache Tomcat/10.")), "{web}");
    let Servers { postgres, databend, tomcat, .. } = &servers;
    let secrets = [WRONG, &postgres.app_password, &postgres.password, &databend.password, &tomcat.password, "PRIVATE KEY"];
    for secret in secrets {
        assert!(!went.said.contains(secret), "a secret on the screen: {}", went.said);
    }
    no_secret_in(&bench.path("run"), &secrets);
}

fn no_secret_in(run: &Path, secrets: &[&str]) {
    assert!(run.join("report.html").exists() && run.join("journal.log").exists());
    search(run, secrets);
}

fn search(folder: &Path, secrets: &[&str]) {
    let entries: Vec<_> = std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()).collect();
    for path in entries {
        if path.is_dir() {
            search(&path, secrets);
            continue;
        }
        let content = std::fs::read(&path).expect("a file");
        for secret in secrets {
            let found = content.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "a secret in {}", path.display());
        }
    }
}

/// A limit shorter than the patience of any probe is kept too: it ends the check before the probe has anything to say, and
/// nobody waits for it meanwhile.
#[test]
fn a_silent_target_costs_no_more_than_the_checks_time_limit() {
    let bench = Bench::new(&plugins());
    let password = bench.write("password", WRONG);
    bench.inventory(&format!(
        "[[target]]\nname = \"db\"\nkind = \"database\"\n[target.sql]\nprotocol = \"postgresql\"\nhost = \"127.0.0.1\"\n\
         port = {}\ndatabase = \"d\"\n[target.sql.roles.app]\nuser = \"u\"\npassword = {{ file = {password:?} }}\n\
         [[target]]\nname = \"host\"\nkind = \"host\"\nshell = {{ transport = \"ssh\", address = \"127.0.0.1\", port = {}, \
         user = \"u\", password = {{ file = {password:?} }}, known_hosts = {password:?} }}\n\
         [[target]]\nname = \"good\"\nkind = \"host\"\nshell = {{ transport = \"local\" }}\n",
        silent(),
        silent()
    ));
    let limit = "time_limit = \"2s\"".to_owned();
    bench.suite(&["os", "database"], &[(HOST, limit.clone()), (DATABASE, limit)]);
    let went = bench.run("run", &["--allow", "scratch"]);
    assert_eq!(went.code, Some(3), "{}", went.said);
    let report = bench.report("run");
    for (key, act) in [("os/kernel-version@host", "during: open shell"), ("database/multi-row-insert@db", "during: open session")]
    {
        let seen = check(&report, key);
        assert_eq!(seen["termination"]["kind"], "timed-out", "{seen:#}");
        assert!(reason(seen).contains("2000 ms") && reason(seen).contains(act), "{}", reason(seen));
    }
    let journal = std::fs::read_to_string(bench.path("run/journal.log")).expect("a journal");
    let line = |event: &str, item: &str| {
        let words = format!("\"event\":\"{event}\",\"item\":\"{item}\"");
        journal.lines().position(|line| line.contains(&words)).unwrap_or_else(|| panic!("no {words} in {journal}"))
    };
    assert!(line("check-started", "os/kernel-version@good") < line("check-finished", "os/kernel-version@host"), "{journal}");
    assert!(!went.said.contains(WRONG));
    no_secret_in(&bench.path("run"), &[WRONG]);
}

/// More hosts hang than checks are at work at once, and they come first.
#[test]
fn hosts_that_hang_delay_no_other() {
    let lab = Lab::new().expect("a lab");
    let sshd = Sshd::start(&lab).expect("an SSH server");
    let Sshd { port, user, client_key, known_hosts_file, .. } = &sshd;
    let bench = Bench::new(&plugins());
    bench.inventory(&format!(
        "[[group]]\nname = \"fleet\"\nkind = \"host\"\n[group.shell]\ntransport = \"ssh\"\naddress = \"127.0.0.1\"\nuser = {user:?}\n\
         key = {{ file = {client_key:?} }}\nknown_hosts = {known_hosts_file:?}\n\
         [[target]]\nname = \"a-hangs-{{n}}\"\ngroup = \"fleet\"\neach = {{ n = \"01-24\" }}\nshell = {{ port = {} }}\n\
         [[target]]\nname = \"good-{{n}}\"\ngroup = \"fleet\"\neach = {{ n = \"01-20\" }}\nshell = {{ port = {port} }}\n",
        silent()
    ));
    bench.suite(&["os"], &[(HOST, String::new())]);
    let went = bench.run("run", &["--target", "fleet"]);
    assert_eq!(went.code, Some(3), "{}", went.said);
    let report = bench.report("run");
    for n in 1..=20 {
        assert_eq!(check(&report, &format!("{HOST}@good-{n:02}"))["verdict"]["verdict"], "conforming");
    }
    for n in 1..=24 {
        assert_eq!(check(&report, &format!("{HOST}@a-hangs-{n:02}"))["verdict"]["verdict"], "inconclusive");
    }
    let journal = std::fs::read_to_string(bench.path("run/journal.log")).expect("a journal");
    let places = |event: &str, target: &str| {
        let words = format!("\"event\":\"{event}\",\"item\":\"{HOST}@{target}");
        let lines = journal.lines().enumerate();
        lines.filter(move |(_, line)| line.contains(&words)).map(|(at, _)| at).collect::<Vec<_>>()
    };
    let (begun, given_up) = (places("check-started", "good-"), places("check-finished", "a-hangs-"));
    assert_eq!((begun.len(), given_up.len()), (20, 24));
    assert!(begun.iter().max() < given_up.iter().min(), "{begun:?} {given_up:?}");
}
