//! Other ways in Rust.

use std::hint::black_box;
use std::time::Instant;

use blemore_benches::median;
use ndarray::{Array2, ArrayView2, Axis, aview1};
use ndarray_stats::QuantileExt;
use ndarray_stats::interpolate::Linear;
use noisy_float::types::{N32, N64, n32, n64};

use super::BUDGET;

/// The five percentiles.
const QUANTILES: [f64; 5] = [0.10, 0.25, 0.50, 0.75, 0.90];

/// Each column copied, its sums taken, sorted, read off.
pub(crate) fn sort(frames: ArrayView2<'_, f32>) {
    let mut values = Vec::with_capacity(frames.nrows());
    for column in frames.columns() {
        values.clear();
        values.extend(&column);
        let count = values.len() as f64;
        let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / count;
        let variance = values.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / count;
        values.sort_unstable_by(f32::total_cmp);
        let quantiles = QUANTILES.map(|quantile| {
            let index = quantile * (count - 1.0);
            let (lower, upper) = (values[index.floor() as usize], values[index.ceil() as usize]);
            lower + (upper - lower) * index.fract() as f32
        });
        black_box((mean as f32, variance.sqrt() as f32, quantiles));
    }
}

/// Median seconds of mean, deviation and `quantiles_axis_mut`, without the copy that it needs because it reorders its input.
pub(crate) fn ndarray_stats(frames: ArrayView2<'_, f32>) -> f64 {
    let ordered: Array2<N32> = frames.mapv(n32);
    let quantiles: [N64; 5] = QUANTILES.map(n64);
    let mut samples = Vec::new();
    let start = Instant::now();
    while samples.len() < 3 || start.elapsed() < BUDGET {
        let mut reordered = ordered.clone();
        let sample = Instant::now();
        black_box((frames.mean_axis(Axis(0)), frames.std_axis(Axis(0), 0.0)));
        black_box(reordered.quantiles_axis_mut(Axis(0), &aview1(&quantiles), &Linear))
            .expect("there are frames, and the quantiles lie in [0, 1]");
        samples.push(sample.elapsed().as_secs_f64());
    }
    median(&samples)
}
