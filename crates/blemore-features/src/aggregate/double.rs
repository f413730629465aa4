//! Statistics of f64 frames, every step in f64: one column after the other, sorted. For values that f32 does
//! not hold, such as time stamps; the fast kernel is for f32.

use ndarray::ArrayView2;

use super::Statistic;
use super::column::{Moments, Position};

/// The statistics of (T, D) finite frames, T at least 1, statistic by statistic.
pub(super) fn aggregate(statistics: &[Statistic], frames: ArrayView2<'_, f64>) -> Vec<f64> {
    let dimensions = frames.ncols();
    let mut out = vec![0.0; statistics.len() * dimensions];
    let mut values = Vec::new();
    for (dimension, column) in frames.columns().into_iter().enumerate() {
        values.clear();
        values.extend(column);
        let mut moments = Moments::of(values[0]);
        values.iter().for_each(|value| moments.add(*value));
        values.sort_unstable_by(f64::total_cmp);
        for (block, statistic) in statistics.iter().enumerate() {
            out[block * dimensions + dimension] = one(*statistic, &values, &moments);
        }
    }
    out
}

fn one(statistic: Statistic, sorted: &[f64], moments: &Moments) -> f64 {
    match statistic {
        Statistic::Mean => moments.mean_f64(),
        Statistic::StandardDeviation => moments.variance().sqrt(),
        Statistic::Variance => moments.variance(),
        Statistic::Minimum => sorted[0],
        Statistic::Maximum => sorted[sorted.len() - 1],
        Statistic::Quantile(fraction) => quantile(sorted, fraction),
    }
}

/// numpy's `percentile` of f64 values: from the nearer end.
fn quantile(sorted: &[f64], fraction: f64) -> f64 {
    let at = Position::of(fraction, sorted.len());
    let (lower, upper) = (sorted[at.lower], sorted[at.upper]);
    let difference = upper - lower;
    if difference.is_infinite() {
        // Two finite values too far apart for their difference.
        lower * (1.0 - at.fraction) + upper * at.fraction
    } else if at.fraction < 0.5 {
        lower + difference * at.fraction
    } else {
        upper - difference * (1.0 - at.fraction)
    }
}
