//! Keeps the time: hands requests to the threads at the moment they are due.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedSender;

/// How often it looks whether the load was given up.
const LOOK: Duration = Duration::from_millis(50);
/// Shorter gaps are not slept through one by one: what is due comes together.
const SHORTEST: Duration = Duration::from_micros(50);

/// Runs in a thread of its own, because the timers of an asynchronous runtime are a millisecond coarse.
pub(super) fn pace(due: impl Iterator<Item = u64>, threads: &[UnboundedSender<Vec<u64>>], origin: Instant, stop: &AtomicBool) {
    let mut due = due.peekable();
    let mut batches: Vec<Vec<u64>> = threads.iter().map(|_| Vec::new()).collect();
    let mut turn = 0;
    while let Some(next) = due.peek().copied() {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let now = origin.elapsed();
        let wait = Duration::from_nanos(next).saturating_sub(now);
        if !wait.is_zero() {
            std::thread::sleep(wait.clamp(SHORTEST, LOOK));
            continue;
        }
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        while let Some(at) = due.next_if(|at| *at <= now) {
            batches[turn].push(at);
            turn = (turn + 1) % threads.len();
        }
        for (thread, batch) in threads.iter().zip(&mut batches).filter(|(_, batch)| !batch.is_empty()) {
            if thread.send(std::mem::take(batch)).is_err() {
                return;
            }
        }
    }
}
