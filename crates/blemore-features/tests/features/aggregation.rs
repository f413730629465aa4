//! Descriptors of hard clips, held against numpy's own answers and exact arithmetic.
//!
//! `tests/fixtures/aggregation.py` writes the file read here.

use blemore_features::{Aggregator, InstructionSet, Statistic};
use ndarray::{Array2, s};
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    /// Bits of T lists of D values.
    clip: Vec<Vec<u32>>,
    /// Bits of numpy's 10th, 25th, 50th, 75th and 90th percentiles.
    percentiles: Vec<Vec<u32>>,
    /// Bits of the exact means and variances, rounded to f64.
    mean: Vec<u64>,
    variance: Vec<u64>,
    /// Bits of how far numpy's f32 means and deviations are off.
    numpy_mean_error: Vec<u64>,
    numpy_deviation_error: Vec<u64>,
}

impl Case {
    fn clip(&self) -> Array2<f32> {
        Array2::from_shape_fn((self.clip.len(), self.clip[0].len()), |at| {
            f32::from_bits(self.clip[at.0][at.1])
        })
    }

    /// The seven blocks, a line each.
    fn descriptors(&self, instructions: InstructionSet) -> Array2<f32> {
        let aggregator = Aggregator::default().with_instructions(instructions).unwrap();
        let row = aggregator.aggregate(self.clip().view()).unwrap();
        row.into_shape_with_order((Statistic::PAPER.len(), self.clip[0].len())).unwrap()
    }
}

fn cases() -> Vec<Case> {
    let fixture: Fixture = serde_json::from_str(include_str!("../fixtures/aggregation.json")).unwrap();
    fixture.cases
}

/// Equal as numbers: numpy leaves open which of two zeros comes first.
#[test]
fn percentiles_are_those_of_numpy_to_the_last_bit() {
    for case in cases() {
        for instructions in InstructionSet::available() {
            let found = case.descriptors(instructions);
            let expected =
                Array2::from_shape_fn(found.slice(s![2.., ..]).dim(), |(percentile, dimension)| {
                    f32::from_bits(case.percentiles[percentile][dimension])
                });
            assert_eq!(found.slice(s![2.., ..]), expected, "{}, {instructions:?}", case.name);
        }
    }
}

#[test]
fn means_and_deviations_are_the_exact_ones_rounded_and_never_worse_than_those_of_numpy() {
    for case in cases() {
        for instructions in InstructionSet::available() {
            let found = case.descriptors(instructions);
            let mean = case.mean.iter().map(|&mean| f64::from_bits(mean));
            let deviation = case.variance.iter().map(|&variance| f64::from_bits(variance).sqrt());
            let expected: Vec<f64> = mean.chain(deviation).collect();
            let numpy_errors = case.numpy_mean_error.iter().chain(&case.numpy_deviation_error);
            for (place, (expected, &numpy_error)) in expected.into_iter().zip(numpy_errors).enumerate() {
                let dimensions = found.ncols();
                let found = found[(place / dimensions, place % dimensions)];
                assert_eq!(found, expected as f32, "{}, place {place}", case.name);
                let error = (f64::from(found) - expected).abs();
                assert!(error <= f64::from_bits(numpy_error), "{}, place {place}: {error:e}", case.name);
            }
        }
    }
}
