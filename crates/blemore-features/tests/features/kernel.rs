//! The kernel against the plainest code there is, bit for bit, on every instruction set that the processor has;
//! and the f64 statistics against another library.

use blemore_features::{AggregationError, Aggregator, InstructionSet, Statistic, Workspace};
use ndarray::{Array1, Array2, ArrayView2, Axis, ShapeBuilder, s};
use ndarray_stats::interpolate::Linear;
use ndarray_stats::{Quantile1dExt as _, QuantileExt as _};
use noisy_float::types::n64;
use proptest::prelude::*;

/// One column at a time: copied, sorted, read off.
fn plain(statistics: &[Statistic], frames: ArrayView2<'_, f32>) -> Vec<f32> {
    let columns: Vec<Vec<f32>> = frames.columns().into_iter().map(|column| column.to_vec()).collect();
    let values =
        |&statistic: &Statistic| columns.iter().map(move |column| plain_statistic(statistic, column));
    statistics.iter().flat_map(values).collect()
}

fn plain_statistic(statistic: Statistic, values: &[f32]) -> f32 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f32::total_cmp);
    let (frames, origin) = (values.len() as f64, f64::from(values[0]));
    let differences = values.iter().map(|value| f64::from(*value) - origin);
    let shift = differences.clone().fold(0.0, |sum, difference| sum + difference) / frames;
    let squares = differences.fold(0.0, |sum, difference| sum + difference * difference);
    let variance = (squares / frames - shift * shift).max(0.0);
    match statistic {
        Statistic::Mean => (origin + shift) as f32,
        Statistic::StandardDeviation => variance.sqrt() as f32,
        Statistic::Variance => variance as f32,
        Statistic::Minimum => sorted[0],
        Statistic::Maximum => sorted[sorted.len() - 1],
        Statistic::Quantile(quantile) => plain_quantile(&sorted, quantile),
        other => panic!("{other} is not known here"),
    }
}

/// numpy's rule: index (T - 1) q in f64, then f32 from the nearer end; through f64 where the difference overflows.
fn plain_quantile(sorted: &[f32], quantile: f64) -> f32 {
    let index = (sorted.len() - 1) as f64 * quantile;
    let (lower, fraction) = (index.floor() as usize, index.fract());
    let (low, high) = (sorted[lower], sorted[lower + usize::from(fraction > 0.0)]);
    let difference = high - low;
    if difference.is_infinite() {
        (f64::from(low) + (f64::from(high) - f64::from(low)) * fraction) as f32
    } else if fraction < 0.5 {
        low + difference * fraction as f32
    } else {
        high - difference * (1.0 - fraction) as f32
    }
}

/// Every instruction set gives the plain answer; each with a workspace that other clips have used.
fn check(statistics: &[Statistic], frames: ArrayView2<'_, f32>) {
    let expected = plain(statistics, frames);
    for instructions in InstructionSet::available() {
        let aggregator =
            Aggregator::new(statistics.to_vec()).unwrap().with_instructions(instructions).unwrap();
        let mut workspace = Workspace::new();
        let other = Array2::<f32>::from_elem((70, 9), f32::MAX);
        aggregator
            .aggregate_with(&mut workspace, other.view(), &mut vec![0.0; 9 * statistics.len()])
            .unwrap();
        let mut found = vec![0.0; expected.len()];
        aggregator.aggregate_with(&mut workspace, frames, &mut found).unwrap();
        for (place, (found, expected)) in found.iter().zip(&expected).enumerate() {
            let (statistic, dimension) = (statistics[place / frames.ncols()], place % frames.ncols());
            assert!(
                found.to_bits() == expected.to_bits(),
                "{statistic} of dimension {dimension} of {:?}, {instructions:?}: {found:e}, expected \
                 {expected:e}",
                frames.dim()
            );
        }
    }
}

/// A generator without state to keep: the same numbers for the same place.
fn noise(place: usize) -> u32 {
    let mut z = (place as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z >> 32) as u32
}

fn uniform(place: usize) -> f32 {
    noise(place) as f32 / u32::MAX as f32 - 0.5
}

#[test]
fn every_number_of_frames_up_to_1100() {
    for frames in 1..=1100 {
        let clip = Array2::from_shape_fn((frames, 17), |(t, d)| uniform(frames * 31 + t * 17 + d));
        check(&Statistic::PAPER, clip.view());
    }
}

