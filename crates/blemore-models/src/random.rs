//! Where initial weights and shuffles come from.

mod generator;

use serde::{Deserialize, Serialize};

use crate::{Architecture, ModelShape};
pub(crate) use generator::TorchGenerator;

/// A seed made of another seed and `bytes`: by FNV-1a, whose definition never changes, and a final mix.
pub(crate) fn hash(seed: u64, bytes: &[u8]) -> u64 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let push = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(PRIME);
    let hash = seed.to_le_bytes().iter().chain(bytes).fold(BASIS, push);
    let mixed = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    mixed ^ (mixed >> 33)
}

/// The random numbers of one or several fits: initial weights, and the order of the examples in each epoch.
///
/// [`RandomSource::reference`] is the published baseline's one stream of numbers: its models and folds draw from it in
/// turn. [`RandomSource::independent`] gives each cell (feature set, model, fold) its own stream, so that cells can be
/// trained in any order and on any machine. Neither touches libtorch's global generator, so both can be used from several
/// threads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RandomSource(Stream);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Stream {
    Reference(TorchGenerator),
    Independent { key: u64 },
}

impl RandomSource {
    /// The published baseline's stream, seeded once with `seed` (42 in its code).
    ///
    /// Use this one source for all fits in the published order: folds 0 to 4 of a model, then the next model. Or skip
    /// the earlier fits with [`RandomSource::skip_fit`].
    pub fn reference(seed: u64) -> Self {
        Self(Stream::Reference(TorchGenerator::new(seed)))
    }

    /// A stream of its own for the cell that `key` names; `key` should name everything in which cells differ.
    pub fn independent(seed: u64, key: &str) -> Self {
        Self(Stream::Independent { key: hash(seed, key.as_bytes()) })
    }

    /// Moves past one cross-validation fit of the published code: the initial weights of `architecture` on
    /// `n_features` inputs and `n_epochs` epochs, each with its validation.
    ///
    /// So cells of a reference run can be trained side by side. An independent stream has nothing to skip.
    pub fn skip_fit(&mut self, architecture: &Architecture, n_features: usize, n_epochs: usize) {
        if let Stream::Reference(generator) = &mut self.0 {
            let weights: u64 = ModelShape::published(architecture, n_features)
                .layers()
                .into_iter()
                .map(|(outputs, inputs)| (outputs * inputs + outputs) as u64)
                .sum();
            generator
                .skip(weights + (n_epochs * INTEGERS_PER_EPOCH) as u64 * TorchGenerator::DRAWS_PER_INTEGER);
        }
    }

    /// Draws initial weights from their generator, layer by layer: see [`TorchGenerator::fill_layer`].
    pub(crate) fn draw_weights<R>(&mut self, draw: impl FnOnce(&mut TorchGenerator) -> R) -> R {
        match &mut self.0 {
            Stream::Reference(generator) => draw(generator),
            Stream::Independent { key } => draw(&mut TorchGenerator::new(hash(*key, b"initial weights"))),
        }
    }

    /// The order in which the `n` examples are taken in `epoch` (from 1).
    pub(crate) fn training_order(&mut self, epoch: usize, n: usize) -> Vec<usize> {
        let seed = match &mut self.0 {
            Stream::Reference(generator) => {
                // The published loader draws a base seed for worker processes that it does not have.
                generator.integer();
                generator.integer()
            }
            Stream::Independent { key } => hash(*key, &(epoch as u64).to_le_bytes()),
        };
        TorchGenerator::new(seed).permutation(n)
    }

    /// A seed for what is drawn beside weights and orders: it depends on the cell and on `what` alone. A stream of the
    /// published order has none; it is not moved.
    pub(crate) fn seed_of(&self, what: &str) -> u64 {
        match &self.0 {
            Stream::Reference(_) => hash(0, what.as_bytes()),
            Stream::Independent { key } => hash(*key, what.as_bytes()),
        }
    }

    /// Draws what the published code draws in one validation pass.
    pub(crate) fn pass_validation(&mut self) {
        if let Stream::Reference(generator) = &mut self.0 {
            generator.integer();
        }
    }
}

/// Integers that the published code draws in an epoch: two for the training loader, one for the validation loader.
const INTEGERS_PER_EPOCH: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn independent_orders_depend_on_key_and_epoch_alone() {
        let order = |key, epoch| RandomSource::independent(42, key).training_order(epoch, 100);
        let mut source = RandomSource::independent(42, "a");
        assert_ne!(source.training_order(8, 100), order("a", 9));
        assert_eq!(source.training_order(9, 100), order("a", 9));
        assert_ne!(order("a", 9), order("b", 9));
    }
}
