//! The moments at which requests are due.

use super::plan::Arrivals;
use std::time::Duration;

/// Nanoseconds from the beginning, ascending, until the duration is over. Nothing for a closed loop.
pub(super) fn schedule(arrivals: &Arrivals, duration: Duration, seed: u64) -> Box<dyn Iterator<Item = u64> + Send> {
    let total = duration.as_secs_f64();
    let whole = (0_u64..).map(as_f64);
    let due: Box<dyn Iterator<Item = f64> + Send> = match arrivals.clone() {
        Arrivals::Closed => Box::new(std::iter::empty()),
        Arrivals::Constant(rate) => Box::new(whole.map(move |n| n / rate)),
        // The n-th is due when from * t + (to - from) * t^2 / (2 * total) reaches n.
        Arrivals::Ramp(from, to) => {
            let slope = (to - from) / total;
            let solve = move |n: f64| {
                let inside = from * from + 2.0 * slope * n;
                if inside < 0.0 { f64::INFINITY } else { 2.0 * n / (from + inside.sqrt()) }
            };
            Box::new(whole.map(solve))
        }
        Arrivals::Steps(rates) => {
            let each = total / as_f64(rates.len() as u64);
            let step = move |(number, rate): (usize, f64)| {
                let begin = each * as_f64(number as u64);
                (0_u64..).map(move |n| as_f64(n) / rate).take_while(move |at| *at < each).map(move |at| begin + at)
            };
            Box::new(rates.into_iter().enumerate().flat_map(step))
        }
        Arrivals::Poisson(rate) => {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut at = 0.0;
            let gap = move || {
                // 1 - u is never 0.
                at += -(1.0 - random.f64()).ln() / rate;
                Some(at)
            };
            Box::new(std::iter::from_fn(gap))
        }
    };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an hour has 3.6e12 nanoseconds")]
    Box::new(due.take_while(move |at| *at < total).map(|at| (at * 1e9) as u64))
}

#[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn as_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn due(arrivals: &Arrivals, seconds: u64, seed: u64) -> Vec<u64> {
        schedule(arrivals, Duration::from_secs(seconds), seed).collect()
    }

    fn between(due: &[u64], from: u64, to: u64) -> usize {
        due.iter().filter(|at| (from * SECOND..to * SECOND).contains(*at)).count()
    }

    #[test]
    fn as_many_as_planned_and_when() {
        let constant = due(&Arrivals::Constant(100.0), 3, 0);
        assert_eq!((constant.len(), constant[1]), (300, SECOND / 100));
        let steps = due(&Arrivals::Steps(vec![10.0, 50.0, 20.0]), 3, 0);
        assert_eq!([between(&steps, 0, 1), between(&steps, 1, 2), between(&steps, 2, 3)], [10, 50, 20]);
        let up = due(&Arrivals::Ramp(100.0, 300.0), 10, 0);
        assert!((1999..=2001).contains(&up.len()), "{}", up.len());
        assert!((109..=111).contains(&between(&up, 0, 1)) && (289..=291).contains(&between(&up, 9, 10)));
        let down = due(&Arrivals::Ramp(300.0, 100.0), 10, 0);
        assert!((1999..=2001).contains(&down.len()) && down.is_sorted(), "{}", down.len());
        assert!(due(&Arrivals::Closed, 1, 0).is_empty());
    }

    #[test]
    fn poisson_has_its_mean_and_its_spread_and_can_be_repeated() {
        let arrivals = Arrivals::Poisson(1000.0);
        let first = due(&arrivals, 20, 7);
        assert_eq!(first, due(&arrivals, 20, 7));
        assert_ne!(first, due(&arrivals, 20, 8));
        // 20,000 on average, with a standard deviation of 141.
        assert!((19_300..20_700).contains(&first.len()), "{}", first.len());
        let gaps: Vec<f64> = first.windows(2).map(|two| as_f64(two[1] - two[0]) / 1e6).collect();
        let mean = gaps.iter().sum::<f64>() / as_f64(gaps.len() as u64);
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / as_f64(gaps.len() as u64);
        assert!((0.9..1.1).contains(&(variance.sqrt() / mean)), "of an exponential distribution both are the same");
    }
}
