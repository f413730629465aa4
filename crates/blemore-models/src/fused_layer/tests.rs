//! The pass held against its definition, step by step, and against libtorch.

use blemore_features::StandardizedRows;
use blemore_simd::Plain;
use ndarray::ArrayView2;

use super::kernel::{Products, Step, Sweep};
use super::panels::{Panels, side_by_side};
use super::*;
use crate::libtorch::{assign, to_vec};
use crate::optimizer::{Optimizer, adam};
use crate::random::TorchGenerator;
use crate::{Architecture, Model, RandomSource, Recipe};

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
        let mut numbers =
            |n: usize, scale: f32| -> Vec<f32> { (0..n).map(|_| generator.uniform(-scale, scale)).collect() };
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

    /// What a pass is, one number after the other.
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
fn every_processor_gives_the_bits_of_the_definition() {
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

/// A network with one hidden layer, and a batch for it.
fn network(hidden: usize, width: usize, rows: usize) -> (Network, Vec<f32>) {
    let architecture: Architecture = format!("mlp-{hidden}").parse().unwrap();
    let model = Model::untrained(&architecture, width, &mut RandomSource::reference(3));
    let mut generator = TorchGenerator::new(5);
    let batch = (0..rows * width).map(|_| generator.uniform(-2.0, 2.0)).collect();
    (Network::new(&model, Device::Cpu).unwrap(), batch)
}

/// Logits of the batch, computed with this first layer.
fn logits(network: &mut Network, batch: &[f32], rows: usize, fused_layer: Option<FusedLayer>) -> Vec<f32> {
    let width = batch.len() / rows;
    let mut pass = Pass::forward_only(network, rows, Device::Cpu).unwrap();
    let logits = match fused_layer {
        Some(mut fused_layer) => {
            let (order, batch) = matrix(batch, width);
            fused_layer.load(&batch, &order).unwrap();
            fused_layer.logits(network, &mut pass).unwrap()
        }
        None => {
            let mut inputs = zeros(&[rows, width], Device::Cpu).unwrap();
            assign(&mut inputs, batch).unwrap();
            network.forward(&inputs, &mut pass).unwrap()
        }
    };
    to_vec(&logits).unwrap()
}

#[test]
fn outputs_are_libtorchs() {
    for (hidden, width, rows) in [(512, 1408, 32), (256, 217, 7), (130, 30, 40)] {
        let (mut network, batch) = network(hidden, width, rows);
        let Some(fused_layer) = FusedLayer::new(&network, rows, 1).unwrap() else { return };
        let ours = logits(&mut network, &batch, rows, Some(fused_layer));
        let theirs = logits(&mut network, &batch, rows, None);
        for (a, b) in ours.iter().zip(&theirs) {
            // Another processor may add in another order, partial sums of a few units.
            approx::assert_abs_diff_eq!(a, b, epsilon = 1e-5);
        }
    }
}

/// Weights, both moments and the outputs for the next batch after a step on so many threads; `None` where the work is
/// libtorch's.
fn after_a_step(threads: usize) -> Option<[Vec<f32>; 4]> {
    let (hidden, width, rows) = (300, 577, 32);
    let (mut network, batch) = network(hidden, width, 2 * rows);
    let mut fused_layer = FusedLayer::new(&network, rows, threads).unwrap()?;
    let mut moments =
        Optimizer::new(&Recipe::default(), crate::Device::Cpu, &network, 1).unwrap().moments.swap_remove(0);
    let mut outputs = zeros(&[rows, hidden], Device::Cpu).unwrap();
    let mut delta = zeros(&[rows, hidden], Device::Cpu).unwrap();
    assign(&mut delta, &batch[..rows * hidden]).unwrap();
    let (order, inputs) = matrix(&batch, width);
    fused_layer.load(&inputs, &order[..rows]).unwrap();
    fused_layer.forward(&mut network, &mut outputs).unwrap();
    let said = fused_layer.load_during(&inputs, &order[rows..], || "done").unwrap();
    assert_eq!(said, "done");
    let out = Some(&mut outputs);
    fused_layer.step(&Coefficients::EXAMPLE, &mut network, &mut moments, &mut delta, out).unwrap();
    let weights = &network.layers[0].weight;
    Some([weights, &moments.first.weight, &moments.second.weight, &outputs].map(|all| to_vec(all).unwrap()))
}

#[test]
fn threads_do_not_change_a_bit() {
    let alone = after_a_step(1);
    for threads in [2, 3, 7, usize::MAX] {
        assert!(after_a_step(threads) == alone, "{threads} threads");
    }
}

#[test]
fn what_is_said_to_be_here_is_here() {
    for (model, width) in [("linear", 50_000), ("mlp-512", 511), ("mlp-512", 512), ("mlp-16-600", 600)] {
        let architecture: Architecture = model.parse().unwrap();
        let shapes: Vec<_> = architecture.layer_shapes(width).collect();
        let model = Model::untrained(&architecture, width, &mut RandomSource::reference(3));
        let network = Network::new(&model, Device::Cpu).unwrap();
        let here = FusedLayer::if_large(&network, 32, 1).unwrap().is_some();
        assert_eq!(
            FusedLayer::is_for(&Recipe::default(), crate::Device::Cpu, &shapes),
            here,
            "{architecture}, {width}"
        );
    }
}

#[test]
fn a_network_without_hidden_layers_is_left_to_libtorch() {
    let model = Model::untrained(&Architecture::linear(), 2, &mut RandomSource::reference(3));
    let network = Network::new(&model, Device::Cpu).unwrap();
    assert!(FusedLayer::new(&network, 32, 1).unwrap().is_none());
}
