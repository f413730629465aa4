//! Binomial random numbers.

use rand_core::Rng;

/// 2^-53: random bits to a number in [0, 1).
const UNIT: f64 = 1.0 / (1_u64 << 53) as f64;

/// How many of `trials` succeed, each with the probability `p` from 0 to 1.
///
/// By inversion from the most probable number outwards, which takes about as many steps as the standard deviation of the
/// result. All mathematics are portable: the same generator gives the same numbers on every machine.
pub(super) fn binomial(trials: u64, p: f64, rng: &mut impl Rng) -> u64 {
    if trials == 0 || p <= 0.0 {
        return 0;
    }
    if p >= 1.0 {
        return trials;
    }
    let (n, odds) = (trials as f64, p / (1.0 - p));
    let mode = ((n + 1.0) * p).floor().min(n);
    let at_mode = probability(n, p, mode);
    let mut left = (rng.next_u64() >> 11) as f64 * UNIT - at_mode;
    let (mut low, mut high) = ((mode, at_mode), (mode, at_mode));
    while left >= 0.0 {
        let (may_fall, may_rise) = (low.0 > 0.0, high.0 < n);
        if may_rise {
            high = (high.0 + 1.0, high.1 * odds * (n - high.0) / (high.0 + 1.0));
            left -= high.1;
            if left < 0.0 {
                return high.0 as u64;
            }
        }
        if may_fall {
            low = (low.0 - 1.0, low.1 * low.0 / (odds * (n - low.0 + 1.0)));
            left -= low.1;
            if left < 0.0 {
                return low.0 as u64;
            }
        }
        // Rounding may leave over a share of about 1e-8.
        if !may_fall && !may_rise {
            break;
        }
    }
    mode as u64
}

/// The probability of `k` successes of `n`.
fn probability(n: f64, p: f64, k: f64) -> f64 {
    let choices = libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0);
    libm::exp(choices + k * libm::log(p) + (n - k) * libm::log1p(-p))
}

#[cfg(test)]
mod tests {
    use rand_core::SeedableRng;
    use rand_pcg::Pcg64Dxsm;

    use super::*;

    fn sample(trials: u64, p: f64, size: usize) -> Vec<u64> {
        let mut rng = Pcg64Dxsm::seed_from_u64(7);
        (0..size).map(|_| binomial(trials, p, &mut rng)).collect()
    }

    /// Pearson's statistic against the exact probabilities, from Pascal's rule. A wrong distribution gives hundreds.
    #[test]
    fn every_number_comes_as_often_as_it_should() {
        const SIZE: usize = 200_000;
        for (trials, p) in [(1, 0.3), (7, 0.5), (12, 0.05), (20, 0.9)] {
            let mut exact = vec![1.0];
            for _ in 0..trials {
                let at = |k: usize| exact.get(k).copied().unwrap_or(0.0);
                let next = |k: usize| (1.0 - p) * at(k) + if k > 0 { p * at(k - 1) } else { 0.0 };
                exact = (0..=exact.len()).map(next).collect();
            }
            let mut found = vec![0.0; exact.len()];
            for k in sample(trials, p, SIZE) {
                found[k as usize] += 1.0;
            }
            let cells = exact.iter().zip(&found).map(|(p, found)| (p * SIZE as f64, found));
            let (frequent, rare): (Vec<_>, Vec<_>) = cells.partition(|(expected, _)| *expected >= 5.0);
            let statistic: f64 = frequent.iter().map(|(e, found)| (*found - e).powi(2) / e).sum();
            // The mean of the statistic is the number of cells less one, its variance twice that.
            let degrees = frequent.len() as f64 - 1.0;
            assert!(statistic < degrees + 4.0 * (2.0 * degrees).sqrt(), "{trials}, {p}: {statistic}");
            let (expected, seen) = rare.iter().fold((0.0, 0.0), |sum, cell| (sum.0 + cell.0, sum.1 + cell.1));
            assert!(seen < expected + 6.0 * (expected + 1.0_f64).sqrt(), "{trials}, {p}: {seen} rare ones");
        }
    }

    /// Four standard errors of each moment.
    #[test]
    fn moments_of_many_trials() {
        const SIZE: f64 = 50_000.0;
        for (trials, p) in [(1_000_000, 0.5), (1_000_000, 0.3), (1_000_000, 1e-5), (5_000, 0.99)] {
            let values: Vec<f64> = sample(trials, p, SIZE as usize).iter().map(|k| *k as f64).collect();
            let (mean, variance) = (trials as f64 * p, trials as f64 * p * (1.0 - p));
            let moment = |power| values.iter().map(|k| (k - mean).powi(power)).sum::<f64>() / SIZE;
            assert!(moment(1).abs() < 4.0 * (variance / SIZE).sqrt(), "{trials}, {p}: {}", moment(1));
            let kurtosis = 3.0 + (1.0 - 6.0 * p * (1.0 - p)) / variance;
            let error = variance * ((kurtosis - 1.0) / SIZE).sqrt();
            assert!((moment(2) - variance).abs() < 4.0 * error, "{trials}, {p}: {}", moment(2));
            let skewness = moment(3) / variance.powf(1.5) - (1.0 - 2.0 * p) / variance.sqrt();
            assert!(skewness.abs() < 4.0 * (15.0 / SIZE).sqrt(), "{trials}, {p}: {skewness}");
        }
    }

    #[test]
    fn what_is_certain() {
        assert_eq!(sample(0, 0.5, 3), [0, 0, 0]);
        assert_eq!(sample(9, 0.0, 3), [0, 0, 0]);
        assert_eq!(sample(9, 1.0, 3), [9, 9, 9]);
        // What is certain takes no random number.
        let mut rng = Pcg64Dxsm::seed_from_u64(7);
        assert_eq!(
            [(0, 0.5), (9, 0.0), (9, 1.0)].map(|(trials, p)| binomial(trials, p, &mut rng)),
            [0, 0, 9]
        );
        assert_eq!(rng.next_u64(), Pcg64Dxsm::seed_from_u64(7).next_u64());
    }

    /// Intervals of a seed must be the same in every version.
    #[test]
    fn a_seed_gives_the_same_numbers_for_ever() {
        assert_eq!(sample(7, 0.5, 12), [2, 2, 4, 3, 3, 3, 3, 2, 2, 2, 3, 6]);
        assert_eq!(sample(20, 0.9, 12), [16, 16, 18, 17, 19, 19, 17, 20, 16, 16, 17, 17]);
        assert_eq!(sample(1_000_000, 0.3, 4), [299_202, 300_693, 299_927, 299_545]);
        assert_eq!(sample(5_000, 1e-3, 12), [9, 2, 5, 3, 4, 4, 3, 8, 2, 2, 7, 3]);
    }
}
