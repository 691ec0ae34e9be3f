//! Load on servers of this test on loopback: that waiting is not hidden, and what becomes of targets that vanish.

mod common;

use common::{spec, target};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use touchstone_model::inventory::{HttpSpec, LoadPermit, TargetSpec};
use touchstone_probes::load::{Arrivals, LoadResult, Objective, Plan, Request, Version, run, search};
use touchstone_probes::{ProbeError, Target};

/// Answers everything at once, except while it is told to stall; ends its connections when told to vanish.
struct Server {
    port: u16,
    behaviour: Arc<Behaviour>,
}

#[derive(Default)]
struct Behaviour {
    stalled: AtomicBool,
    vanished: AtomicBool,
    served: AtomicU64,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("non-blocking");
        let (port, behaviour) = (listener.local_addr().unwrap().port(), Arc::new(Behaviour::default()));
        let shared = behaviour.clone();
        std::thread::spawn(move || {
            while !shared.vanished.load(Ordering::Relaxed) {
                match listener.accept() {
                    Ok((stream, _)) => {
                        let shared = shared.clone();
                        std::thread::spawn(move || serve(stream, &shared));
                    }
                    Err(_) => std::thread::sleep(Duration::from_millis(1)),
                }
            }
        });
        Self { port, behaviour }
    }

    fn target(&self) -> Target {
        permitted(self.port, Some(LoadPermit { max_rate: 100_000, max_connections: 100 }))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.behaviour.vanished.store(true, Ordering::Relaxed);
    }
}

fn serve(mut stream: TcpStream, behaviour: &Behaviour) {
    stream.set_nonblocking(false).expect("blocking");
    stream.set_read_timeout(Some(Duration::from_millis(20))).expect("a timeout");
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    while !behaviour.vanished.load(Ordering::Relaxed) {
        match stream.read(&mut buffer) {
            Ok(0) => return,
            Ok(read) => seen.extend_from_slice(&buffer[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
            Err(_) => return,
        }
        if !seen.ends_with(b"\r\n\r\n") {
            continue;
        }
        while behaviour.stalled.load(Ordering::Relaxed) && !behaviour.vanished.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(1));
        }
        let status = if seen.starts_with(b"GET /broken") { "503 Unavailable" } else { "200 OK" };
        seen.clear();
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\nok");
        if behaviour.vanished.load(Ordering::Relaxed) || stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
        behaviour.served.fetch_add(1, Ordering::Relaxed);
    }
}

fn permitted(port: u16, load: Option<LoadPermit>) -> Target {
    let endpoints = [("app".to_owned(), format!("http://127.0.0.1:{port}/"))].into();
    target(TargetSpec { http: Some(HttpSpec { endpoints, ..HttpSpec::default() }), load, ..spec() })
}

fn plan(port: u16, arrivals: Arrivals, seconds: f64) -> Plan {
    let request = Request::Http {
        method: "GET".into(),
        url: format!("http://127.0.0.1:{port}/"),
        headers: vec![],
        body: vec![],
        version: Version::Http1,
        family: None,
    };
    let (duration, timeout) = (Duration::from_secs_f64(seconds), Duration::from_secs(3));
    Plan { request, arrivals, connections: 4, threads: Some(1), duration, timeout, seed: 1, marker: String::new() }
}

/// While the load runs, does something to the server after some time, and something else after more.
async fn meanwhile(
    plan: &Plan,
    server: &Server,
    first: Duration,
    act: impl Fn(&Behaviour),
    second: Duration,
    then: impl Fn(&Behaviour),
) -> LoadResult {
    let target = server.target();
    let acting = async {
        tokio::time::sleep(first).await;
        act(&server.behaviour);
        tokio::time::sleep(second).await;
        then(&server.behaviour);
    };
    let (result, ()) = tokio::join!(run(&target, plan), acting);
    result.expect("the load ran")
}

