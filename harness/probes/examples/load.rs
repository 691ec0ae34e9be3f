//! One load from the command line, for `ci/bench.d/load.sh`; prints achieved rate, scheduling error and latency p99 (us).
//! `load http URL CONNECTIONS SECONDS closed|RATE` or `load sql HOST:PORT CONNECTIONS SECONDS closed|RATE STATEMENT LEAST MOST`

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use touchstone_model::inventory::{Credential, HttpSpec, LoadPermit, SqlSpec, TargetSpec, TlsMode};
use touchstone_probes::Target;
use touchstone_probes::load::{Arrivals, Plan, Request, Version, run};
use touchstone_probes::secret::Redactor;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [kind, place, connections, seconds, rate, more @ ..] = words.as_slice() else {
        panic!("see the first lines of this file")
    };
    let load = Some(LoadPermit { max_rate: 1_000_000, max_connections: 1000 });
    let mut spec = TargetSpec {
        name: "bench".into(),
        kind: "service".into(),
        tags: vec![],
        adapter: None,
        params: BTreeMap::new(),
        settings: BTreeMap::new(),
        permits: vec![],
        shells: vec![],
        sql: None,
        http: None,
        addresses: vec![],
        load,
    };
    let request = if kind == "http" {
        let endpoints = [("bench".to_owned(), place.clone())].into();
        spec.http = Some(HttpSpec { endpoints, ..HttpSpec::default() });
        let (url, version) = (place.clone(), Version::Http1);
        Request::Http { method: "GET".into(), url, headers: vec![], body: vec![], version, family: None }
    } else {
        let (host, port) = place.rsplit_once(':').expect("host:port");
        let [statement, least, most] = more else { panic!("a statement and the bounds of its parameter") };
        spec.sql = Some(SqlSpec {
            protocol: "postgresql".into(),
            host: host.into(),
            port: port.parse().expect("a port"),
            database: "postgres".into(),
            tls: TlsMode::Disable,
            ca_file: None,
            product: None,
            family: None,
            odbc: None,
            roles: [("bench".to_owned(), Credential { user: "postgres".into(), password: None })].into(),
        });
        let random = Some((least.parse().expect("a number"), most.parse().expect("a number")));
        Request::Sql { role: "bench".into(), statement: statement.clone(), random }
    };
    let arrivals = if rate == "closed" { Arrivals::Closed } else { Arrivals::Constant(rate.parse().expect("a rate")) };
    let (connections, duration) =
        (connections.parse().expect("a number"), Duration::from_secs(seconds.parse().expect("a number")));
    let plan = Plan {
        request,
        arrivals,
        connections,
        threads: Some(1),
        duration,
        timeout: Duration::from_secs(10),
        seed: 1,
        marker: String::new(),
    };
    let result = run(&Target::new(spec, Arc::new(Redactor::new())), &plan).await.expect("the load ran");
    println!("{:.1} {} {}", result.achieved_rate, result.scheduling.p99, result.latency.p99);
    assert_eq!((result.failed, result.unsent), (0, 0), "{:?}", result.failures);
}
