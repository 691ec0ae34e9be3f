//! What the sandbox costs: starting, calling the host, calling an adapter, a whole empty check.
#![allow(missing_docs, reason = "benches")]

#[allow(dead_code, reason = "shared with the tests")]
#[path = "../tests/host/guest.rs"]
mod guest;
#[allow(dead_code, reason = "shared with the tests")]
#[path = "../tests/host/workshop.rs"]
mod workshop;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use guest::{Guest, Need, RESULT, one_endpoint};
use std::time::Duration;
use touchstone_model::verdict::Termination;
use workshop::Workshop;

const LIMIT: Duration = Duration::from_secs(10);

/// A guest that does `inner` `times` times.
fn repeating(mut guest: Guest, inner: &str, times: u32) -> Guest {
    guest.run = format!(
        "(loop $again {inner} (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get $i) (i32.const {times})))) (i32.const 64)"
    );
    guest
}

fn benches(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let workshop = Workshop::new();
    let empty = runtime.block_on(workshop.load(&Guest::new(&[]).checks()));
    criterion.bench_function("empty check, end to end", |b| {
        b.to_async(&runtime).iter(|| async {
            let went = workshop.run_loaded(&empty, None, LIMIT).await;
            assert_eq!(went.termination, Termination::Decided);
        });
    });

    let file = workshop.file(&Guest::new(&[]).checks());
    criterion.bench_function("load from the cache, with description", |b| {
        b.to_async(&runtime).iter(|| async { workshop.host.load(&file).await.unwrap() });
    });

    let calls = 10_000;
    let mut group = criterion.benchmark_group("calls");
    group.throughput(Throughput::Elements(calls.into()));
    let mut clock = Guest::new(&[]);
    clock.items = r#"(import "touchstone:contract/clock@0.2.0" "monotonic-ns" (func $now (result i64)))"#.to_owned();
    let clock = runtime.block_on(workshop.load(&repeating(clock, "(drop (call $now))", calls).checks()));
    group.bench_function("10,000 calls of the host's clock", |b| {
        b.to_async(&runtime).iter(|| workshop.run_loaded(&clock, None, LIMIT));
    });

    // As many as a check may do acts.
    let mut product = Guest::new(&[]);
    product.name = "product";
    let answer = one_endpoint(&mut product, "http://127.0.0.1:8080/");
    product.run = format!("(i32.const {answer})");
    let product = runtime.block_on(workshop.load(&product.adapter(&[], "list")));
    let mut asking = Guest::new(&[Need::Adapter("endpoints")]);
    asking.items = r#"(import "touchstone:contract/endpoints@0.2.0" "list" (func $list (param i32)))"#.to_owned();
    let asking = repeating(asking, &format!("(call $list (i32.const {RESULT}))"), calls);
    let asking = runtime.block_on(workshop.load(&asking.checks()));
    group.bench_function("10,000 bridged calls, observed", |b| {
        b.to_async(&runtime).iter(|| workshop.run_loaded(&asking, Some(product.clone()), LIMIT));
    });
    group.finish();
}

criterion_group! {
    name = host;
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(3));
    targets = benches
}
criterion_main!(host);
