//! What k lost of n acknowledged writes say about the share that is lost in the long run.
//!
//! Exact bounds of Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial"
//! (Biometrika 26, 1934): they never promise more than the confidence asked for. They presume that each write is lost or kept
//! independently of the others; where one fault takes many writes with it, the faults are what must be counted.

/// A share with its bounds; all between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Not below this.
    pub lower: f64,
    /// Not above this.
    pub upper: f64,
}

/// One-sided upper bound on the share lost, when `lost` of `tried` were: with `confidence` (0.95, say) it is no greater.
/// None when nothing was tried, more was lost than tried, or the confidence is not between 0 and 1.
pub fn upper(lost: u64, tried: u64, confidence: f64) -> Option<f64> {
    sound(lost, tried, confidence).then(|| solve(lost, tried, 1.0 - confidence))
}

/// Two-sided bounds: with `confidence` the share lies between them. None as for [`upper`].
pub fn two_sided(lost: u64, tried: u64, confidence: f64) -> Option<Bounds> {
    let tail = (1.0 - confidence) / 2.0;
    sound(lost, tried, confidence).then(|| Bounds {
        lower: lost.checked_sub(1).map_or(0.0, |fewer| solve(fewer, tried, 1.0 - tail)),
        upper: solve(lost, tried, tail),
    })
}

/// Fewest writes of which none may be lost to show, with `confidence`, that no more than `share` is lost in the long run: the
/// exact rule of three. 99.999 % at 95 % takes 299,572; the rule's usual form 3/p asks for 300,000, -ln(0.05)/p for 299,573.3.
/// None when either is not between 0 and 1, or the number is beyond 2^53.
pub fn needed(share: f64, confidence: f64) -> Option<u64> {
    let open = |x: f64| x > 0.0 && x < 1.0;
    if !open(share) || !open(confidence) {
        return None;
    }
    let count = ((1.0 - confidence).ln() / (-share).ln_1p()).ceil();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "just compared")]
    (count <= 9_007_199_254_740_992.0).then_some(count as u64)
}

fn sound(lost: u64, tried: u64, confidence: f64) -> bool {
    tried > 0 && lost <= tried && confidence > 0.0 && confidence < 1.0
}

/// The share at which `lost` or fewer of `tried` has just this probability.
#[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn solve(lost: u64, tried: u64, probability: f64) -> f64 {
    if lost == tried {
        return 1.0;
    }
    if lost == 0 {
        return -(probability.ln() / tried as f64).exp_m1();
    }
    // The probability falls as the share grows.
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if at_most(lost, tried, middle) > probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// P(X <= k) of a binomial distribution; its terms are summed up from their logarithms, the greatest taken out.
#[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn at_most(k: u64, n: u64, share: f64) -> f64 {
    let (step, first) = (share.ln() - (-share).ln_1p(), n as f64 * (-share).ln_1p());
    let mut term = first;
    let (mut greatest, mut sum) = (first, 1.0);
    for i in 1..=k {
        term += step + ((n - i + 1) as f64).ln() - (i as f64).ln();
        if term > greatest {
            sum = sum * (greatest - term).exp() + 1.0;
            greatest = term;
        } else {
            sum += (term - greatest).exp();
        }
    }
    (greatest + sum.ln()).exp().min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, published: f64, within: f64) {
        assert!((found - published).abs() < within, "{found} instead of {published}");
    }

    /// Table values as printed in textbooks and by R's `binom.test`.
    #[test]
    fn clopper_pearson_as_published() {
        let cases = [
            (0, 10, 0.0, 0.3085),
            (1, 10, 0.0025, 0.4450),
            (5, 10, 0.1871, 0.8129),
            (10, 10, 0.6915, 1.0),
            (10, 100, 0.0490, 0.1762),
            (1, 100, 0.0003, 0.0545),
        ];
        for (lost, tried, lower, upper) in cases {
            let found = two_sided(lost, tried, 0.95).expect("sound");
            near(found.lower, lower, 6e-5);
            near(found.upper, upper, 6e-5);
        }
    }

    /// "59 without failure show 95 % at 95 %, 299 show 99 %": the classic sample sizes of acceptance tests.
    #[test]
    fn rule_of_three_exact() {
        assert_eq!(needed(0.05, 0.95), Some(59));
        assert_eq!(needed(0.01, 0.95), Some(299));
        assert_eq!(needed(0.001, 0.95), Some(2995));
        assert_eq!(needed(0.00001, 0.95), Some(299_572));
        assert!(upper(0, 299_573, 0.95).expect("sound") < 0.00001);
        assert!(upper(0, 299_571, 0.95).expect("sound") > 0.00001);
        assert!(upper(1, 299_573, 0.95).expect("sound") > 0.00001);
        near(upper(0, 59, 0.95).expect("sound"), 0.0495, 5e-5);
        // One loss takes 473,862 writes or so (chi-square: 9.4877 / 2 / 1e-5 = 474,386).
        near(upper(1, 474_386, 0.95).expect("sound"), 0.00001, 2e-10);
    }

    #[test]
    fn what_makes_no_sense_has_no_bound() {
        assert_eq!(upper(0, 0, 0.95), None);
        assert_eq!(upper(2, 1, 0.95), None);
        for confidence in [0.0, 1.0, -1.0, f64::NAN] {
            assert_eq!(upper(0, 10, confidence), None);
            assert_eq!(needed(0.01, confidence), None);
        }
        assert_eq!(needed(f64::MIN_POSITIVE, 0.95), None);
    }
}
