//! Thresholds without look-ahead: each fold is decoded with the thresholds of the other folds.

use blemore_eval::{GridSearch, MeanStd, PerMeasure, Probabilities, nested_selection};
use blemore_labels::{Emotion, Label};
use blemore_run::files::{probabilities_file, read_outputs};
use blemore_run::{Architecture, CellResult, ClipOutputs, NestedSummary, ResultsFolder};

use super::CrossValidation;
use crate::Error;

impl CrossValidation<'_> {
    /// Chooses the thresholds of each fold on the other folds, for every model, from the probabilities in a results
    /// folder. A head that gives labels has no thresholds; its own labels are scored.
    ///
    /// # Errors
    /// [`blemore_run::Error::NotInRun`] for a model with a fold that is not finished, [`Error::Eval`] when
    /// probabilities cannot be read.
    pub fn nested(&self, folder: &ResultsFolder) -> Result<Vec<NestedSummary>, Error> {
        self.models.iter().map(|model| self.nested_of(model, folder)).collect()
    }

    fn nested_of(&self, model: &Architecture, folder: &ResultsFolder) -> Result<NestedSummary, Error> {
        let mut clips = Clips::default();
        let mut decided = Vec::new();
        for cell in self.cells().iter().filter(|cell| cell.model == *model) {
            if !probabilities_file(folder, &cell.name).is_file() {
                return Err(blemore_run::Error::NotInRun { model: model.clone() }.into());
            }
            let validation = self.folds.split(cell.fold)?.validation;
            let labels = validation.iter().map(|row| self.labels[*row]).collect::<Vec<_>>();
            match read_outputs(folder, &cell.name)?.outputs()? {
                ClipOutputs::Emotions(rows) => clips.push(&rows, labels, cell.fold),
                outputs @ ClipOutputs::Labels(_) => {
                    let result = folder.read::<CellResult>(&cell.name)?;
                    let result =
                        result.ok_or_else(|| blemore_run::Error::NotInRun { model: model.clone() })?;
                    decided.push(result.decision().score(&outputs, &labels)?.accuracies());
                }
            }
        }
        let accuracies = match decided.is_empty() {
            true => clips.nested(self.recipe.presence_weight)?,
            false => PerMeasure::spread(decided),
        };
        Ok(NestedSummary { features: self.features().to_owned(), model: model.to_string(), accuracies })
    }
}

/// Out-of-fold probabilities of all folds.
#[derive(Default)]
struct Clips {
    rows: Vec<[f32; Emotion::COUNT]>,
    labels: Vec<Label>,
    folds: Vec<i64>,
}

impl Clips {
    fn push(&mut self, rows: &Probabilities<f32>, labels: Vec<Label>, fold: i64) {
        self.rows.extend_from_slice(rows.rows());
        self.folds.extend(labels.iter().map(|_| fold));
        self.labels.extend(labels);
    }

    fn nested(self, presence_weight: f64) -> Result<PerMeasure<MeanStd>, Error> {
        let search = GridSearch::default().presence_weight(presence_weight);
        let choose = |probabilities: &Probabilities<f32>, labels: &[Label]| {
            Ok(search.search(probabilities, labels)?.thresholds)
        };
        let selection = nested_selection(&Probabilities::new(self.rows)?, &self.labels, &self.folds, choose)?;
        Ok(selection.nested().accuracies)
    }
}
