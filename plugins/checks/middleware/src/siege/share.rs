//! Whether a share of requests shows that a server keeps a bound, or that it does not, or whether there are too few to say.

/// What a count of bad ones among all shows about a bound on their share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// So few are bad that the bound is kept.
    Within,
    /// So many are bad that a server which keeps the bound would show them in fewer than five of a hundred tries.
    Beyond,
    /// A single slow answer among a few may be chance, and no contract should hang on it.
    TooFew,
}

/// Exact one-sided binomial test, level 5 %, of the hypothesis that at most `per_cent` of all are bad.
pub fn shown(bad: usize, all: usize, per_cent: f64) -> Shown {
    let allowed = per_cent / 100.0;
    if all == 0 {
        return Shown::TooFew;
    }
    if bad as f64 <= allowed * all as f64 {
        return Shown::Within;
    }
    if at_least(bad, all, allowed) < 0.05 { Shown::Beyond } else { Shown::TooFew }
}

/// Probability that `bad` or more of `all` are bad when each is with probability `p`.
fn at_least(bad: usize, all: usize, p: f64) -> f64 {
    // The term for no bad one, then each from the one before.
    let (mut term, mut fewer) = ((1.0 - p).powf(all as f64), 0.0);
    for k in 0..bad {
        fewer += term;
        term *= (all - k) as f64 / (k + 1) as f64 * p / (1.0 - p);
    }
    1.0 - fewer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slow_answer_among_a_few_decides_nothing() {
        assert_eq!(shown(0, 54, 1.0), Shown::Within);
        assert_eq!(shown(1, 54, 1.0), Shown::TooFew);
        assert_eq!(shown(1, 100, 1.0), Shown::Within);
        assert_eq!(shown(0, 0, 1.0), Shown::TooFew);
    }

    #[test]
    fn a_server_that_answers_nobody_is_seen_from_two_requests() {
        assert_eq!(shown(1, 1, 1.0), Shown::Beyond);
        assert_eq!(shown(2, 2, 1.0), Shown::Beyond);
        assert_eq!(shown(3, 54, 1.0), Shown::Beyond);
    }

    #[test]
    fn the_probabilities_are_the_binomial_ones() {
        // By hand: 1 - 0.99^54, and that less 54 * 0.01 * 0.99^53.
        assert!((at_least(1, 54, 0.01) - 0.418_9).abs() < 1e-3);
        assert!((at_least(2, 54, 0.01) - 0.101_9).abs() < 1e-3);
        assert!((at_least(0, 54, 0.01) - 1.0).abs() < 1e-12);
    }
}
