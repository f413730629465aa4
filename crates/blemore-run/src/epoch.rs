//! What a fit reports: one record per epoch.

use blemore_eval::PerMeasure;
use serde::{Deserialize, Serialize};

/// What one epoch of a fit with validation gave.
///
/// ```
/// use blemore_run::EpochRecord;
///
/// let record = EpochRecord { acc_presence: 0.3, acc_salience: 0.1, ..EpochRecord::default() };
/// assert_eq!(record.composite(0.5), 0.2);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// The epoch, from 1.
    pub epoch: usize,
    /// Mean of the losses of the training batches.
    pub train_loss: f64,
    /// Mean of the losses of the validation batches.
    pub val_loss: f64,
    /// Presence threshold that the grid search chose on the validation clips; 0 where the head gives labels, which need no
    /// thresholds.
    pub alpha: f64,
    /// Salience threshold that it chose, or 0.
    pub beta: f64,
    /// ACC_presence on the validation clips at these thresholds, or by the expected score.
    pub acc_presence: f64,
    /// ACC_salience on the validation clips, decoded in the same way.
    pub acc_salience: f64,
    /// Best ACC_presence at any thresholds of the grid; without thresholds, ACC_presence.
    pub presence_only: f64,
    /// Best ACC_salience at any thresholds of the grid; without thresholds, ACC_salience.
    pub salience_only: f64,
}

impl EpochRecord {
    /// [`PerMeasure::composite`], by which epochs are compared.
    pub fn composite(&self, presence_weight: f64) -> f64 {
        self.accuracies().composite(presence_weight)
    }

    /// Both accuracies.
    pub fn accuracies(&self) -> PerMeasure<f64> {
        PerMeasure { presence: self.acc_presence, salience: self.acc_salience }
    }

    /// The thresholds of the epoch.
    pub fn thresholds(&self) -> blemore_eval::Thresholds {
        blemore_eval::Thresholds { alpha: self.alpha, beta: self.beta }
    }
}

/// What one epoch of a fit without validation gave.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrainRecord {
    /// The epoch, from 1.
    pub epoch: usize,
    /// Mean of the losses of the training batches.
    pub train_loss: f64,
}

impl From<&EpochRecord> for TrainRecord {
    fn from(record: &EpochRecord) -> Self {
        Self { epoch: record.epoch, train_loss: record.train_loss }
    }
}