#[test]
fn every_number_of_dimensions_up_to_70() {
    for dimensions in 1..=70 {
        let clip = Array2::from_shape_fn((37, dimensions), |(t, d)| uniform(t * dimensions + d));
        check(&Statistic::PAPER, clip.view());
    }
}

#[test]
fn long_clips() {
    for frames in [2047, 4096, 4097, 5000, 9001, 16_384, 20_000] {
        let noisy = Array2::from_shape_fn((frames, 9), |(t, d)| uniform(t * 9 + d));
        check(&Statistic::PAPER, noisy.view());
        let rising = Array2::from_shape_fn((frames, 9), |(t, d)| (t * (d + 1)) as f32);
        check(&Statistic::PAPER, rising.view());
        let periodic = Array2::from_shape_fn((frames, 9), |(t, d)| ((t % (d + 2)) * 1000 + t) as f32);
        check(&Statistic::PAPER, periodic.view());
        let constant = Array2::from_elem((frames, 9), -3.25);
        check(&Statistic::PAPER, constant.view());
    }
}

#[test]
fn every_rank_of_a_clip() {
    for frames in [2, 15, 16, 17, 33, 100, 257, 300] {
        let clip = Array2::from_shape_fn((frames, 3), |(t, d)| uniform(t * 3 + d));
        let quantiles = (0..frames)
            .map(|rank| Statistic::Quantile(rank as f64 / (frames - 1) as f64))
            .collect::<Vec<_>>();
        for one in &quantiles {
            check(std::slice::from_ref(one), clip.view());
        }
        check(&quantiles, clip.view());
    }
}

#[test]
fn memory_layouts() {
    let clip = Array2::from_shape_fn((75, 66), |(t, d)| uniform(t * 66 + d));
    let fortran = Array2::from_shape_fn((75, 66).f(), |(t, d)| clip[(t, d)]);
    check(&Statistic::PAPER, fortran.view());
    check(&Statistic::PAPER, clip.t());
    check(&Statistic::PAPER, clip.slice(s![.., 3..40]));
    check(&Statistic::PAPER, clip.slice(s![..;-1, ..;-1]));
    check(&Statistic::PAPER, clip.slice(s![..;3, ..;2]));
    check(&Statistic::PAPER, clip.row(0).broadcast((5, 66)).unwrap());
}

#[test]
fn a_clip_without_dimensions_has_an_empty_row() {
    assert_eq!(Aggregator::default().aggregate(Array2::zeros((5, 0)).view()), Ok(Array1::zeros(0)));
}

#[test]
fn the_first_value_that_is_not_finite_is_named_wherever_it_is() {
    for instructions in InstructionSet::available() {
        for statistics in [Statistic::PAPER.as_slice(), &[Statistic::Quantile(0.3)], &[Statistic::Maximum]] {
            let aggregator =
                Aggregator::new(statistics.to_vec()).unwrap().with_instructions(instructions).unwrap();
            for (frames, dimensions) in [(1, 1), (15, 5), (16, 16), (70, 31), (300, 24)] {
                for faulty in
                    [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::from_bits(0x7fff_ffff)]
                {
                    for place in [0, frames * dimensions / 2, frames * dimensions - 1] {
                        let mut clip = Array2::from_elem((frames, dimensions), 1.0);
                        clip.as_slice_mut().unwrap()[place] = faulty;
                        let error = aggregator.aggregate(clip.view()).unwrap_err();
                        let AggregationError::NonFinite { frame, dimension, value, count } = error else {
                            panic!("{error}")
                        };
                        assert_eq!((frame, dimension, count), (place / dimensions, place % dimensions, 1));
                        assert_eq!(value.to_bits(), faulty.to_bits());
                    }
                }
            }
        }
    }
}

/// Finite values of every magnitude, and few enough different ones that many are equal.
fn hard_value() -> impl Strategy<Value = f32> {
    let special =
        [0.0, -0.0, 1e-45, -1e-45, f32::MIN_POSITIVE, 1.0, -1.0, f32::MAX, f32::MIN, 1e8, 1e8 + 8.0];
    prop_oneof![
        proptest::sample::select(special.to_vec()),
        any::<u32>().prop_map(f32::from_bits).prop_filter("finite", |value| value.is_finite()),
        (-3_i8..3).prop_map(f32::from),
    ]
}

