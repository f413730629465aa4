//! The pass compared with its definition, step by step.

use blemore_features::StandardizedRows;
use blemore_simd::Plain;
use ndarray::ArrayView2;

use super::kernel::{Products, Step, Sweep};
use super::panels::{Panels, side_by_side};
use super::*;
use crate::optimizer::adam;
use crate::random::TorchGenerator;

/// Outputs, inputs, rows of the batch whose gradient is taken, rows of the next.
const SHAPES: [[usize; 4]; 9] = [
    [1, 1, 1, 1],
    [3, 5, 2, 17],
    [4, 64, 8, 32],
    [16, 192, 32, 32],
    [17, 193, 32, 5],
    [35, 400, 9, 40],
    [70, 205, 193, 16],
    [8, 16, 400, 33],
    [9, 384, 32, 0],
];

/// Everything that a pass reads and writes.
#[derive(Clone)]
struct Scene {
    outputs: usize,
    inputs: usize,
    batch: Vec<f32>,
    delta: Vec<f32>,
    next: Vec<f32>,
    weights: Vec<f32>,
    first: Vec<f32>,
    second: Vec<f32>,
    /// Shape `(outputs, next rows)`, as what the products are added to and as their result.
    sums: Vec<f32>,
}

impl Scene {
    fn new([outputs, inputs, rows, next]: [usize; 4]) -> Self {
        let mut generator = TorchGenerator::new(inputs as u64);
        let mut numbers = |n: usize, scale: f32| {
            let mut numbers = vec![0.0; n];
            generator.fill_uniform(-scale, scale, &mut numbers);
            numbers
        };
        let second = numbers(outputs * inputs, 1e-4).iter().map(|second| second.abs()).collect();
        Self {
            outputs,
            inputs,
            batch: numbers(rows * inputs, 2.0),
            delta: numbers(rows * outputs, 0.01),
            next: numbers(next * inputs, 2.0),
            weights: numbers(outputs * inputs, 0.1),
            first: numbers(outputs * inputs, 0.01),
            second,
            sums: numbers(outputs * next, 1.0),
        }
    }

    /// Everything that a pass writes.
    fn bits(&self) -> [Vec<u32>; 4] {
        [&self.weights, &self.first, &self.second, &self.sums]
            .map(|numbers| numbers.iter().map(|number| number.to_bits()).collect())
    }

    /// The definition of a pass, one number after the other.
    fn by_definition(mut self, c: &Coefficients) -> Self {
        let (outputs, inputs) = (self.outputs, self.inputs);
        let in_blocks = |terms: Vec<(f32, f32)>, start: Option<f32>| {
            terms.chunks(BLOCK).fold(start, |total, block| {
                let sum = block.iter().fold(0.0, |sum, (a, b)| a.mul_add(*b, sum));
                Some(total.map_or(sum, |total| total + sum))
            })
        };
        let mut gradient = vec![0.0; outputs * inputs];
        for (index, gradient) in gradient.iter_mut().enumerate() {
            let (output, input) = (index / inputs, index % inputs);
            let rows = self.batch.chunks_exact(inputs).zip(self.delta.chunks_exact(outputs));
            let terms = rows.map(|(features, delta)| (delta[output], features[input])).collect();
            *gradient = in_blocks(terms, None).unwrap();
        }
        adam::step(c, &mut self.weights, &gradient, &mut self.first, &mut self.second);
        let rows = self.next.len() / inputs;
        for (index, sum) in self.sums.iter_mut().enumerate() {
            let (output, row) = (index / rows, index % rows);
            let weights = self.weights[output * inputs..][..inputs].iter().copied();
            let terms = weights.zip(self.next[row * inputs..][..inputs].iter().copied()).collect();
            *sum = in_blocks(terms, Some(*sum)).unwrap();
        }
        self
    }

    /// The same by a pass, in two shares.
    fn by_pass(mut self, c: &Coefficients, run: impl Fn(Sweep<'_>)) -> Self {
        let inputs = self.inputs;
        let panels = |values: &[f32]| {
            let mut panels = Panels::new(values.len() / inputs, inputs).unwrap();
            let (rows, values) = matrix(values, inputs);
            panels.fill(&values, &rows, 1).unwrap();
            panels
        };
        let (mut batch, mut next) = (panels(&self.batch), panels(&self.next));
        let (rows, padded) = (self.next.len() / inputs, next.padded());
        let mut sums = vec![0.0; self.outputs * padded];
        for output in 0..self.outputs {
            sums[output * padded..][..rows].copy_from_slice(&self.sums[output * rows..][..rows]);
        }
        let (batch, next) = (batch.view().unwrap(), next.view().unwrap());
        let cut = self.outputs / 2 / ROWS * ROWS;
        let mut delta = Vec::new();
        side_by_side(&self.delta, self.outputs, &mut delta);
        for (first_output, end) in [(0, cut), (cut, self.outputs)] {
            let range = first_output * inputs..end * inputs;
            run(Sweep {
                weights: &mut self.weights[range.clone()],
                inputs,
                step: Some(Step {
                    coefficients: c,
                    batch,
                    delta: &delta,
                    first_output,
                    first: &mut self.first[range.clone()],
                    second: &mut self.second[range],
                }),
                products: (padded > 0)
                    .then(|| Products { batch: next, sums: &mut sums[first_output * padded..end * padded] }),
            });
        }
        for output in 0..self.outputs {
            self.sums[output * rows..][..rows].copy_from_slice(&sums[output * padded..][..rows]);
        }
        self
    }
}

#[test]
fn every_processor_is_bit_identical_to_the_definition() {
    for shape in SHAPES {
        let scene = Scene::new(shape);
        let expected = scene.clone().by_definition(&Coefficients::EXAMPLE);
        let plain =
            scene.clone().by_pass(&Coefficients::EXAMPLE, |sweep| sweep.blocks::<Plain, 1, 2, 3, 2>(Plain));
        assert!(plain.bits() == expected.bits(), "{shape:?}, plain");
        for instructions in InstructionSet::available() {
            let passed = scene.clone().by_pass(&Coefficients::EXAMPLE, |sweep| instructions.run(sweep));
            assert!(passed.bits() == expected.bits(), "{shape:?}, {instructions:?}");
        }
    }
}

/// Values as a matrix, and the numbers of its rows.
fn matrix(values: &[f32], width: usize) -> (Vec<usize>, StandardizedRows<'_>) {
    let rows = values.len() / width;
    ((0..rows).collect(), ArrayView2::from_shape((rows, width), values).unwrap().into())
}
