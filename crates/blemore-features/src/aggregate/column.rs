//! One column in plain code: what every statistic means, without the kernel's ideas about speed.

use super::Statistic;
use crate::npy::Value;

/// Where a quantile lies among `frames` sorted values: between the values at `lower` and `upper`, `fraction`
/// of the way.
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
        let (lower, fraction) = (index.floor() as usize, index.fract());
        // On the spot, no second value is needed.
        let upper = if fraction > 0.0 { lower + 1 } else { lower };
        Self { lower, upper, fraction }
    }
}

/// Linear interpolation in W columns, in the arithmetic of numpy's `percentile(x, q)` for f32 `x` and a
/// number `q`: every step in f32, from the nearer end.
///
/// Where the difference of the two values overflows f32 (numpy then answers with an infinity or NaN) it goes
/// through f64.
#[inline(always)]
pub(super) fn interpolate<const W: usize>(lower: &[f32; W], upper: &[f32; W], fraction: f64) -> [f32; W] {
    let mut result = [0.0; W];
    let mut overflow = false;
    let (from_lower, from_upper) = (fraction as f32, (1.0 - fraction) as f32);
    if fraction < 0.5 {
        for lane in 0..W {
            let difference = upper[lane] - lower[lane];
            overflow |= difference == f32::INFINITY;
            result[lane] = lower[lane] + difference * from_lower;
        }
    } else {
        for lane in 0..W {
            let difference = upper[lane] - lower[lane];
            overflow |= difference == f32::INFINITY;
            result[lane] = upper[lane] - difference * from_upper;
        }
    }
    if overflow {
        for lane in 0..W {
            if upper[lane] - lower[lane] == f32::INFINITY {
                let (lower, upper) = (f64::from(lower[lane]), f64::from(upper[lane]));
                result[lane] = (lower + (upper - lower) * fraction) as f32;
            }
        }
    }
    result
}

/// Sums over a column of differences to its first value, `origin`.
///
/// The differences make the sums as good for values around 1e8 as for values around 0: the column holds
/// `origin` itself, hence its variance is at least (mean - origin)^2 / T, and the subtraction in
/// [`variance`](Self::variance) loses at most log2(T + 1) of 53 bits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moments {
    pub(super) frames: usize,
    pub(super) origin: f64,
    pub(super) sum: f64,
    pub(super) squares: f64,
}

impl Moments {
    #[inline(always)]
    pub(super) fn mean(&self) -> f32 {
        self.mean_f64() as f32
    }

    #[inline(always)]
    pub(super) fn mean_f64(&self) -> f64 {
        self.origin + self.sum / self.frames as f64
    }

    #[inline(always)]
    pub(super) fn variance(&self) -> f64 {
        let shift = self.sum / self.frames as f64;
        (self.squares / self.frames as f64 - shift * shift).max(0.0)
    }

    #[inline(always)]
    pub(super) fn standard_deviation(&self) -> f32 {
        self.variance().sqrt() as f32
    }
}

/// A statistic of a column of finite values that sums of squares and sorted values do not give.
pub(super) fn statistic(statistic: Statistic, values: &[f32]) -> Option<f32> {
    match statistic {
        Statistic::Skewness => Some(skewness(values) as f32),
        Statistic::Kurtosis => Some(kurtosis(values) as f32),
        Statistic::Custom(custom) => Some((custom.compute)(values)),
        _ => None,
    }
}

pub(super) fn skewness<T: Value>(values: &[T]) -> f64 {
    standardised_moment(values, 3)
}

pub(super) fn kurtosis<T: Value>(values: &[T]) -> f64 {
    standardised_moment(values, 4) - kurtosis_of_normal(values)
}

fn mean<T: Value>(values: &[T]) -> f64 {
    values.iter().map(|&x| x.into()).sum::<f64>() / values.len() as f64
}

fn central_moment<T: Value>(values: &[T], order: i32) -> f64 {
    let mean = mean(values);
    values.iter().map(|&x| (x.into() - mean).powi(order)).sum::<f64>() / values.len() as f64
}

fn standardised_moment<T: Value>(values: &[T], order: i32) -> f64 {
    if is_constant(values) {
        return 0.0;
    }
    let deviation = central_moment(values, 2).sqrt();
    central_moment(values, order) / deviation.powi(order)
}

/// 3, or 0 for a constant column, whose kurtosis is 0 by definition here.
fn kurtosis_of_normal<T: Value>(values: &[T]) -> f64 {
    if is_constant(values) { 0.0 } else { 3.0 }
}

/// Not by its deviation, which a rounded mean leaves a trace in.
fn is_constant<T: Value>(values: &[T]) -> bool {
    values.iter().all(|&x| x.into() == values[0].into())
}
