//! What an epoch is worth: accuracies on the validation part, and the thresholds that give them (section "Baselines").

use blemore_eval::{Grid, GridSearch};
use blemore_labels::Label;

use crate::{ClipOutputs, Decision, EpochRecord, Error, ExpectedScore, Recipe};

/// How epochs of a fit are scored and compared.
pub(crate) struct Scoring {
    search: GridSearch,
    /// Decides between labels, where the head gives these.
    expected_score: ExpectedScore,
    presence_weight: f64,
    gives_labels: bool,
}

impl Scoring {
    /// Of this recipe, with the labels of the training part.
    pub(crate) fn new(recipe: &Recipe, training: &[Label]) -> Self {
        let presence_weight = recipe.presence_weight;
        Self {
            search: GridSearch::new(Grid::published()).presence_weight(presence_weight),
            expected_score: ExpectedScore::of_training(presence_weight, training),
            presence_weight,
            gives_labels: recipe.head.gives_labels(),
        }
    }

    /// The record with the accuracies of these outputs, and the best thresholds for them, where the head needs any.
    pub(crate) fn score(
        &self,
        record: EpochRecord,
        outputs: &ClipOutputs,
        labels: &[Label],
    ) -> Result<EpochRecord, Error> {
        let ClipOutputs::Emotions(probabilities) = outputs else {
            let scores = Decision::ExpectedScore(self.expected_score).score(outputs, labels)?;
            let (acc_presence, acc_salience) = (scores.acc_presence(), scores.acc_salience());
            let (presence_only, salience_only) = (acc_presence, acc_salience);
            return Ok(EpochRecord { acc_presence, acc_salience, presence_only, salience_only, ..record });
        };
        let found = self.search.search(probabilities, labels)?;
        Ok(EpochRecord {
            alpha: found.thresholds.alpha,
            beta: found.thresholds.beta,
            acc_presence: found.scores.acc_presence(),
            acc_salience: found.scores.acc_salience(),
            presence_only: found.presence_only,
            salience_only: found.salience_only,
            ..record
        })
    }

    /// Whether a record has a better composite than the best so far.
    pub(crate) fn is_better(&self, record: &EpochRecord, best: &EpochRecord) -> bool {
        record.composite(self.presence_weight) > best.composite(self.presence_weight)
    }

    /// How the outputs of this epoch become labels.
    pub(crate) fn decision(&self, record: &EpochRecord) -> Decision {
        match self.gives_labels {
            true => Decision::ExpectedScore(self.expected_score),
            false => Decision::Thresholds(record.thresholds()),
        }
    }
}
