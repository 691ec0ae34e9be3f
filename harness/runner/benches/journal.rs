//! What it costs to write an event down: handed to the writing thread, and waited for until it is on disk.
#![allow(missing_docs, reason = "benches")]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::sync::Arc;
use std::time::Duration;
use touchstone_model::event::Event;
use touchstone_runner::journal::Journal;

/// Lines of one batch that nobody waits for one by one.
const LINES: u64 = 1000;

fn event() -> Event {
    Event::Logged { item: "os/kernel-version@db-1".into(), level: "info".into(), message: "a note of a usual length".into() }
}

fn benches(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut group = criterion.benchmark_group("journal");

    group.throughput(Throughput::Elements(LINES));
    group.bench_function("1,000 lines appended, written, not synced one by one", |b| {
        b.iter_batched(
            || {
                let folder = tempfile::tempdir().unwrap();
                let (journal, thread) =
                    Journal::create(folder.path(), Arc::new(|_: &touchstone_model::event::Entry| {})).unwrap();
                (folder, journal, thread)
            },
            |(folder, journal, thread)| {
                for _ in 0..LINES {
                    journal.append(event(), Vec::new());
                }
                // Everything is written, and synced once, when the thread ends.
                drop(journal);
                thread.join();
                folder
            },
            BatchSize::PerIteration,
        );
    });

    let folder = tempfile::tempdir().unwrap();
    let (journal, thread) = Journal::create(folder.path(), Arc::new(|_: &touchstone_model::event::Entry| {})).unwrap();
    group.throughput(Throughput::Elements(1));
    group.bench_function("append with fsync, one at a time", |b| {
        b.to_async(&runtime).iter(|| async { journal.durable(event()).await.unwrap() });
    });
    group.throughput(Throughput::Elements(16));
    group.bench_function("append with fsync, 16 at once", |b| {
        b.to_async(&runtime).iter(|| async {
            let all = futures_util::future::join_all((0..16).map(|_| journal.durable(event()))).await;
            all.into_iter().collect::<Result<Vec<()>, _>>().unwrap()
        });
    });
    group.finish();
    drop(journal);
    thread.join();
}

criterion_group! {
    name = journal;
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(3));
    targets = benches
}
criterion_main!(journal);
