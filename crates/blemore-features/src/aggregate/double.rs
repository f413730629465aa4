//! Statistics of f64 frames, every step in f64: one column after the other, sorted. For values that f32 does
//! not hold, such as time stamps; the fast kernel is for f32.

use ndarray::ArrayView2;

use super::Statistic;
use super::column::{self, Moments, Position};
use crate::npy::narrow;

/// The statistics of (T, D) finite frames, T at least 1, statistic by statistic.
pub(super) fn aggregate(statistics: &[Statistic], frames: ArrayView2<'_, f64>) -> Vec<f64> {
    let dimensions = frames.ncols();
    let mut out = vec![0.0; statistics.len() * dimensions];
    let (mut values, mut sorted) = (Vec::new(), Vec::new());
    for (dimension, column) in frames.columns().into_iter().enumerate() {
        values.clear();
        values.extend(column);
        sorted.clone_from(&values);
        sorted.sort_unstable_by(f64::total_cmp);
        let moments = moments(&values);
        for (block, statistic) in statistics.iter().enumerate() {
            out[block * dimensions + dimension] = one(*statistic, &values, &sorted, &moments);
        }
    }
    out
}

fn one(statistic: Statistic, values: &[f64], sorted: &[f64], moments: &Moments) -> f64 {
    let (first, last) = (sorted[0], sorted[sorted.len() - 1]);
    match statistic {
        Statistic::Mean => moments.mean_f64(),
        Statistic::StandardDeviation => moments.variance().sqrt(),
        Statistic::Variance => moments.variance(),
        Statistic::Skewness => column::skewness(values),
        Statistic::Kurtosis => column::kurtosis(values),
        Statistic::Minimum => first,
        Statistic::Maximum => last,
        Statistic::Range => last - first,
        Statistic::InterquartileRange => quantile(sorted, 0.75) - quantile(sorted, 0.25),
        Statistic::Quantile(fraction) => quantile(sorted, fraction),
        Statistic::Custom(custom) => {
            let values: Vec<f32> = values.iter().copied().map(narrow).collect();
            (custom.compute)(&values).into()
        }
    }
}

fn moments(values: &[f64]) -> Moments {
    let mut moments = Moments { frames: values.len(), origin: values[0], sum: 0.0, squares: 0.0 };
    for value in values {
        let difference = value - moments.origin;
        moments.sum += difference;
        moments.squares += difference * difference;
    }
    moments
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

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Axis};
    use ndarray_stats::interpolate::Linear;
    use ndarray_stats::{Quantile1dExt as _, QuantileExt as _};
    use noisy_float::types::n64;
    use proptest::prelude::*;

    use super::*;
    use crate::Aggregator;

    const ALL: [Statistic; 13] = [
        Statistic::Mean,
        Statistic::StandardDeviation,
        Statistic::Quantile(0.1),
        Statistic::Quantile(0.25),
        Statistic::Quantile(0.5),
        Statistic::Quantile(0.75),
        Statistic::Quantile(0.9),
        Statistic::Variance,
        Statistic::Skewness,
        Statistic::Kurtosis,
        Statistic::Minimum,
        Statistic::Maximum,
        Statistic::InterquartileRange,
    ];

    #[test]
    fn percentiles_means_and_deviations_are_those_of_another_library() {
        let frames =
            Array2::from_shape_fn((37, 5), |(t, d)| 1e6 + ((t * 7 + d * 3) as f64 * 0.37).sin() * 0.01);
        let found = Array2::from_shape_vec((13, 5), aggregate(&ALL, frames.view())).unwrap();
        let close = |row: usize, expected: ndarray::Array1<f64>| {
            for (found, expected) in found.row(row).iter().zip(&expected) {
                approx::assert_relative_eq!(*found, *expected, max_relative = 1e-8);
            }
        };
        close(0, frames.mean_axis(Axis(0)).unwrap());
        close(1, frames.std_axis(Axis(0), 0.0));
        close(10, frames.map_axis(Axis(0), |column| *column.min().unwrap()));
        for (row, fraction) in (2..).zip([0.1, 0.25, 0.5, 0.75, 0.9]) {
            let mut noisy = frames.mapv(n64);
            let mut columns = noisy.columns_mut().into_iter();
            let expected = std::iter::from_fn(|| {
                Some(columns.next()?.quantile_mut(n64(fraction), &Linear).unwrap().raw())
            });
            close(row, expected.collect());
        }
    }

    #[test]
    fn values_far_apart_have_percentiles() {
        assert_eq!(quantile(&[-1e308, 1e308], 0.5), 0.0);
        approx::assert_relative_eq!(
            quantile(&[f64::MIN, f64::MAX], 0.25),
            f64::MIN * 0.5,
            max_relative = 1e-12
        );
    }

    proptest! {
        /// The same as the f32 kernel, up to what rounding each step to f32 loses.
        #[test]
        fn f32_values_have_the_statistics_of_the_kernel(
            (frames, dimensions) in (1_usize..60, 1_usize..20),
            values in prop::collection::vec(-100.0_f32..100.0, 1..200),
        ) {
            let value = |(t, d)| values[(t * dimensions + d) % values.len()];
            let single = Array2::from_shape_fn((frames, dimensions), value);
            let double = aggregate(&ALL, single.mapv(f64::from).view());
            let found = Aggregator::new(ALL).unwrap().aggregate(single.view()).unwrap();
            for (place, (double, found)) in double.iter().zip(found).enumerate() {
                let tolerance = 1e-5 * double.abs().max(100.0);
                let (statistic, difference) = (ALL[place / dimensions], (double - f64::from(found)).abs());
                prop_assert!(difference <= tolerance, "{statistic}: {double} {found}");
            }
        }
    }
}
