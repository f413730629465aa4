//! One cell: a feature set, a model and a fold.

use blemore_eval::PerMeasure;
use serde::{Deserialize, Serialize};

use crate::results::StoredResult;
use crate::{Architecture, Decision, EncoderWeight, EpochRecord, ExpectedScore, Recipe};

/// A feature set, a model and a held-out fold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// The feature set.
    pub features: String,
    /// The model.
    pub model: Architecture,
    /// The held-out fold.
    pub fold: i64,
    /// The name of its subfolder in a results folder; ends with the hash of all its inputs.
    #[serde(deserialize_with = "crate::plain_name::of_folder")]
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
    /// Which cell it is.
    #[serde(flatten)]
    pub cell: Cell,
    /// The run that it belongs to: [`Run::id`](crate::Run).
    pub run: String,
    /// The seed of its random numbers.
    pub seed: u64,
    /// How probabilities of the labels become one, of a head that gives them; thresholds do nothing then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_score: Option<ExpectedScore>,
    /// The weight of each encoder on the clips of the fold, of the best epoch's model, with gated fusion.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub encoders: Vec<EncoderWeight>,
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
    /// The mean over cells of the weight of each encoder; none with early fusion.
    pub fn mean_encoders<'a>(cells: impl IntoIterator<Item = &'a Self>) -> Vec<EncoderWeight> {
        let (mut sums, mut count): (Vec<EncoderWeight>, f64) = (Vec::new(), 0.0);
        for cell in cells {
            count += 1.0;
            match sums.is_empty() {
                true => sums = cell.encoders.clone(),
                false => sums.iter_mut().zip(&cell.encoders).for_each(|(sum, one)| sum.weight += one.weight),
            }
        }
        sums.iter_mut().for_each(|sum| sum.weight /= count);
        sums
    }

    /// Both accuracies of the best epoch.
    pub fn accuracies(&self) -> PerMeasure<f64> {
        self.best.accuracies()
    }

    /// How the cell's outputs become labels.
    pub fn decision(&self) -> Decision {
        Decision::of_result(self.expected_score, self.best.thresholds())
    }

    /// What does not fit together: the epochs with the recipe, the best with the epochs.
    pub(crate) fn problem(&self, recipe: &Recipe) -> Option<String> {
        let (expected, found) = (recipe.epochs, self.epochs.len());
        if self.seed != recipe.seed {
            return Some(format!("its seed is {}, that of the run is {}", self.seed, recipe.seed));
        }
        if expected != found || !self.epochs.iter().map(|record| record.epoch).eq(1..=expected) {
            return Some(format!("it has records of {found} epochs, the run has {expected}"));
        }
        let composite = |record: &EpochRecord| record.composite(recipe.presence_weight);
        let better = |best, record| if composite(record) > composite(best) { record } else { best };
        match self.epochs.iter().reduce(better) {
            Some(best) if *best == self.best => None,
            _ => Some("its best epoch is not the best of its epochs".to_owned()),
        }
    }

    pub(crate) fn names(&self) -> CellNames<'_> {
        CellNames { features: &self.cell.features, model: self.cell.model.to_string(), fold: self.cell.fold }
    }
}

impl StoredResult for CellResult {
    fn name(&self) -> &str {
        &self.cell.name
    }
}
