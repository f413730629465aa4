//! What a network that was fine-tuned gives for clips.

use tch::{Tensor, no_grad};

use super::inputs::ClipInputs;
use super::network::{clip_logits, clip_outputs};
use crate::libtorch::Threads;
use crate::{ClipOutputs, Error, FineTunedModel};

impl FineTunedModel {
    /// What the head gives for these clips, in their order: the outputs of a clip's views are averaged before the softmax.
    ///
    /// On several threads libtorch sums in another order: with another number of threads, last digits differ.
    ///
    /// # Errors
    /// What keeps a clip from being read; [`Error::NoExamples`] without clips; [`Error::Torch`].
    pub fn outputs(
        &self,
        inputs: &dyn ClipInputs,
        clips: &[usize],
        threads: usize,
    ) -> Result<ClipOutputs, Error> {
        if clips.is_empty() {
            return Err(Error::NoExamples { part: "test" });
        }
        let _threads = Threads::limited(threads);
        clip_outputs(&self.recipe, &clip_logits(&self.network, inputs, clips)?)
    }

    /// Sets all weights to these values, in the network's order.
    pub(super) fn set_weights(&mut self, values: &[Tensor]) -> Result<(), Error> {
        for (weight, values) in self.network.weights().iter().zip(values) {
            no_grad(|| Ok::<_, Error>(weight.tensor.f_detach()?.f_copy_(values).map(drop)?))?;
        }
        Ok(())
    }
}
