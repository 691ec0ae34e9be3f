//! What came of a load.

use hdrhistogram::Histogram;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// What came of a load.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LoadResult {
    /// How long requests came.
    #[serde(skip)]
    pub duration: Duration,
    /// Until the last answer was there or given up.
    #[serde(skip)]
    pub elapsed: Duration,
    /// Requests that were due (closed loop: that were sent).
    pub offered: u64,
    /// Of them, sent.
    pub sent: u64,
    /// Of them, answered as they should.
    pub answered: u64,
    /// Sent and failed, or not sent because there was no connection.
    pub failed: u64,
    /// Due, but no connection was free until the end.
    pub unsent: u64,
    /// Requests due a second.
    pub offered_rate: f64,
    /// Requests answered within the duration, a second.
    pub achieved_rate: f64,
    /// The target (or the connections) did not keep up: less than 95 % of what was offered was answered in its time.
    pub saturated: bool,
    /// Connections that were opened.
    pub connections: u64,
    /// From the moment a request was due until it was answered. Those never sent count with the time they waited.
    pub latency: Percentiles,
    /// From the moment it was sent until it was answered.
    pub service: Percentiles,
    /// How late this engine itself was: from the moment a request was due until it was there for the next free connection.
    pub scheduling: Percentiles,
    /// Failures by kind: `timed-out`, `refused`, `status-503`, `sqlstate-40001` ...
    pub failures: BTreeMap<String, u64>,
    /// Second by second.
    #[serde(skip)]
    pub seconds: Vec<Second>,
    /// Kind by kind, where there are several kinds of request.
    pub parts: Vec<Part>,
}

/// One kind of request among several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Answered as they should.
    pub answered: u64,
    /// Refused for certain.
    pub refused: u64,
    /// Given up, or the link broke: whether they were done is not known.
    pub uncertain: u64,
    /// From the moment they were due.
    pub latency: Percentiles,
}

/// In microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Percentiles {
    /// How many were measured; the rest is 0 where none was.
    pub count: u64,
    /// Least.
    pub min: u64,
    /// Median.
    pub p50: u64,
    /// 90th percentile.
    pub p90: u64,
    /// 95th percentile.
    pub p95: u64,
    /// 99th percentile.
    pub p99: u64,
    /// 99.9th percentile.
    pub p999: u64,
    /// Greatest.
    pub max: u64,
}

/// One second of a load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Second {
    /// Requests that were due in it.
    pub offered: u64,
    /// Answers that came in it.
    pub answered: u64,
    /// Failures in it.
    pub failed: u64,
    /// Median latency of its answers, microseconds.
    pub p50: u64,
    /// 99th percentile of the latency of its answers, microseconds.
    pub p99: u64,
    /// Greatest latency of its answers, microseconds.
    pub max: u64,
}

/// Longest time that is told apart, in microseconds.
const LONGEST: u64 = 3_600_000_000 * 2;

/// What one thread takes down.
pub(super) struct Recorder {
    pub(super) latency: Histogram<u64>,
    pub(super) service: Histogram<u64>,
    pub(super) scheduling: Histogram<u64>,
    failures: BTreeMap<String, u64>,
    seconds: Vec<(Second, Histogram<u32>)>,
    parts: Vec<(Part, Histogram<u32>)>,
    duration: Duration,
    pub(super) sent: u64,
    answered: u64,
    in_time: u64,
    failed: u64,
    unsent: u64,
    pub(super) offered: u64,
    pub(super) connections: u64,
}

impl Recorder {
    pub(super) fn new(duration: Duration) -> Self {
        Self {
            latency: fresh(3),
            service: fresh(3),
            scheduling: fresh(3),
            failures: BTreeMap::new(),
            seconds: Vec::new(),
            parts: Vec::new(),
            duration,
            sent: 0,
            answered: 0,
            in_time: 0,
            failed: 0,
            unsent: 0,
            offered: 0,
            connections: 0,
        }
    }

    fn second(&mut self, at: u64) -> &mut (Second, Histogram<u32>) {
        let number = usize::try_from(at / 1_000_000_000).unwrap_or(usize::MAX).min(7300);
        while self.seconds.len() <= number {
            self.seconds.push((Second::default(), fresh(2)));
        }
        &mut self.seconds[number]
    }

    fn part(&mut self, number: usize) -> &mut (Part, Histogram<u32>) {
        while self.parts.len() <= number {
            self.parts.push((Part::default(), fresh(2)));
        }
        &mut self.parts[number]
    }

    /// A request was due. Nanoseconds from the beginning, as everywhere here.
    pub(super) fn due(&mut self, at: u64) {
        self.offered += 1;
        self.second(at).0.offered += 1;
    }

