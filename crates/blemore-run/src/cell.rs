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

/// The names of a cell, as scripts read them.
#[derive(Serialize)]
pub(crate) struct CellNames<'a> {
    features: &'a str,
    model: String,
    fold: i64,
}

impl CellResult {
    /// Both accuracies of the best epoch.
    pub fn accuracies(&self) -> PerMeasure<f64> {
        self.best.accuracies()
    }

    pub(crate) fn names(&self) -> CellNames<'_> {
        CellNames { features: &self.features, model: self.model.to_string(), fold: self.fold }
    }
}
