//! The first layer of a network with hidden layers, which holds nearly all weights: its gradient, its step and its
//! products with the next batch, in one pass over memory.
//!
//! Three passes would each read all weights, and would write the gradient, which is as large as the weights, to memory
//! and read it back. Here each block of weights that fits into a cache is read once per step (`kernel`). The values of a
//! batch are stored in the order in which the pass reads them (`panels`).
//!
//! Terms are multiplied and added one after the other with one rounding, in blocks of [`BLOCK`], and the sum of each
//! block is added to the sum so far. This order is fixed, so results depend neither on the processor's instructions nor
//! on the number of threads.

mod kernel;
mod panels;
#[cfg(test)]
mod tests;

use std::mem;

use blemore_features::StandardizedRows;
use blemore_simd::InstructionSet;
use tch::{Device, Tensor};

use crate::libtorch::{values_mut, zeros};
use crate::network::{Network, Pass};
use crate::optimizer::Moments;
use crate::optimizer::adam::Coefficients;
use crate::work_queue;
use crate::{Arithmetic, EncoderFusion, Error, ModelShape, Recipe};

use kernel::{Products, ROWS, Step, Sweep};
use panels::{Panels, side_by_side};

/// Terms of a sum that are added up before they are added to the others.
pub(crate) const BLOCK: usize = 192;
/// Weights of a large layer: with both moments, three times as much as a second-level cache holds.
const MANY: usize = 1 << 18;
/// Fewest rows in a share of the weights: each share reads both batches.
const ROWS_PER_SHARE: usize = 32;
/// Shares per thread, so that all threads are busy until the end.
const SHARES_PER_THREAD: usize = 4;

/// What the training of the first layer needs besides weights and moments.
#[derive(Debug)]
pub(crate) struct FusedLayer {
    instructions: InstructionSet,
    threads: usize,
    outputs: usize,
    /// The batch whose gradient comes next.
    current: Panels,
    /// The batch after that.
    next: Panels,
    /// Gradients of the outputs for the current batch.
    delta: Vec<f32>,
    /// Bias plus products of `next` with the weights, shape `(outputs, rows of the batch)`, padded as the panels are.
    sums: Tensor,
}

impl FusedLayer {
    /// Whether this is faster than libtorch for the first layer of a model of this shape: where fusion is early and there is
    /// a hidden layer, the weights are too many for the caches, and the processor has fused multiply-add.
    pub(crate) fn is_faster(shape: &ModelShape) -> bool {
        let is_large = matches!(shape.layers()[..], [(outputs, inputs), _, ..] if outputs * inputs >= MANY);
        is_large
            && shape.fusion() == EncoderFusion::Early
            && InstructionSet::detect() != InstructionSet::Portable
    }

    /// Whether a fit of a model of this shape computes its first layer here.
    pub(crate) fn is_for(recipe: &Recipe, device: crate::Device, shape: &ModelShape) -> bool {
        recipe.arithmetic == Arithmetic::Fast && device == crate::Device::Cpu && Self::is_faster(shape)
    }

    /// Number of values in its copies of batches.
    pub(crate) fn batch_values(batch: usize, inputs: usize) -> usize {
        2 * Panels::values(batch, inputs)
    }

    /// For batches of up to `batch` rows, on this number of threads. The network is in main memory.
    pub(crate) fn new(network: &Network, batch: usize, threads: usize) -> Result<Self, Error> {
        let (outputs, inputs) = network.layers[0].weight.size2()?;
        let (outputs, inputs) = (outputs as usize, inputs as usize);
        let (current, next) = (Panels::new(batch, inputs)?, Panels::new(batch, inputs)?);
        Ok(Self {
            instructions: InstructionSet::detect(),
            threads: threads.max(1),
            outputs,
            sums: zeros(&[outputs, next.padded()], Device::Cpu)?,
            current,
            next,
            delta: Vec::new(),
        })
    }

    /// Takes these rows as the next batch.
    pub(crate) fn load(&mut self, inputs: &StandardizedRows<'_>, rows: &[usize]) -> Result<(), Error> {
        self.next.fill(inputs, rows, self.threads)
    }

    /// As [`load`](Self::load), on other threads, if there are any, while this one does `work`.
    pub(crate) fn load_during<R>(
        &mut self,
        inputs: &StandardizedRows<'_>,
        rows: &[usize],
        work: impl FnOnce() -> R,
    ) -> Result<R, Error> {
        let others = self.threads - 1;
        if others == 0 {
            self.load(inputs, rows)?;
            return Ok(work());
        }
        work_queue::beside(|| self.next.fill(inputs, rows, others), work)
    }

