//! How much of a machine a fit needs.

use blemore_run::FeatureAlignment;

use crate::fused_layer::FusedLayer;
use crate::{Device, ModelShape, Recipe};

/// Arrays as large as the weights: weights, both moments, and the weights of the best epoch.
const COPIES: usize = 4;
/// What correlation alignment holds at once, in f64: the rows of both sides as they are, centred, whitened and aligned, and
/// for the eigenvectors three squares of rows by rows.
const ALIGNED_COPIES: usize = 4;
const SQUARES: usize = 3;

/// How much of a machine a fit needs: see [`Footprint::of`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    /// Memory in bytes, without the features: weights, their moments, their gradients, the best epoch's weights, and
    /// batches; with alignment also what it takes and leaves.
    pub bytes: usize,
    /// Whether more [`Trainer::threads`](crate::Trainer::threads) make nearly all of the fit faster. They make small
    /// models, and products that libtorch computes, little or no faster.
    pub uses_threads: bool,
}

impl Footprint {
    /// What a fit of a model of this shape needs on this number of examples. Batches are no larger than that.
    pub fn of(recipe: &Recipe, device: Device, shape: &ModelShape, examples: usize) -> Self {
        let (batch_size, width) = (recipe.batch_size.min(examples), shape.width());
        let layers = shape.layers();
        let parameters: usize = layers.iter().map(|(outputs, inputs)| outputs * (inputs + 1)).sum();
        let uses_threads = FusedLayer::is_for(recipe, device, shape);
        let (gradients, batches) = match (uses_threads, layers.first()) {
            (true, Some((outputs, inputs))) => {
                (parameters - outputs * inputs, FusedLayer::batch_values(batch_size, width))
            }
            _ => (parameters, batch_size * width),
        };
        let values = COPIES * parameters + gradients + batches;
        Self { bytes: values * size_of::<f32>() + of_alignment(recipe, examples, width), uses_threads }
    }
}

/// The aligned rows stay, in f32, as long as the fit; the others are there before it.
fn of_alignment(recipe: &Recipe, examples: usize, width: usize) -> usize {
    match recipe.alignment {
        FeatureAlignment::None => 0,
        FeatureAlignment::Correlation => {
            let doubles = ALIGNED_COPIES * examples * width + SQUARES * examples * examples;
            doubles * size_of::<f64>() + examples * width * size_of::<f32>()
        }
    }
}
