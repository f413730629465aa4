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
    pub fn new(cells: Vec<CellResult>) -> Self {
        let summary = cells
            .chunk_by(|a, b| a.model == b.model && a.features == b.features)
            .map(|folds| ModelSummary {
                features: folds[0].features.clone(),
                model: folds[0].model.to_string(),
                accuracies: PerMeasure::spread(folds.iter().map(CellResult::accuracies)),
                folds: folds.len(),
            })
            .collect();
        Self { cells, summary }
    }

    /// The models, in order.
    pub fn models(&self) -> Vec<&Architecture> {
        self.cells.chunk_by(|a, b| a.model == b.model).map(|folds| &folds[0].model).collect()
    }

    /// The fold of a model with the highest composite of both accuracies (of equal ones the first): the one whose
    /// thresholds the held-out test takes.
    ///
    /// # Errors
    /// [`Error::NotInRun`] when the run has no cell of the model.
    pub fn best_fold(&self, model: &Architecture, presence_weight: f64) -> Result<&CellResult, Error> {
        let composite = |cell: &CellResult| cell.accuracies().composite(presence_weight);
        self.cells
            .iter()
            .filter(|cell| cell.model == *model)
            .reduce(|best, cell| if composite(cell) > composite(best) { cell } else { best })
            .ok_or_else(|| Error::NotInRun { model: model.clone() })
    }
}

impl Serialize for CrossValidated {
    /// The document that `blemore cross-validate --json` prints: `cells`, one flat record each, and `summary`.
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
        }
        let cells = self.cells.iter().map(|cell| Line { names: cell.names(), best: &cell.best }).collect();
        Document { cells, summary: &self.summary }.serialize(serializer)
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
