//! Names that begin to mean another host while a run goes on (DNS rebinding): nobody is led there.

use crate::stage::{Stage, suite};
use crate::support::check;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const HOSTS: &str = "/etc/hosts";
const OWN: Ipv4Addr = Ipv4Addr::LOCALHOST;
const OTHER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// The system's answer for both names of the run, beside what it answered before.
fn name(before: &str, address: Ipv4Addr) {
    let text = format!("{before}\n{address} shop.example\n{address} base.example\n");
    // Put in its place at once: nobody reads half of it.
    let new = Path::new("/etc/hosts.new");
    std::fs::write(new, text).expect("written");
    std::fs::rename(new, HOSTS).expect("named");
}

/// Counts who comes, answers as HTTP, and does something at each visit.
fn server(listener: TcpListener, at_a_visit: impl Fn() + Send + 'static) -> Arc<AtomicUsize> {
    let visits = Arc::new(AtomicUsize::new(0));
    let counted = visits.clone();
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            counted.fetch_add(1, Ordering::SeqCst);
            at_a_visit();
            let _ = client.set_read_timeout(Some(std::time::Duration::from_millis(100)));
            let _ = client.read(&mut [0; 4096]);
            let _ = client.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\ntold");
        }
    });
    visits
}

pub fn mean_what_they_meant(stage: &mut Stage) {
    let before = std::fs::read_to_string(HOSTS).unwrap_or_default();
    let bench = stage.bench();
    let own = TcpListener::bind((OWN, 0)).expect("a port");
    let port = own.local_addr().expect("its address").port();
    let sql_port = stage.postgres.port;
    let intruders = [port, sql_port].map(|port| {
        let listener = TcpListener::bind((OTHER, port)).expect("the same port on another address");
        server(listener, || {})
    });
    name(&before, OWN);
    // Whoever was visited once means another host from then on.
    let again = before.clone();
    let visits = server(own, move || name(&again, OTHER));
    let database = stage.database_target(&bench).replace("host = \"127.0.0.1\"", "host = \"base.example\"");
    assert!(database.contains("base.example"), "{database}");
    bench.inventory(&format!(
        "{database}[[target]]\nname = \"web\"\nkind = \"middleware\"\naddresses = [\"shop.example:{port}\"]\n\
         [target.http.endpoints]\napplication = \"http://shop.example:{port}/\"\n"
    ));
    let socket = format!("params = {{ host = \"shop.example\", port = \"{port}\" }}");
    suite(
        &bench,
        &["survival"],
        &[
            ("survival/echo-web", "params = { purpose = \"application\" }"),
            ("survival/echo-socket", &socket),
            ("survival/slow-database", "params = { seconds = \"1\" }"),
        ],
    );
    let went = bench.run("run", &["--allow", "scratch"]);
    let meant = std::fs::read_to_string(HOSTS).expect("a file");
    std::fs::write(HOSTS, &before).expect("as before");
    assert_eq!(went.code, Some(3), "{}", went.said);
    assert!(meant.contains("127.0.0.2 shop.example"), "the names had come to mean another host");
    assert_eq!(intruders.map(|visits| visits.load(Ordering::SeqCst)), [0, 0], "led to another host");
    assert!(visits.load(Ordering::SeqCst) >= 4, "three requests, two connections: {visits:?}");
    let report = bench.report("run");
    let database = check(&report, "survival/slow-database@postgres");
    assert_eq!(database["verdict"]["verdict"], "conforming", "{database:#}");
    assert_eq!(database["left_behind"].as_array().map(Vec::len), Some(0), "{database:#}");
    // What was meant is on record.
    let names = report["environment"].as_array().expect("surveys").iter().find(|s| s["target"] == "web" && s["part"] == "names");
    assert_eq!(names.map(|names| &names["facts"]["shop.example"]), Some(&"127.0.0.1".into()), "{report:#}");
}