fn adds_up(result: &LoadResult) {
    assert_eq!(result.offered, result.answered + result.failed + result.unsent, "{result:#?}");
    assert_eq!(result.failures.values().sum::<u64>(), result.failed, "{result:#?}");
    assert_eq!(result.seconds.iter().map(|s| s.offered).sum::<u64>(), result.offered, "{result:#?}");
    assert_eq!(result.seconds.iter().map(|s| s.answered).sum::<u64>(), result.answered, "{result:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_loop_sends_what_was_planned() {
    let server = Server::start();
    let result = run(&server.target(), &plan(server.port, Arrivals::Poisson(300.0), 2.0)).await.expect("the load ran");
    adds_up(&result);
    assert!((500..700).contains(&result.offered), "{result:#?}");
    assert_eq!((result.failed, result.unsent), (0, 0), "{result:#?}");
    assert_eq!(server.behaviour.served.load(Ordering::Relaxed), result.answered, "the server saw as many");
    assert!(result.connections <= 4, "kept alive: {result:#?}");
    assert_eq!(result.latency.count, result.answered);
}

/// Coordinated omission: during a second of silence 200 requests are due, and each waits for what is left of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_stall_is_charged_for_all_who_had_to_wait() {
    let (server, stall, again) = (
        Server::start(),
        |b: &Behaviour| b.stalled.store(true, Ordering::Relaxed),
        |b: &Behaviour| b.stalled.store(false, Ordering::Relaxed),
    );
    let second = Duration::from_secs(1);
    let open = meanwhile(&plan(server.port, Arrivals::Constant(200.0), 3.0), &server, second, stall, second, again).await;
    adds_up(&open);
    assert_eq!(open.failed, 0, "{open:#?}");
    // A third of all was due in the stall, half of those waited more than half a second.
    assert!(open.latency.p90 > 400_000, "{open:#?}");
    assert!(open.latency.max > 900_000, "{open:#?}");
    // Only the four under way saw it as the server's own time.
    assert!(open.service.p90 < open.latency.p90 / 2, "{open:#?}");
    let worst = open.seconds.iter().map(|s| s.max).max().unwrap_or_default();
    assert!(worst > 900_000, "the series shows it too: {open:#?}");
    let closed = meanwhile(&plan(server.port, Arrivals::Closed, 3.0), &server, second, stall, second, again).await;
    assert!(closed.latency.p99 < 400_000, "a closed loop hides it, which is why it decides nothing: {closed:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_much_is_marked_as_saturation() {
    let server = Server::start();
    server.behaviour.stalled.store(true, Ordering::Relaxed);
    let mut plan = plan(server.port, Arrivals::Constant(100.0), 1.0);
    plan.timeout = Duration::from_millis(600);
    let result = run(&server.target(), &plan).await.expect("the load ran");
    adds_up(&result);
    assert!(result.saturated && result.answered == 0, "{result:#?}");
    assert!(
        result.unsent > 0 && result.failures.contains_key("timed-out"),
        "a server that accepts and never answers: {result:#?}"
    );
    assert!(result.latency.max >= 600_000, "those never sent count with the time they waited: {result:#?}");
    assert!(result.elapsed < Duration::from_secs(20), "{result:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn targets_that_vanish_are_counted_and_end_the_load_in_time() {
    // Never there.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nobody = permitted(port, Some(LoadPermit { max_rate: 1000, max_connections: 10 }));
    for arrivals in [Arrivals::Constant(50.0), Arrivals::Closed] {
        let result = run(&nobody, &plan(port, arrivals, 1.0)).await.expect("the load ran");
        assert_eq!((result.answered, result.connections), (0, 0), "{result:#?}");
        assert!(result.failures["refused"] > 0 && result.failures.len() == 1, "{result:#?}");
    }
    // There, then gone for good.
    let server = Server::start();
    let gone = |b: &Behaviour| b.vanished.store(true, Ordering::Relaxed);
    let (one, none) = (Duration::from_secs(1), Duration::ZERO);
    let result = meanwhile(&plan(server.port, Arrivals::Constant(100.0), 3.0), &server, one, gone, none, gone).await;
    adds_up(&result);
    assert!(result.answered > 0 && result.failures.contains_key("refused"), "{result:#?}");
    assert!(result.seconds[0].answered > 0 && result.seconds[2].answered == 0, "{result:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_status_is_a_failure() {
    let server = Server::start();
    let mut plan = plan(server.port, Arrivals::Constant(50.0), 1.0);
    if let Request::Http { url, .. } = &mut plan.request {
        url.push_str("broken");
    }
    let result = run(&server.target(), &plan).await.expect("the load ran");
    assert_eq!((result.answered, result.failures["status-503"]), (0, result.offered), "{result:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_where_it_is_permitted_and_only_the_targets_own() {
    let server = Server::start();
    let asked = plan(server.port, Arrivals::Constant(50.0), 1.0);
    let refused = run(&permitted(server.port, None), &asked).await.expect_err("not permitted");
    assert!(matches!(&refused, ProbeError::Denied(why) if why.contains("load = { max_rate")), "{refused}");
    let mut elsewhere = asked.clone();
    if let Request::Http { url, .. } = &mut elsewhere.request {
        *url = "http://127.0.0.2:80/".to_owned();
    }
    let refused = run(&server.target(), &elsewhere).await.expect_err("not the target's");
    assert!(matches!(refused, ProbeError::Denied(_)), "{refused}");
    assert_eq!(server.behaviour.served.load(Ordering::Relaxed), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_loop_stays_within_the_permitted_rate() {
    let server = Server::start();
    let target = permitted(server.port, Some(LoadPermit { max_rate: 50, max_connections: 4 }));
    let result = run(&target, &plan(server.port, Arrivals::Closed, 2.0)).await.expect("the load ran");
    assert!((1..=110).contains(&result.sent), "{result:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn given_up_it_leaves_nothing_running() {
    let server = Server::start();
    let (target, asked) = (server.target(), plan(server.port, Arrivals::Constant(100.0), 60.0));
    let given_up = tokio::time::timeout(Duration::from_millis(500), run(&target, &asked)).await;
    assert!(given_up.is_err());
    let begun = Instant::now();
    loop {
        let names = std::fs::read_dir("/proc/self/task").unwrap().flatten();
        let names = names.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
        let seen = server.behaviour.served.load(Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(200));
        // Other tests of this program have threads of the same name; what counts is that this server is left alone.
        if seen == server.behaviour.served.load(Ordering::Relaxed) {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "still going: {:?}", names.collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_ends_at_what_is_permitted_or_below() {
    let server = Server::start();
    let target = permitted(server.port, Some(LoadPermit { max_rate: 100, max_connections: 4 }));
    let asked = plan(server.port, Arrivals::Closed, 0.5);
    let generous = Objective { quantile: 0.5, latency_us: 10_000_000, failures: 0.5 };
    let found = search(&target, &asked, generous, 25.0, 8).await.expect("it searched");
    assert!(found.bounded_by_permit && found.rate == Some(100.0), "{found:#?}");
    let impossible = Objective { latency_us: 0, ..generous };
    let found = search(&target, &asked, impossible, 25.0, 3).await.expect("it searched");
    assert!(found.rate.is_none() && found.steps.len() == 3, "{found:#?}");
}
