//! Writes numbered entries to a database cluster while something happens to it, and records what was acknowledged.
//! `ledger record HISTORY HOST:PORT,HOST:PORT CLIENTS SECONDS` for `ci/failover`; and
//! `ledger judge FAULTS HISTORY...` sums a series up, where line n of FAULTS is the wall clock (ns) of history n's fault.

use std::io::{BufReader, BufWriter};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_postgres::{Client, NoTls};
use touchstone_history::figures::{bound, recovery};
use touchstone_history::format::{self, Header, History, LedgerAct, Operation, Outcome, VERSION, Workload, Writer};
use touchstone_history::ledger::check;

const USAGE: &str = "see the first lines of this file";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["record", history, places, clients, seconds] => {
            let places: Vec<String> = places.split(',').map(str::to_owned).collect();
            let (clients, seconds) = (clients.parse().expect(USAGE), seconds.parse().expect(USAGE));
            record(history, places, clients, Duration::from_secs(seconds)).await;
        }
        ["judge", faults, histories @ ..] => judge(faults, histories),
        _ => panic!("{USAGE}"),
    }
}

struct Shared {
    places: Vec<String>,
    origin: Instant,
    end: Duration,
    next: AtomicU64,
    /// Each attempt of unknown outcome uses its process up.
    process: AtomicU64,
}

impl Shared {
    fn now(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

async fn record(path: &str, places: Vec<String>, clients: u32, duration: Duration) {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_nanos();
    let shared =
        Arc::new(Shared { places, origin: Instant::now(), end: duration, next: AtomicU64::new(1), process: AtomicU64::new(0) });
    let header = Header { version: VERSION, workload: Workload::Ledger {}, started: wall.to_string(), note: None };
    let file = std::fs::File::create(path).expect("the history can be written");
    let mut writer = Writer::new(BufWriter::new(file), &header).expect("the history can be written");
    let (tell, mut told) = unbounded_channel();
    for _ in 0..clients {
        tokio::spawn(client(shared.clone(), tell.clone()));
    }
    drop(tell);
    while let Some(operation) = told.recv().await {
        writer.add(&operation).expect("the history can be written");
    }
    // What is there in the end, on whoever is the primary now.
    let client = primary(&shared, 0, Duration::from_secs(30)).await.expect("no primary in the end");
    let start = shared.now();
    let rows = client.query("SELECT id FROM ledger ORDER BY id", &[]).await.expect("the ledger can be read");
    let mut present: Vec<(u64, u64)> = Vec::new();
    for id in rows.iter().map(|row| u64::try_from(row.get::<_, i64>(0)).expect("positive")) {
        match present.last_mut() {
            Some((_, last)) if *last + 1 == id => *last = id,
            _ => present.push((id, id)),
        }
    }
    let (process, end) = (u32::MAX, shared.now());
    let read = Operation { process, start, end, outcome: Outcome::Ok, act: LedgerAct::Read(present) };
    writer.add(&read).expect("the history can be written");
    writer.close().expect("the history can be written");
}

/// A session with a node that takes writes.
async fn primary(shared: &Shared, first: usize, within: Duration) -> Option<Client> {
    let end = shared.origin.elapsed() + within;
    let mut turn = first;
    while shared.origin.elapsed() < end {
        let place = &shared.places[turn % shared.places.len()];
        turn += 1;
        let (host, port) = place.rsplit_once(':').expect("host:port");
        let config = format!("host={host} port={port} user=postgres dbname=postgres");
        let opened = tokio::time::timeout(Duration::from_millis(500), async {
            let (client, connection) = tokio_postgres::connect(&config, NoTls).await.ok()?;
            tokio::spawn(connection);
            let row = client.query_one("SELECT pg_is_in_recovery()", &[]).await.ok()?;
            (!row.get::<_, bool>(0)).then_some(client)
        });
        match opened.await {
            Ok(Some(client)) => return Some(client),
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
    None
}

async fn client(shared: Arc<Shared>, tell: UnboundedSender<Operation<LedgerAct>>) {
    let fresh = || u32::try_from(shared.process.fetch_add(1, Ordering::Relaxed)).expect("few clients");
    let (mut session, mut process) = (None, fresh());
    while shared.origin.elapsed() < shared.end {
        let Some(client) = &session else {
            session = primary(&shared, process as usize, shared.end.saturating_sub(shared.origin.elapsed())).await;
            continue;
        };
        let id = shared.next.fetch_add(1, Ordering::Relaxed);
        let number = i64::try_from(id).expect("few writes");
        let start = shared.now();
        let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 1] = [&number];
        let asked = client.execute("INSERT INTO ledger VALUES ($1)", &parameters);
        let outcome = match tokio::time::timeout(Duration::from_secs(2), asked).await {
            Ok(Ok(_)) => Outcome::Ok,
            // A standby refuses for certain; whatever else was said while a server died may have been committed.
            Ok(Err(error)) if error.code().is_some_and(|state| state.code() == "25006") => Outcome::Fail,
            _ => Outcome::Info,
        };
        let operation = Operation { process, start, end: shared.now(), outcome, act: LedgerAct::Write(id) };
        let _ = tell.send(operation);
        if outcome != Outcome::Ok {
            session = None;
            process = fresh();
        }
    }
}

fn judge(faults: &str, histories: &[&str]) {
    let faults = std::fs::read_to_string(faults).expect("the times of the faults");
    let (mut outages, mut acknowledged, mut lost, mut oldest) = (Vec::new(), 0_u64, 0_usize, 0.0_f64);
    let mut worst = touchstone_history::verdict::Validity::True;
    for (path, fault) in histories.iter().zip(faults.lines()) {
        let mut from = BufReader::new(std::fs::File::open(path).expect("a history"));
        let header = format::read_header(&mut from).expect("a history");
        let started: u128 = header.started.parse().expect("nanoseconds");
        let fault = u64::try_from(fault.parse::<u128>().expect("nanoseconds") - started).expect("after the beginning");
        let history: History<LedgerAct> = format::read(&mut from).expect("a history");
        let told = check(&history);
        worst = worst.merge(told.report.valid);
        let mut acks: Vec<u64> = Vec::new();
        let mut until = 0;
        for operation in history.operations.iter().filter(|o| matches!(o.act, LedgerAct::Write(_))) {
            until = until.max(operation.end);
            if operation.outcome == Outcome::Ok {
                acks.push(operation.end);
            }
        }
        acks.sort_unstable();
        acknowledged += acks.len() as u64;
        outages.extend(recovery::outage(&acks, fault, until));
        let rpo = recovery::rpo(&told.lost, fault);
        (lost, oldest) = (lost + rpo.lost, oldest.max(rpo.age_ms));
    }
    let rto = recovery::rto(&outages).expect("a series");
    let upper = bound::upper(lost as u64, acknowledged, 0.95).unwrap_or(1.0);
    println!(
        "verdict {worst:?}: {acknowledged} acknowledged, {lost} lost (oldest {oldest:.0} ms before the fault), share lost <= {upper:.2e} at 95 %; \
         RTO max {:.0} ms, p95 {:.0} ms over {} faults, {} without recovery",
        rto.max_ms, rto.p95_ms, rto.repetitions, rto.unrecovered
    );
}
