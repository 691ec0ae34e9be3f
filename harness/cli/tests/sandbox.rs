//! Checks that misbehave end inconclusive with their own reason, and a good one beside them is not disturbed.
#![forbid(unsafe_code)]

mod support;

use serde_json::Value;
use std::net::TcpListener;
use std::time::Duration;
use support::{Bench, alive, check, fixtures, own_seconds, reason, until};
use touchstone_lab::{Lab, Postgres};

/// Check, how it ended, a word of the reason.
const CASES: &[(&str, &str, &str)] = &[
    ("looper", "timed-out", "1000 ms"),
    ("eater", "limit-exceeded", "memory"),
    ("deep", "trapped", "trapped"),
    ("flooder", "failed", "64 handles"),
    ("connection-flooder", "failed", "64 handles"),
    ("swarm-flooder", "failed", "64 handles"),
    ("party-flooder", "failed", "4 parties of visitors"),
    ("big-names", "failed", "a case and its names"),
    ("forker", "timed-out", "2000 ms"),
    ("big-arguments", "failed", "arguments of a command"),
    ("big-input", "failed", "standard input"),
    ("big-file", "failed", "content of a file"),
    ("big-url", "failed", "head of a request"),
    ("big-body", "failed", "bytes to send"),
    ("escaper", "decided", "scratch folder"),
    ("stranger", "decided", "is no address of the target"),
];

/// What asks for much and is given what it may have, or is given exactly what it asked for and no more.
const CONTAINED: &[&str] = &["good", "noisy", "big-output", "injector"];

/// Holds whatever connects.
fn holding() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = listener.local_addr().expect("its address").port();
    std::thread::spawn(move || listener.incoming().flatten().collect::<Vec<_>>());
    port
}

/// A host of two nodes, one of which is entered, with one endpoint.
fn inventory() -> String {
    format!(
        "[[target]]\nname = \"machine\"\nkind = \"host\"\npermits = [\"denial-of-service\"]\n[target.nodes.here]\ntransport = \"local\"\n\
         [target.nodes.inside]\ntransport = \"local\"\nenter = [\"env\"]\n\
         [target.http.endpoints]\napplication = \"http://localhost:{}/\"\n",
        holding()
    )
}

fn notes(check: &Value) -> Vec<&str> {
    check["notes"].as_array().expect("notes").iter().filter_map(|note| note["message"].as_str()).collect()
}

#[test]
fn each_is_inconclusive_for_its_own_reason() {
    let seconds = own_seconds(1).to_string();
    let bench = Bench::new(fixtures());
    bench.inventory(&inventory());
    let ids = CASES.iter().map(|(id, ..)| *id).chain(CONTAINED.iter().copied());
    let more = |id| if id == "forker" { format!("params = {{ seconds = \"{seconds}\" }}") } else { String::new() };
    let checks: Vec<(String, String)> = ids.map(|id| (format!("hostile/{id}"), more(id))).collect();
    let checks: Vec<(&str, String)> = checks.iter().map(|(id, more)| (id.as_str(), more.clone())).collect();
    bench.suite(&["hostile"], &checks);
    let went = bench.run("run", &[]);
    assert_eq!(went.code, Some(3), "{}", went.said);
    let report = bench.report("run");
    for (id, kind, word) in CASES {
        let seen = check(&report, &format!("hostile/{id}@machine"));
        assert_eq!(seen["verdict"]["verdict"], "inconclusive", "{seen:#}");
        assert_eq!(seen["termination"]["kind"], *kind, "{id}: {}", seen["termination"]);
        assert!(reason(seen).contains(word), "{id}: {}", reason(seen));
    }
    for id in CONTAINED {
        let seen = check(&report, &format!("hostile/{id}@machine"));
        assert_eq!(seen["verdict"]["verdict"], "conforming", "{id}: {} {}", seen["verdict"], seen["reports"]);
    }
    let of = |id: &str| notes(check(&report, &format!("hostile/{id}@machine")));
    assert!(of("noisy").len() <= 1001, "{}", of("noisy").len());
    assert!(of("escaper")[0].starts_with("0 of 15 ways lead out"), "{:?}", of("escaper"));
    assert!(of("stranger")[0].starts_with("0 ways to strangers"), "{:?}", of("stranger"));
    let clauses = report["clauses"].as_array().expect("clauses");
    let assessed: Vec<_> = clauses.iter().filter(|c| c["verdict"] != "not-assessed").collect();
    assert_eq!(assessed.len(), CONTAINED.len(), "{assessed:#?}");
    until("what the forker started is dead", Duration::from_secs(5), || alive(&seconds).is_empty());
    println!("{} hostile checks contained, {} within their limits", CASES.len(), CONTAINED.len());
}

