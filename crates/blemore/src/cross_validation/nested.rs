//! Thresholds without look-ahead: each fold decoded by what the other folds chose.

use blemore_eval::{GridSearch, Probabilities, ProbabilityTable, nested_selection};
use blemore_models::Architecture;
use serde::Serialize;

use super::CrossValidation;
use super::run::PROBABILITIES_FILE;
use crate::{AccuracySpread, Error, ResultsFolder};

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
    pub accuracies: AccuracySpread,
}

/// Probabilities of a cell as the model gave them: f32, so that differences between them are what they were when the
/// thresholds were chosen.
pub(crate) fn as_predicted(table: &ProbabilityTable) -> Result<Probabilities<f32>, Error> {
    #[expect(clippy::cast_possible_truncation, reason = "exact: the values were f32")]
    let rows = table.probabilities().iter().map(|row| row.map(|value| value as f32));
    Ok(Probabilities::new(rows.collect())?)
}

impl CrossValidation<'_> {
    /// Chooses the thresholds of each fold on the other folds, for every model, from the probabilities in a results
    /// folder.
    ///
    /// # Errors
    /// [`Error::NotInRun`] for a model with a fold that is not finished, [`Error::Eval`] when probabilities cannot be read.
    pub fn nested(&self, folder: &ResultsFolder) -> Result<Vec<NestedSummary>, Error> {
        self.models.iter().map(|model| self.nested_of(model, folder)).collect()
    }

    fn nested_of(&self, model: &Architecture, folder: &ResultsFolder) -> Result<NestedSummary, Error> {
        let (mut rows, mut labels, mut folds) = (Vec::new(), Vec::new(), Vec::new());
        for cell in self.cells().iter().filter(|cell| cell.model == *model) {
            let path = folder.of_result(&cell.name).join(PROBABILITIES_FILE);
            if !path.is_file() {
                return Err(Error::NotInRun { model: model.clone() });
            }
            rows.extend_from_slice(as_predicted(&ProbabilityTable::read(path)?)?.rows());
            let validation = self.folds.split(cell.fold)?.validation;
            labels.extend(validation.iter().map(|row| self.labels[*row]));
            folds.extend(validation.iter().map(|_| cell.fold));
        }
        let search = GridSearch::default().presence_weight(self.config.presence_weight);
        let nested = nested_selection(&Probabilities::new(rows)?, &labels, &folds, &search)?.nested();
        Ok(NestedSummary {
            features: self.features().to_owned(),
            model: model.to_string(),
            accuracies: AccuracySpread {
                acc_presence: nested.acc_presence,
                acc_salience: nested.acc_salience,
            },
        })
    }
}
