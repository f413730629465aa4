//! The standard normal distribution.

/// Beyond this many standard deviations the distribution function is 0 or 1 in f64.
const FARTHEST: f64 = 39.0;

/// The distribution function at `x`.
pub(super) fn cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// The quantile of `p` in (0, 1), by bisection down to neighbouring floats: an interval asks for two.
pub(super) fn quantile(p: f64) -> f64 {
    let (mut low, mut high) = (-FARTHEST, FARTHEST);
    loop {
        let middle = low.midpoint(high);
        if middle <= low || middle >= high {
            return middle;
        }
        if cdf(middle) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From `scipy.stats.norm.ppf`.
    #[test]
    fn quantiles_are_scipys() {
        for (p, expected) in [
            (0.975, 1.959963984540054),
            (0.025, -1.9599639845400545),
            (0.5, 0.0),
            (0.9, 1.2815515655446004),
            (1e-10, -6.361340902404056),
        ] {
            assert!((quantile(p) - expected).abs() < 1e-13, "{p}: {}", quantile(p));
        }
        assert!(quantile(0.0).is_finite() && quantile(1.0).is_finite());
    }
}