/// Checks that compute without end fill every place at once, on many targets: each costs its own time limit, and the good ones
/// among them answer as if they were alone.
#[test]
fn many_busy_checks_starve_nobody() {
    let bench = Bench::new(fixtures());
    let target = |n| format!("[[target]]\nname = \"machine-{n}\"\nkind = \"host\"\nshell = {{ transport = \"local\" }}\n");
    bench.inventory(&(0..24).map(target).collect::<String>());
    bench.suite(&["hostile"], &[("hostile/looper", String::new()), ("hostile/good", String::new())]);
    let went = bench.run("run", &[]);
    assert_eq!(went.code, Some(3), "{}", went.said);
    let report = bench.report("run");
    for n in 0..24 {
        let busy = check(&report, &format!("hostile/looper@machine-{n}"));
        assert_eq!(busy["termination"]["kind"], "timed-out", "{busy:#}");
        let good = check(&report, &format!("hostile/good@machine-{n}"));
        assert_eq!(good["verdict"]["verdict"], "conforming", "{good:#}");
    }
}

/// What a check may do to a database is bounded too, and a transaction does not outlive the check that died in it.
#[test]
fn a_database_bears_what_misuses_it() {
    let lab = Lab::new().expect("a lab");
    let server = Postgres::start(&lab).expect("postgres");
    let password = lab.secret_file("app", &server.app_password).expect("a secret");
    let connection = format!(
        "host=127.0.0.1 port={} user={} password={} dbname={}",
        server.port, server.app_user, server.app_password, server.database
    );
    sql(&connection, "CREATE TABLE kept (n INT)");
    let bench = Bench::new(fixtures());
    bench.inventory(&format!(
        "[[target]]\nname = \"db\"\nkind = \"database\"\n[target.sql]\nprotocol = \"postgresql\"\nhost = \"127.0.0.1\"\n\
         port = {}\ndatabase = {:?}\nfamily = \"postgres-like\"\n[target.sql.roles.app]\nuser = {:?}\n\
         password = {{ file = {password:?} }}\n",
        server.port, server.database, server.app_user
    ));
    let cases = [
        ("session-flooder", "inconclusive", "64 handles"),
        ("big-statement", "inconclusive", "a statement"),
        ("big-rows", "conforming", ""),
        ("quoting", "conforming", ""),
        ("trapper", "inconclusive", "panics inside its transaction"),
    ];
    let more = |id| if id == "trapper" { "params = { table = \"kept\" }".to_owned() } else { String::new() };
    let checks: Vec<(String, String)> = cases.iter().map(|(id, ..)| (format!("hostile/{id}"), more(*id))).collect();
    let checks: Vec<(&str, String)> = checks.iter().map(|(id, more)| (id.as_str(), more.clone())).collect();
    bench.suite(&["hostile"], &checks);
    let went = bench.run("run", &["--allow", "scratch"]);
    assert_eq!(went.code, Some(3), "{}", went.said);
    let report = bench.report("run");
    for (id, verdict, word) in cases {
        let seen = check(&report, &format!("hostile/{id}@db"));
        assert_eq!(seen["verdict"]["verdict"], verdict, "{id}: {} {}", seen["verdict"], seen["reports"]);
        assert!(verdict == "conforming" || reason(seen).contains(word), "{id}: {}", reason(seen));
    }
    // Seen by another session: what the dead check had inserted is not there, and nothing of it is open.
    assert_eq!(sql(&connection, "SELECT count(*) FROM kept"), ["0"]);
    let open = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'touchstone' AND pid <> pg_backend_pid()";
    until("no session is left", Duration::from_secs(10), || sql(&connection, open) == ["0"]);
    let left = "SELECT count(*) FROM pg_tables WHERE tablename LIKE 'ts%'";
    assert_eq!(sql(&connection, left), ["0"]);
}

/// First column of one statement, in a connection of its own.
fn sql(connection: &str, statement: &str) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (client, link) = tokio_postgres::connect(connection, tokio_postgres::NoTls).await.expect("connected");
        let link = tokio::spawn(link);
        let messages = client.simple_query(statement).await.expect("done");
        drop(client);
        link.await.expect("ended").expect("in order");
        let first = |message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or("NULL").to_owned()),
            _ => None,
        };
        messages.into_iter().filter_map(first).collect()
    })
}

/// A daemon is ended with the check, even where the command that started it had returned.
#[test]
fn a_daemon_of_an_earlier_command_is_dead_after_the_time_limit() {
    let seconds = own_seconds(2).to_string();
    let bench = Bench::new(fixtures());
    bench.suite(&["hostile"], &[("hostile/daemoniser", format!("params = {{ seconds = \"{seconds}\" }}"))]);
    let went = bench.run("run", &[]);
    assert_eq!(went.code, Some(3), "{}", went.said);
    assert_eq!(check(&bench.report("run"), "hostile/daemoniser@machine")["termination"]["kind"], "timed-out");
    let left = alive(&seconds);
    for id in &left {
        let _ = std::process::Command::new("kill").args(["-KILL", &id.to_string()]).status();
    }
    assert!(left.is_empty(), "still alive: {left:?}");
}
