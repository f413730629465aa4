//! What a fit of a whole network gives, as data: errors carry it, so it imports none.

use blemore_encoders::{HiCmaeConfig, TrainableHiCmae};

use crate::{ClipOutputs, Decision, EpochRecord, Recipe};

/// The result of a fit: the first epoch with the highest composite accuracy.
#[derive(Debug)]
pub struct FineTuned {
    /// Every epoch in order.
    pub epochs: Vec<EpochRecord>,
    /// The best of them.
    pub best: EpochRecord,
    /// How the network's outputs become labels.
    pub decision: Decision,
    /// What it gave for the validation clips after that epoch.
    pub outputs: ClipOutputs,
    /// The network after that epoch.
    pub model: FineTunedModel,
}

/// A network that was fine-tuned.
#[derive(Debug)]
pub struct FineTunedModel {
    pub(crate) network: TrainableHiCmae,
    pub(crate) recipe: Recipe,
}

impl FineTunedModel {
    /// What it was trained with.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// Its sizes.
    pub fn config(&self) -> &HiCmaeConfig {
        self.network.config()
    }
}
