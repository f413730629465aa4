//! One column at a time in plain code: what every statistic means, without the kernel's ideas about speed.

use super::Statistic;

/// Where a quantile lies among `frames` sorted values: between the values at `lower` and `upper`, `fraction` of the way.
///
/// numpy's rule for its `linear` method: index (T - 1) q in f64.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Position {
    pub(super) lower: usize,
    pub(super) upper: usize,
    pub(super) fraction: f64,
}

impl Position {
    pub(super) fn of(quantile: f64, frames: usize) -> Self {
        let last = frames - 1;
        let index = last as f64 * quantile;
        if index >= last as f64 {
            return Self { lower: last, upper: last, fraction: 0.0 };
        }
        let lower = index.floor();
        Self { lower: lower as usize, upper: lower as usize + 1, fraction: index - lower }
    }
}

/// Linear interpolation in the arithmetic of numpy's `percentile(x, q)` for f32 `x` and a number `q`: every step in f32,
/// from the nearer end.
///
/// Where the difference of the two values overflows f32 (numpy then answers with an infinity or NaN) it goes through f64.
#[inline(always)]
pub(super) fn interpolate(lower: f32, upper: f32, fraction: f64) -> f32 {
    let difference = upper - lower;
    if difference.is_infinite() {
        let (lower, upper) = (f64::from(lower), f64::from(upper));
        return (lower + (upper - lower) * fraction) as f32;
    }
    if fraction < 0.5 {
        lower + difference * fraction as f32
    } else {
        upper - difference * (1.0 - fraction) as f32
    }
}

/// A statistic of a column of finite values, given also sorted.
pub(super) fn statistic(statistic: Statistic, values: &[f32], sorted: &[f32]) -> f32 {
    let quantile = |q: f64| {
        let at = Position::of(q, sorted.len());
        interpolate(sorted[at.lower], sorted[at.upper], at.fraction)
    };
    match statistic {
        Statistic::Mean => mean(values) as f32,
        Statistic::StandardDeviation => central_moment(values, 2).sqrt() as f32,
        Statistic::Variance => central_moment(values, 2) as f32,
        Statistic::Skewness => standardised_moment(values, 3) as f32,
        Statistic::Kurtosis => (standardised_moment(values, 4) - kurtosis_of_normal(values)) as f32,
        Statistic::Minimum => quantile(0.0),
        Statistic::Maximum => quantile(1.0),
        Statistic::Range => quantile(1.0) - quantile(0.0),
        Statistic::InterquartileRange => quantile(0.75) - quantile(0.25),
        Statistic::Quantile(q) => quantile(q),
        Statistic::Custom(custom) => (custom.compute)(values),
    }
}

fn mean(values: &[f32]) -> f64 {
    values.iter().map(|&x| f64::from(x)).sum::<f64>() / values.len() as f64
}

fn central_moment(values: &[f32], order: i32) -> f64 {
    let mean = mean(values);
    values.iter().map(|&x| (f64::from(x) - mean).powi(order)).sum::<f64>() / values.len() as f64
}

fn standardised_moment(values: &[f32], order: i32) -> f64 {
    let deviation = central_moment(values, 2).sqrt();
    if deviation == 0.0 { 0.0 } else { central_moment(values, order) / deviation.powi(order) }
}

/// 3, or 0 for a constant column, whose kurtosis is 0 by definition here.
fn kurtosis_of_normal(values: &[f32]) -> f64 {
    if values.iter().all(|&x| x == values[0]) { 0.0 } else { 3.0 }
}
