//! The highest rate at which a target holds a latency objective.

use super::plan::{Arrivals, Plan};
use super::record::LoadResult;
use crate::{ProbeError, Target};

/// What must hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Objective {
    /// Share of requests, 0.99 say; one of 0.5, 0.9, 0.95, 0.99, 0.999.
    pub quantile: f64,
    /// Latency of that share, in microseconds, at most.
    pub latency_us: u64,
    /// Share of requests that may fail, at most.
    pub failures: f64,
}

/// One rate that was tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Requests a second.
    pub rate: f64,
    /// Whether the objective held.
    pub held: bool,
    /// What came of it.
    pub result: LoadResult,
}

/// What the search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Highest rate tried at which the objective held; none held at none.
    pub rate: Option<f64>,
    /// The highest rate permitted held too: the target may bear more.
    pub bounded_by_permit: bool,
    /// All rates tried, in order.
    pub steps: Vec<Step>,
}

impl Objective {
    fn holds(&self, result: &LoadResult) -> bool {
        let of = &result.latency;
        let at = [(0.5, of.p50), (0.9, of.p90), (0.95, of.p95), (0.99, of.p99), (0.999, of.p999)];
        let seen = at.iter().find(|(quantile, _)| (quantile - self.quantile).abs() < 1e-9).map(|(_, us)| *us);
        #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
        let failures = (result.failed + result.unsent) as f64 / result.offered.max(1) as f64;
        !result.saturated && of.count > 0 && failures <= self.failures && seen.is_some_and(|us| us <= self.latency_us)
    }
}

/// Doubles the rate from `from` until the objective breaks, then halves the gap, each rate for the plan's duration: at most
/// `steps` rates. The plan's own arrivals are not used; requests come at random (Poisson).
///
/// # Errors
/// As for a single load; and an objective that makes no sense.
pub async fn search(target: &Target, plan: &Plan, objective: Objective, from: f64, steps: u32) -> Result<Found, ProbeError> {
    if ![0.5, 0.9, 0.95, 0.99, 0.999].contains(&objective.quantile) || !(0.0..=1.0).contains(&objective.failures) {
        return Err(ProbeError::Invalid("an objective names one of the quantiles 0.5, 0.9, 0.95, 0.99, 0.999".to_owned()));
    }
    let most = target.spec().load.as_ref().map_or(0.0, |permit| f64::from(permit.max_rate));
    let mut told = Found { rate: None, bounded_by_permit: false, steps: Vec::new() };
    let (mut held, mut broke) = (0.0, None);
    let mut rate = from;
    for _ in 0..steps.min(32) {
        let result = super::run(target, &Plan { arrivals: Arrivals::Poisson(rate), ..plan.clone() }).await?;
        let holds = objective.holds(&result);
        told.steps.push(Step { rate, held: holds, result });
        if holds {
            held = rate;
            told.rate = Some(rate);
        } else {
            broke = Some(rate);
        }
        let next = match broke {
            None => (rate * 2.0).min(most),
            Some(broke) => f64::midpoint(held, broke),
        };
        // At the limit, or as near as a measurement can tell.
        if broke.is_none() && rate >= most {
            told.bounded_by_permit = true;
            break;
        }
        if broke.is_some_and(|broke| broke - held < 0.02 * broke) {
            break;
        }
        rate = next;
    }
    Ok(told)
}
