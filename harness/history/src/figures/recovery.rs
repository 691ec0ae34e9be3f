//! How long nothing was acknowledged, and how much of what had been acknowledged was gone.

use crate::ledger::Lost;

/// The longest silence that a fault caused. Nanoseconds of the history's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    /// Last acknowledgement before it.
    pub last_before: u64,
    /// First acknowledgement after it; none: not before the end of the observation.
    pub first_after: Option<u64>,
}

impl Outage {
    /// Length in nanoseconds, where it ended.
    pub fn length(&self) -> Option<u64> {
        self.first_after.map(|first| first - self.last_before)
    }
}

/// The longest silence between acknowledgements from the last before `fault` until `until` (the next fault, or the end of the
/// observation). `acknowledged` in ascending order. None when nothing was acknowledged before the fault: then there is no
/// service whose loss could be measured.
pub fn outage(acknowledged: &[u64], fault: u64, until: u64) -> Option<Outage> {
    let before = acknowledged.partition_point(|at| *at <= fault);
    let last = before.checked_sub(1)?;
    let end = acknowledged.partition_point(|at| *at <= until);
    let seen = &acknowledged[last..end];
    let mut worst = Outage { last_before: acknowledged[last], first_after: None };
    let mut longest = None;
    for two in seen.windows(2) {
        if longest.is_none_or(|longest| two[1] - two[0] > longest) {
            longest = Some(two[1] - two[0]);
            worst = Outage { last_before: two[0], first_after: Some(two[1]) };
        }
    }
    // Silent until the end, and for longer than ever before: it did not come back.
    let last = seen.last().copied().unwrap_or_default();
    if longest.is_none_or(|longest| until.saturating_sub(last) > longest) {
        worst = Outage { last_before: last, first_after: None };
    }
    Some(worst)
}

/// Recovery times of a series of faults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rto {
    /// Faults that were measured.
    pub repetitions: usize,
    /// Of those, faults after which the service did not come back while it was watched.
    pub unrecovered: usize,
    /// Longest, in milliseconds, of those that ended.
    pub max_ms: f64,
    /// 95th percentile by nearest rank, in milliseconds, of those that ended.
    pub p95_ms: f64,
}

/// Repetitions below which a series says too little.
pub const LEAST_REPETITIONS: usize = 10;

impl Rto {
    /// Whether there were repetitions enough, all of which ended.
    pub fn is_conclusive(&self) -> bool {
        self.repetitions >= LEAST_REPETITIONS && self.unrecovered == 0
    }
}

/// Sums a series up. None for an empty one.
pub fn rto(outages: &[Outage]) -> Option<Rto> {
    let mut lengths: Vec<u64> = outages.iter().filter_map(Outage::length).collect();
    lengths.sort_unstable();
    let unrecovered = outages.len() - lengths.len();
    let ms = |at: Option<&u64>| crate::verdict::ms(at.copied().unwrap_or_default());
    let rank = (lengths.len() * 95).div_ceil(100).saturating_sub(1);
    (!outages.is_empty()).then(|| Rto {
        repetitions: outages.len(),
        unrecovered,
        max_ms: ms(lengths.last()),
        p95_ms: ms(lengths.get(rank)),
    })
}

/// What was lost by a fault.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rpo {
    /// Acknowledged writes that are gone.
    pub lost: usize,
    /// Age of the oldest of them at the moment of the fault, in milliseconds: so far back the data goes.
    pub age_ms: f64,
}

/// Acknowledged writes that are gone, by the fault at `fault`.
pub fn rpo(lost: &[Lost], fault: u64) -> Rpo {
    let oldest = lost.iter().map(|lost| lost.acknowledged).min();
    Rpo { lost: lost.len(), age_ms: oldest.map_or(0.0, |at| crate::verdict::ms(fault.saturating_sub(at))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    #[test]
    fn the_silence_around_the_fault_counts_and_no_other() {
        let acknowledged: Vec<u64> = [0, 500, 510, 520, 900, 910, 1700].map(|ms| ms * MS).to_vec();
        let told = outage(&acknowledged, 525 * MS, 1000 * MS).expect("there was service");
        assert_eq!((told.last_before, told.first_after), (520 * MS, Some(900 * MS)));
        assert_eq!(told.length(), Some(380 * MS));
        assert_eq!(outage(&acknowledged, 525 * MS, 800 * MS).expect("service").first_after, None, "silent until the end");
        assert_eq!(outage(&acknowledged, 905 * MS, 5000 * MS).expect("service").first_after, None, "gone again at 1700");
        assert_eq!(outage(&[10], 5, 100), None);
    }

    #[test]
    fn a_series_is_summed_up_by_nearest_rank() {
        let each = |ms: u64| Outage { last_before: MS, first_after: Some(MS + ms * MS) };
        let series: Vec<Outage> = (1..=20).map(|n| each(n * 100)).collect();
        let told = rto(&series).expect("a series");
        assert_eq!((told.max_ms, told.p95_ms, told.unrecovered), (2000.0, 1900.0, 0));
        assert!(told.is_conclusive() && !rto(&series[..9]).expect("a series").is_conclusive());
        let broken = [series, vec![Outage { last_before: 0, first_after: None }]].concat();
        assert!(!rto(&broken).expect("a series").is_conclusive());
        assert_eq!(rto(&[]), None);
    }

    #[test]
    fn the_oldest_lost_write_tells_how_far_back_the_data_goes() {
        let lost = [Lost { id: 7, acknowledged: 940 * MS }, Lost { id: 9, acknowledged: 990 * MS }];
        assert_eq!(rpo(&lost, 1000 * MS), Rpo { lost: 2, age_ms: 60.0 });
        assert_eq!(rpo(&[], 1000 * MS), Rpo::default());
    }
}