fn any_statistic() -> impl Strategy<Value = Statistic> {
    prop_oneof![
        proptest::sample::select(vec![
            Statistic::Mean,
            Statistic::StandardDeviation,
            Statistic::Variance,
            Statistic::Minimum,
            Statistic::Maximum,
        ]),
        (0.0..=1.0).prop_map(Statistic::Quantile),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn hard_values(
        (frames, dimensions) in (1_usize..200, 1_usize..40),
        statistics in proptest::collection::vec(any_statistic(), 1..9),
        values in proptest::collection::vec(hard_value(), 1..200),
        seed in any::<u32>(),
    ) {
        let value = |place: usize| values[noise(place + seed as usize) as usize % values.len()];
        let clip = Array2::from_shape_fn((frames, dimensions), |(t, d)| value(t * dimensions + d));
        check(&statistics, clip.view());
        check(&Statistic::PAPER, clip.view());
    }
}

const ALL: [Statistic; 10] = [
    Statistic::Mean,
    Statistic::StandardDeviation,
    Statistic::Quantile(0.1),
    Statistic::Quantile(0.25),
    Statistic::Quantile(0.5),
    Statistic::Quantile(0.75),
    Statistic::Quantile(0.9),
    Statistic::Variance,
    Statistic::Minimum,
    Statistic::Maximum,
];

#[test]
fn f64_statistics_are_those_of_another_library() {
    let frames = Array2::from_shape_fn((37, 5), |(t, d)| 1e6 + ((t * 7 + d * 3) as f64 * 0.37).sin() * 0.01);
    let found = Aggregator::new(ALL).unwrap().aggregate_f64(frames.view()).unwrap();
    let found = found.into_shape_with_order((ALL.len(), 5)).unwrap();
    let close = |row: usize, expected: Array1<f64>| {
        for (found, expected) in found.row(row).iter().zip(&expected) {
            approx::assert_relative_eq!(*found, *expected, max_relative = 1e-8);
        }
    };
    close(0, frames.mean_axis(Axis(0)).unwrap());
    close(1, frames.std_axis(Axis(0), 0.0));
    close(7, frames.var_axis(Axis(0), 0.0));
    close(8, frames.map_axis(Axis(0), |column| *column.min().unwrap()));
    close(9, frames.map_axis(Axis(0), |column| *column.max().unwrap()));
    for (row, fraction) in (2..).zip([0.1, 0.25, 0.5, 0.75, 0.9]) {
        let quantile = |column: ndarray::ArrayView1<'_, f64>| {
            column.mapv(n64).quantile_mut(n64(fraction), &Linear).unwrap().raw()
        };
        close(row, frames.map_axis(Axis(0), quantile));
    }
}

#[test]
fn f64_values_far_apart_have_percentiles() {
    for (frames, quantile, expected) in
        [([-1e308, 1e308], 0.5, 0.0), ([f64::MIN, f64::MAX], 0.25, f64::MIN * 0.5)]
    {
        let frames = Array2::from_shape_vec((2, 1), frames.to_vec()).unwrap();
        let found = Aggregator::new([Statistic::Quantile(quantile)]).unwrap().aggregate_f64(frames.view());
        approx::assert_relative_eq!(found.unwrap()[0], expected, max_relative = 1e-12);
    }
}

#[test]
fn statistics_have_short_names() {
    let names = |statistics: &[Statistic]| statistics.iter().map(Statistic::to_string).collect::<Vec<_>>();
    assert_eq!(names(&Statistic::PAPER), ["mean", "std", "p10", "p25", "p50", "p75", "p90"]);
    for percent in (0..=1000).map(|percent| f64::from(percent) / 10.0) {
        assert_eq!(Statistic::Quantile(percent / 100.0).to_string(), format!("p{percent}"));
    }
}

proptest! {
    /// The same as the f32 kernel, up to what rounding each step to f32 loses.
    #[test]
    fn f64_statistics_of_f32_values_are_those_of_the_kernel(
        (frames, dimensions) in (1_usize..60, 1_usize..20),
        values in prop::collection::vec(-100.0_f32..100.0, 1..200),
    ) {
        let value = |(t, d)| values[(t * dimensions + d) % values.len()];
        let single = Array2::from_shape_fn((frames, dimensions), value);
        let aggregator = Aggregator::new(ALL).unwrap();
        let double = aggregator.aggregate_f64(single.mapv(f64::from).view()).unwrap();
        let found = aggregator.aggregate(single.view()).unwrap();
        for (place, (double, found)) in double.iter().zip(found).enumerate() {
            let tolerance = 1e-5 * double.abs().max(100.0);
            let (statistic, difference) = (ALL[place / dimensions], (double - f64::from(found)).abs());
            prop_assert!(difference <= tolerance, "{statistic}: {double} {found}");
        }
    }
}