    pub(super) fn answered(&mut self, part: usize, due: u64, sent: u64, now: u64) {
        self.answered += 1;
        if u128::from(now) <= self.duration.as_nanos() {
            self.in_time += 1;
        }
        let latency = micros(now.saturating_sub(due));
        self.latency.saturating_record(latency);
        self.service.saturating_record(micros(now.saturating_sub(sent)));
        let second = self.second(now);
        second.0.answered += 1;
        second.1.saturating_record(latency);
        let part = self.part(part);
        part.0.answered += 1;
        part.1.saturating_record(latency);
    }

    /// `part`: of the request, where it was sent.
    pub(super) fn failed(&mut self, kind: &str, part: Option<usize>, now: u64) {
        self.failed += 1;
        if let Some(part) = part {
            let part = &mut self.part(part).0;
            if is_uncertain(kind) { part.uncertain += 1 } else { part.refused += 1 }
        }
        self.second(now).0.failed += 1;
        match self.failures.get_mut(kind) {
            Some(count) => *count += 1,
            None => drop(self.failures.insert(kind.to_owned(), 1)),
        }
    }

    /// It waited for a free connection until the end.
    pub(super) fn unsent(&mut self, due: u64, now: u64) {
        self.unsent += 1;
        self.latency.saturating_record(micros(now.saturating_sub(due)));
    }
}

/// Class 08 and 40003 say that the server does not know itself.
fn is_uncertain(kind: &str) -> bool {
    let told = kind.strip_prefix("sqlstate-");
    matches!(kind, "timed-out" | "lost" | "reset" | "protocol")
        || told.is_some_and(|state| state.is_empty() || state.starts_with("08") || state == "40003")
}

pub(super) fn micros(nanoseconds: u64) -> u64 {
    nanoseconds / 1000
}

fn fresh<C: hdrhistogram::Counter>(digits: u8) -> Histogram<C> {
    // Bounds and digits are constants that the crate accepts; a histogram that grows by itself stands in otherwise.
    Histogram::new_with_bounds(1, LONGEST, digits).unwrap_or_else(|_| Histogram::new(2).unwrap_or_else(|_| unreachable!()))
}

/// Joins what all threads took down.
pub(super) fn join(
    recorders: Vec<Recorder>,
    names: &[&'static str],
    closed: bool,
    duration: Duration,
    elapsed: Duration,
) -> LoadResult {
    let mut told = LoadResult { duration, elapsed, ..LoadResult::default() };
    let mut all = Recorder::new(duration);
    for part in recorders {
        let _ = all.latency.add(&part.latency);
        let _ = all.service.add(&part.service);
        let _ = all.scheduling.add(&part.scheduling);
        told.offered += if closed { part.sent } else { part.offered };
        told.sent += part.sent;
        told.answered += part.answered;
        told.failed += part.failed;
        told.unsent += part.unsent;
        told.connections += part.connections;
        all.in_time += part.in_time;
        for (kind, count) in part.failures {
            *told.failures.entry(kind).or_default() += count;
        }
        for (number, (told, latencies)) in part.parts.into_iter().enumerate() {
            let joined = all.part(number);
            joined.0.answered += told.answered;
            joined.0.refused += told.refused;
            joined.0.uncertain += told.uncertain;
            let _ = joined.1.add(&latencies);
        }
        for (number, (second, latencies)) in part.seconds.into_iter().enumerate() {
            let joined = all.second(number as u64 * 1_000_000_000);
            joined.0.offered += second.offered;
            joined.0.answered += second.answered;
            joined.0.failed += second.failed;
            let _ = joined.1.add(&latencies);
        }
    }
    let seconds = duration.as_secs_f64();
    #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let rate = |count: u64| count as f64 / seconds;
    told.offered_rate = rate(told.offered);
    told.achieved_rate = rate(all.in_time);
    told.saturated = !closed && told.achieved_rate < 0.95 * told.offered_rate;
    told.latency = percentiles(&all.latency);
    told.service = percentiles(&all.service);
    told.scheduling = percentiles(&all.scheduling);
    if let Some(last) = names.len().checked_sub(1) {
        all.part(last);
    }
    told.parts = names
        .iter()
        .zip(std::mem::take(&mut all.parts))
        .map(|(name, (part, latencies))| Part { name: (*name).to_owned(), latency: percentiles(&latencies), ..part })
        .collect();
    told.seconds = all
        .seconds
        .into_iter()
        .map(|(second, latencies)| {
            let of = percentiles(&latencies);
            Second { p50: of.p50, p99: of.p99, max: of.max, ..second }
        })
        .collect();
    told
}

fn percentiles<C: hdrhistogram::Counter>(histogram: &Histogram<C>) -> Percentiles {
    if histogram.is_empty() {
        return Percentiles::default();
    }
    let at = |quantile: f64| histogram.value_at_quantile(quantile);
    Percentiles {
        count: histogram.len(),
        min: histogram.min(),
        p50: at(0.5),
        p90: at(0.9),
        p95: at(0.95),
        p99: at(0.99),
        p999: at(0.999),
        max: histogram.max(),
    }
}