    /// Writes the outputs of the next batch before their ReLU to `out`, shape `(rows, outputs)`. It becomes the current
    /// batch.
    pub(crate) fn forward(&mut self, network: &mut Network, out: &mut Tensor) -> Result<(), Error> {
        self.pass(network, None)?;
        self.transpose(out)
    }

    /// Logits of the next batch, shape `(B, outputs of the head)`; the output of every layer stays in `pass`.
    pub(crate) fn logits(&mut self, network: &mut Network, pass: &mut Pass) -> Result<Tensor, Error> {
        let rows = self.next.rows() as i64;
        self.forward(network, &mut pass.outputs[0])?;
        network.forward_above(rows, pass)
    }

    /// Moves the weights by the gradient of the current batch, given the gradient of its outputs, shape `(rows,
    /// outputs)`; then as [`forward`](Self::forward) if there is a next batch. The bias has made its step already.
    pub(crate) fn step(
        &mut self,
        coefficients: &Coefficients,
        network: &mut Network,
        moments: &mut Moments,
        delta: &mut Tensor,
        out: Option<&mut Tensor>,
    ) -> Result<(), Error> {
        if out.is_none() {
            self.next.clear();
        }
        self.pass(network, Some((coefficients, moments, delta)))?;
        out.map_or(Ok(()), |out| self.transpose(out))
    }

    /// One pass over the weights, in shares of their rows.
    fn pass(
        &mut self,
        network: &mut Network,
        step: Option<(&Coefficients, &mut Moments, &mut Tensor)>,
    ) -> Result<(), Error> {
        let layer = &mut network.layers[0];
        let (outputs, columns) = (self.outputs, self.next.padded());
        let bias = values_mut(&mut layer.bias)?;
        let sums = &mut values_mut(&mut self.sums)?[..outputs * columns];
        if columns > 0 {
            sums.chunks_exact_mut(columns).zip(bias).for_each(|(sums, bias)| sums.fill(*bias));
        }
        let weights = values_mut(&mut layer.weight)?;
        let inputs = weights.len() / outputs.max(1);
        let shares = match self.threads {
            1 => 1,
            threads => SHARES_PER_THREAD.saturating_mul(threads).min(outputs / ROWS_PER_SHARE).max(1),
        };
        let rows = outputs.div_ceil(shares).next_multiple_of(ROWS);
        let (mut first, mut second) = (&mut [][..], &mut [][..]);
        let step = match step {
            None => None,
            Some((coefficients, moments, delta)) => {
                first = values_mut(&mut moments.first.weight)?;
                second = values_mut(&mut moments.second.weight)?;
                side_by_side(values_mut(delta)?, outputs, &mut self.delta);
                Some((coefficients, self.current.view()?, &self.delta[..]))
            }
        };
        let next = self.next.view()?;
        let mut moments = first.chunks_mut(rows * inputs).zip(second.chunks_mut(rows * inputs));
        let mut sums = sums.chunks_mut((rows * columns).max(1));
        let shares = weights.chunks_mut(rows * inputs).enumerate().map(|(share, weights)| Sweep {
            weights,
            inputs,
            step: step.zip(moments.next()).map(|((coefficients, batch, delta), (first, second))| Step {
                coefficients,
                batch,
                delta,
                first_output: share * rows,
                first,
                second,
            }),
            products: sums.next().map(|sums| Products { batch: next, sums }),
        });
        let instructions = self.instructions;
        work_queue::side_by_side(self.threads, shares.collect(), |share| instructions.run(share));
        Ok(())
    }

    /// Writes the sums row by row, and makes the next batch the current one.
    fn transpose(&mut self, out: &mut Tensor) -> Result<(), Error> {
        let (rows, columns) = (self.next.rows(), self.next.padded());
        let sums = &values_mut(&mut self.sums)?[..self.outputs * columns];
        for (row, out) in values_mut(out)?.chunks_exact_mut(self.outputs).take(rows).enumerate() {
            for (out, sums) in out.iter_mut().zip(sums.chunks_exact(columns)) {
                *out = sums[row];
            }
        }
        mem::swap(&mut self.current, &mut self.next);
        Ok(())
    }
}
