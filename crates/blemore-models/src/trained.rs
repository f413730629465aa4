//! What a fit gives.

use blemore_run::EpochRecord;

use crate::Model;

/// The result of a fit with validation.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    /// Every epoch in order.
    pub epochs: Vec<EpochRecord>,
    /// The first epoch with the highest composite accuracy: the fold's result.
    pub best: EpochRecord,
    /// The model as it was after that epoch.
    pub model: Model,
}
