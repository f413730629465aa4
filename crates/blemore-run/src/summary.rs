//! Means and deviations over folds.

use blemore_eval::{MeanStd, PerMeasure};
use serde::Serialize;

use crate::cell::CellNames;
use crate::{Architecture, CellResult, EpochRecord, Error};

/// All finished cells of a run, and their summary.
#[derive(Clone, Debug, PartialEq)]
pub struct CrossValidated {
    /// The cells, model by model.
    pub cells: Vec<CellResult>,
    /// Each model over its folds, in the order of the models.
    pub summary: Vec<ModelSummary>,
    /// How many cells of the run are not there.
    pub missing: usize,
    /// Cells that were left out, because they cannot be used.
    pub damaged: Vec<Damage>,
}

/// A result that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{name}: {problem}")]
pub struct Damage {
    /// The name of its folder.
    pub name: String,
    /// What is wrong with it.
    pub problem: String,
}

/// One model over the folds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelSummary {
    /// The feature set.
    pub features: String,
    /// The model.
    pub model: String,
    /// Mean and sample standard deviation of both accuracies.
    #[serde(flatten)]
    pub accuracies: PerMeasure<MeanStd>,
    /// The number of folds they are taken over.
    pub folds: usize,
}

impl CrossValidated {
    /// Of finished cells, model by model.
    pub fn new(cells: Vec<CellResult>, missing: usize, damaged: Vec<Damage>) -> Self {
        let summary = cells
            .chunk_by(|a, b| a.cell.model == b.cell.model)
            .map(|folds| ModelSummary {
                features: folds[0].cell.features.clone(),
                model: folds[0].cell.model.to_string(),
                accuracies: PerMeasure::spread(folds.iter().map(CellResult::accuracies)),
                folds: folds.len(),
            })
            .collect();
        Self { cells, summary, missing, damaged }
    }

    /// The models, in order.
    pub fn models(&self) -> Vec<&Architecture> {
        self.cells.chunk_by(|a, b| a.cell.model == b.cell.model).map(|folds| &folds[0].cell.model).collect()
    }

    /// The cells of a model, fold by fold.
    pub fn cells_of(&self, model: &Architecture) -> impl Iterator<Item = &CellResult> {
        self.cells.iter().filter(move |cell| cell.cell.model == *model)
    }

    /// The fold of a model with the highest composite of both accuracies (of equal ones the first): the one whose
    /// thresholds the held-out test takes.
    ///
    /// # Errors
    /// [`Error::NotInRun`] when the run has no cell of the model.
    pub fn best_fold(&self, model: &Architecture, presence_weight: f64) -> Result<&CellResult, Error> {
        let composite = |cell: &CellResult| cell.accuracies().composite(presence_weight);
        self.cells_of(model)
            .reduce(|best, cell| if composite(cell) > composite(best) { cell } else { best })
            .ok_or_else(|| Error::NotInRun { model: model.clone() })
    }
}

impl Serialize for CrossValidated {
    /// The document that `blemore cross-validate --json` prints: `cells`, one flat record each, `summary`, and
    /// what the folder does not hold.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Line<'a> {
            #[serde(flatten)]
            names: CellNames<'a>,
            #[serde(flatten)]
            best: &'a EpochRecord,
        }
        #[derive(Serialize)]
        struct Document<'a> {
            cells: Vec<Line<'a>>,
            summary: &'a [ModelSummary],
            missing: usize,
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            damaged: &'a [Damage],
        }
        let cells = self.cells.iter().map(|cell| Line { names: cell.names(), best: &cell.best }).collect();
        Document { cells, summary: &self.summary, missing: self.missing, damaged: &self.damaged }
            .serialize(serializer)
    }
}

/// One model over the folds, each decoded with the thresholds that the other folds' clips chose.
///
/// The paper tunes alpha and beta on the fold that it reports, and names that as a limitation. The epoch of each fold is
/// still the one that was best on the fold itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NestedSummary {
    /// The feature set.
    pub features: String,
    /// The model.
    pub model: String,
    /// Mean and sample standard deviation of both accuracies.
    #[serde(flatten)]
    pub accuracies: PerMeasure<MeanStd>,
}
