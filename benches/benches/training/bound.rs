//! What an epoch cannot do without: its matrix products, and one pass over Adam's arrays for each step.

use std::hint::black_box;
use std::time::{Duration, Instant};

use blemore_models::{Architecture, Head, Recipe};
use tch::{Device, Kind, Tensor};

/// Tensors of the shapes of a fit.
pub(crate) struct Bound {
    layers: Vec<Layer>,
    /// Values, gradients and both moments of all parameters.
    arrays: [Vec<f32>; 4],
    batches: Vec<i64>,
    inputs: Tensor,
}

struct Layer {
    weight: Tensor,
    bias: Tensor,
    output: Tensor,
    delta: Tensor,
    gradient: Tensor,
}

impl Bound {
    pub(crate) fn new(model: &Architecture, width: usize, clips: usize) -> Self {
        let batch = Recipe::default().batch_size;
        let random = |shape: [i64; 2]| Tensor::rand(shape, (Kind::Float, Device::Cpu)) - 0.5;
        let layers = model.layer_shapes(width, Head::Emotions).map(|(outputs, inputs)| Layer {
            weight: random([outputs as i64, inputs as i64]) * 0.01,
            bias: random([1, outputs as i64]).view([-1]),
            output: random([batch as i64, outputs as i64]),
            delta: random([batch as i64, outputs as i64]),
            gradient: random([outputs as i64, inputs as i64]),
        });
        let parameters =
            model.layer_shapes(width, Head::Emotions).map(|(outputs, inputs)| outputs * (inputs + 1)).sum();
        let rows = |start: usize| batch.min(clips - start) as i64;
        Self {
            layers: layers.collect(),
            arrays: std::array::from_fn(|_| vec![0.5; parameters]),
            batches: (0..clips).step_by(batch).map(rows).collect(),
            inputs: random([batch as i64, width as i64]),
        }
    }

    /// The products of all batches of an epoch, each output where it was the last time, inputs always the same.
    pub(crate) fn products(&mut self) -> Duration {
        tch::set_num_threads(1);
        let start = Instant::now();
        for &rows in &self.batches {
            let first = |tensor: &Tensor| tensor.narrow(0, 0, rows);
            let below = |index: usize| match index {
                0 => first(&self.inputs),
                _ => first(&self.layers[index - 1].output),
            };
            for (index, layer) in self.layers.iter().enumerate() {
                let _ =
                    layer.bias.f_addmm_out(&first(&layer.output), &below(index), &layer.weight.tr()).unwrap();
            }
            for (index, layer) in self.layers.iter().enumerate().rev() {
                let delta = first(&layer.delta);
                let _ = delta.tr().f_mm_out(&layer.gradient, &below(index)).unwrap();
                if index > 0 {
                    let _ = delta.f_mm_out(&first(&self.layers[index - 1].delta), &layer.weight).unwrap();
                }
            }
        }
        start.elapsed()
    }

    /// One pass for each batch of an epoch: four arrays read, three written, next to no arithmetic.
    pub(crate) fn memory_passes(&mut self) -> Duration {
        let start = Instant::now();
        for _ in &self.batches {
            let [values, gradients, first, second] = &mut self.arrays;
            for (((value, gradient), first), second) in
                values.iter_mut().zip(&*gradients).zip(first).zip(second)
            {
                *first = *first * 0.5 + gradient;
                *second = *second * 0.5 + gradient;
                *value = *value * 0.5 + *first + *second;
            }
            black_box(&mut self.arrays);
        }
        start.elapsed()
    }
}
