//! The network with its optimiser: a step of a batch, and what it gives for clips.

use std::path::Path;

use blemore_encoders::{HiCmaeConfig, Pass, TrainableHiCmae, Weight, WeightFile};
use blemore_run::FineTuning;
use tch::{Kind, Tensor, no_grad};

use super::inputs::{ClipExamples, ClipInput, ClipInputs, ahead, stacked};
use crate::batch::{Evaluation, Outputs};
use crate::network::objective::Loss;
use crate::optimizer::{apply, coefficients};
use crate::random::hash;
use crate::{ClipOutputs, Error, Recipe};

/// How a network is computed; but for `own_threads`, its numbers do not depend on it on one machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Means {
    pub(super) device: tch::Device,
    /// Threads of this crate's own step of the optimiser; `None` where libtorch's operations make it.
    pub(super) own_threads: Option<usize>,
    /// Whether activations are computed again instead of kept.
    pub(super) recomputes: bool,
}

/// A HiCMAE, both moments of each of its weights, and the number of steps made.
pub(super) struct FineTunedNetwork<'a> {
    pub(super) network: TrainableHiCmae,
    /// First and second.
    pub(super) moments: Vec<[Tensor; 2]>,
    pub(super) steps: u64,
    recipe: &'a Recipe,
    settings: FineTuning,
    means: Means,
}

/// One batch: places of clips, and one seed per clip.
pub(super) struct Drawn<'b> {
    pub(super) places: &'b [usize],
    pub(super) seeds: &'b [u64],
}

impl<'a> FineTunedNetwork<'a> {
    /// Reads a checkpoint; `seed` is that of a new head.
    pub(super) fn load(
        checkpoint: &Path,
        config: &HiCmaeConfig,
        (recipe, settings): (&'a Recipe, FineTuning),
        seed: u64,
        means: Means,
    ) -> Result<Self, Error> {
        let mut file = WeightFile::open(checkpoint)?;
        let network = TrainableHiCmae::load(config, &mut file, settings.head_scale, seed, means.device)?;
        let zeros = |weight: &Weight| {
            let zeros = || weight.tensor.f_detach()?.f_zeros_like();
            Ok([zeros()?, zeros()?])
        };
        let moments = network.weights().iter().map(zeros).collect::<Result<_, Error>>()?;
        Ok(Self { network, moments, steps: 0, recipe, settings, means })
    }

    /// One step of a batch with this learning rate; gives the loss before it.
    ///
    /// The gradients of a few clips are added up at a time: their sum is that of the whole batch.
    pub(super) fn step(
        &mut self,
        rate: f64,
        examples: &ClipExamples<'_>,
        batch: &Drawn<'_>,
    ) -> Result<f64, Error> {
        let pairs: Vec<(usize, u64)> =
            batch.places.iter().copied().zip(batch.seeds.iter().copied()).collect();
        let parts: Vec<&[(usize, u64)]> = pairs.chunks(self.settings.at_once).collect();
        let window = |(place, seed): &(usize, u64)| examples.inputs.example(examples.clips[*place], *seed);
        let mut loss = 0.0;
        ahead(&parts, window, |part, windows| {
            let share = part.len() as f64 / pairs.len() as f64;
            let places: Vec<usize> = part.iter().map(|(place, _)| *place).collect();
            let paths: Vec<u64> = part.iter().map(|(_, seed)| hash(*seed, b"drop path")).collect();
            loss += share * self.accumulate(&windows, &examples.targets(&places)?, &paths, share)?;
            Ok(())
        })?;
        self.move_weights(rate)?;
        Ok(loss)
    }

    /// Adds the gradients of these windows, times `share`, to those of all weights; gives the loss.
    fn accumulate(
        &self,
        windows: &[ClipInput],
        targets: &Tensor,
        paths: &[u64],
        share: f64,
    ) -> Result<f64, Error> {
        let [faces, log_mel] = stacked(windows)?;
        let mut pass = Pass::training(self.settings.drop_path, paths, self.means.recomputes);
        let logits = self.network.training_logits(&faces, &log_mel, &mut pass)?;
        let targets = targets.f_to_device(self.means.device)?;
        let (loss, gradient) = Loss::of(self.recipe).value_and_gradient(&logits.f_detach()?, &targets)?;
        // A loss that is not finite ends the fit: its gradient is of no use.
        if loss.is_finite() {
            pass.backward(&logits, &gradient.f_mul_scalar(share)?)?;
        }
        Ok(loss)
    }

    /// Moves every weight by the optimiser's step: a layer's learning rate is that of the layer above it times the decay.
    /// Weights of one dimension (biases, norms, shares of layers) do not shrink.
    fn move_weights(&mut self, rate: f64) -> Result<(), Error> {
        self.steps += 1;
        let top = self.network.depth() - 1;
        for (weight, [first, second]) in self.network.weights().iter().zip(&mut self.moments) {
            let mut gradient = weight.tensor.grad();
            if !gradient.defined() {
                continue;
            }
            let rate = rate * self.settings.layer_decay.powi((top - weight.layer) as i32);
            let decay = if weight.tensor.dim() > 1 { self.recipe.weight_decay } else { 0.0 };
            let numbers = coefficients(self.recipe, self.steps, rate, decay);
            // The same memory, but not on the tape.
            let mut values = weight.tensor.f_detach()?;
            no_grad(|| {
                apply(&numbers, self.means.own_threads, [&mut values, &mut gradient, first, second])?;
                Ok::<_, Error>(gradient.f_zero_().map(drop)?)
            })?;
        }
        Ok(())
    }

    /// The mean of the clips' losses, and what the network gives for each.
    pub(super) fn evaluate(&self, examples: &ClipExamples<'_>) -> Result<Evaluation, Error> {
        let places: Vec<usize> = (0..examples.clips.len()).collect();
        let logits = clip_logits(&self.network, examples.inputs, examples.clips)?;
        let loss = Loss::of(self.recipe).value(&logits, &examples.targets(&places)?)?;
        Ok(Evaluation { losses: vec![loss], outputs: clip_outputs(self.recipe, &logits) })
    }

    /// Whether all weights are numbers: in double precision no sum of them overflows.
    pub(super) fn is_finite(&self) -> Result<bool, Error> {
        for weight in self.network.weights() {
            let sum = no_grad(|| weight.tensor.f_sum(Kind::Double))?;
            if !sum.f_double_value(&[])?.is_finite() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// What a network gives for clips before the softmax, `(clips, 6)`: the mean of the outputs of a clip's views.
pub(super) fn clip_logits(
    network: &TrainableHiCmae,
    inputs: &dyn ClipInputs,
    clips: &[usize],
) -> Result<Tensor, Error> {
    let parts: Vec<&[usize]> = clips.chunks(1).collect();
    let mut means = Vec::with_capacity(parts.len());
    let views = |clip: &usize| inputs.views(*clip);
    ahead(&parts, views, |_, clips| {
        for views in &clips {
            let [faces, log_mel] = stacked(views)?;
            let logits = network.logits(&faces, &log_mel)?.f_to_device(tch::Device::Cpu)?;
            means.push(logits.f_mean_dim(0, true, None::<Kind>)?);
        }
        Ok(())
    })?;
    Ok(Tensor::f_cat(&means, 0)?)
}

/// The outputs of a recipe's head.
pub(super) fn clip_outputs(recipe: &Recipe, logits: &Tensor) -> Result<ClipOutputs, Error> {
    let mut outputs = Outputs::new(recipe.head, None);
    outputs.push(logits)?;
    outputs.finish()
}
