//! One cell: a feature set, a model and a fold.

use blemore_eval::PerMeasure;
use serde::{Deserialize, Serialize};

use crate::{Architecture, EpochRecord};

/// A feature set, a model and a held-out fold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The feature set.
    pub features: String,
    /// The model.
    pub model: Architecture,
    /// The held-out fold.
    pub fold: i64,
    /// The name of its subfolder in a results folder; ends with the hash of all its inputs.
    pub name: String,
}

impl std::fmt::Display for Cell {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}, {}, fold {}", self.features, self.model, self.fold)
    }
}

/// What a cell gave: every epoch, and the first one with the highest composite of both accuracies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellResult {
    /// The feature set.
    pub features: String,
    /// The model.
    pub model: Architecture,
    /// The held-out fold.
    pub fold: i64,
    /// The best epoch: the cell's result.
    pub best: EpochRecord,
    /// Every epoch.
    pub epochs: Vec<EpochRecord>,
}

/// The best epoch of a cell, as scripts read it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CellLine {
    /// The feature set.
    pub features: String,
    /// The model.
    pub model: String,
    /// The held-out fold.
    pub fold: i64,
    /// The best epoch, from 1.
    pub epoch: usize,
    /// Mean of the losses of its training batches.
    pub train_loss: f64,
    /// Mean of the losses of its validation batches.
    pub val_loss: f64,
    /// Its presence threshold.
    pub alpha: f64,
    /// Its salience threshold.
    pub beta: f64,
    /// ACC_presence on the fold.
    pub acc_presence: f64,
    /// ACC_salience on the fold.
    pub acc_salience: f64,
}

impl CellResult {
    /// Both accuracies of the best epoch.
    pub fn accuracies(&self) -> PerMeasure<f64> {
        self.best.accuracies()
    }

    /// The best epoch as one flat record.
    pub fn line(&self) -> CellLine {
        CellLine {
            features: self.features.clone(),
            model: self.model.to_string(),
            fold: self.fold,
            epoch: self.best.epoch,
            train_loss: self.best.train_loss,
            val_loss: self.best.val_loss,
            alpha: self.best.alpha,
            beta: self.best.beta,
            acc_presence: self.best.acc_presence,
            acc_salience: self.best.acc_salience,
        }
    }
}
