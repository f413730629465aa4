//! Thresholds without look-ahead: each fold is decoded with the thresholds of the other folds.

use blemore_eval::{GridSearch, Probabilities, ProbabilityTable, nested_selection};
use blemore_labels::Label;
use blemore_run::files::{as_predicted, probabilities_file};
use blemore_run::{Architecture, NestedSummary, ResultsFolder};

use super::CrossValidation;
use crate::Error;

impl CrossValidation<'_> {
    /// Chooses the thresholds of each fold on the other folds, for every model, from the probabilities in a results
    /// folder.
    ///
    /// # Errors
    /// [`blemore_run::Error::NotInRun`] for a model with a fold that is not finished, [`Error::Eval`] when
    /// probabilities cannot be read.
    pub fn nested(&self, folder: &ResultsFolder) -> Result<Vec<NestedSummary>, Error> {
        self.models.iter().map(|model| self.nested_of(model, folder)).collect()
    }

    fn nested_of(&self, model: &Architecture, folder: &ResultsFolder) -> Result<NestedSummary, Error> {
        let (mut rows, mut labels, mut folds) = (Vec::new(), Vec::new(), Vec::new());
        for cell in self.cells().iter().filter(|cell| cell.model == *model) {
            let path = probabilities_file(folder, &cell.name);
            if !path.is_file() {
                return Err(blemore_run::Error::NotInRun { model: model.clone() }.into());
            }
            rows.extend_from_slice(as_predicted(&ProbabilityTable::read(path)?)?.rows());
            let validation = self.folds.split(cell.fold)?.validation;
            labels.extend(validation.iter().map(|row| self.labels[*row]));
            folds.extend(validation.iter().map(|_| cell.fold));
        }
        let search = GridSearch::default().presence_weight(self.recipe.presence_weight);
        let choose = |probabilities: &Probabilities<f32>, labels: &[Label]| {
            Ok(search.search(probabilities, labels)?.thresholds)
        };
        let nested = nested_selection(&Probabilities::new(rows)?, &labels, &folds, choose)?.nested();
        Ok(NestedSummary {
            features: self.features().to_owned(),
            model: model.to_string(),
            accuracies: nested.accuracies,
        })
    }
}
