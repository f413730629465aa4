//! What a held-out test gives.

use std::path::PathBuf;

use blemore_eval::{Caveat, MeanStd, PerMeasure};
use serde::{Deserialize, Serialize};

use crate::files::PREDICTIONS_FILE;
use crate::results::StoredResult;
use crate::{Architecture, EncoderWeight, Error, ExpectedScore, ResultsFolder, Run};

/// The held-out test of one model: thresholds of the best fold, a model trained on the whole training partition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldOutResult {
    /// The name of its folder.
    pub name: String,
    /// The feature set.
    pub features: String,
    /// The model.
    pub model: Architecture,
    /// The fold whose thresholds were taken; none for an ensemble.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fold: Option<i64>,
    /// Presence threshold.
    pub alpha: f64,
    /// Salience threshold.
    pub beta: f64,
    /// How probabilities of the labels become one, of a head that gives them; thresholds do nothing then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_score: Option<ExpectedScore>,
    /// The weight of each encoder on the test clips, with gated fusion.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub encoders: Vec<EncoderWeight>,
    /// Epochs of training on the whole training partition.
    pub epochs: usize,
    /// The seed of its random numbers.
    pub seed: u64,
    /// Number of test clips.
    pub n_clips: usize,
    /// The scores; `None` when the test clips have no labels.
    pub scores: Option<HeldOutScores>,
    /// Of an ensemble, what it is made of, and how far its parts are apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ensemble: Option<EnsembleSpread>,
}

/// What an ensemble is made of, and how far its parts are apart on the test clips.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnsembleSpread {
    /// The seeds of its runs.
    pub seeds: Vec<u64>,
    /// The number of models: one per seed and fold.
    pub models: usize,
    /// Mean and sample standard deviation of single models over the folds, each fold's accuracies averaged over the seeds;
    /// `None` when the test clips have no labels.
    pub over_folds: Option<PerMeasure<MeanStd>>,
    /// The same of the ensembles of single seeds over the seeds; `None` for one seed too.
    pub over_seeds: Option<PerMeasure<MeanStd>>,
}

impl HeldOutResult {
    /// The tests in the folder of a run. Damaged ones are refused, or with `keep_going` left out.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::Damaged`].
    pub fn of_run(run: &Run, folder: &ResultsFolder, keep_going: bool) -> Result<Vec<Self>, Error> {
        let mut tests = Vec::new();
        for name in folder.names()? {
            if run.cells.iter().any(|cell| cell.name == name) {
                continue;
            }
            match folder.read::<Self>(&name) {
                Ok(test) => tests.extend(test.filter(|test| test.features == run.features)),
                Err(Error::Damaged { .. }) if keep_going => {}
                Err(error) => return Err(error),
            }
        }
        Ok(tests)
    }

    /// The file of predictions on the test clips.
    pub fn predictions(&self, folder: &ResultsFolder) -> PathBuf {
        folder.of_result(&self.name).join(PREDICTIONS_FILE)
    }
}

impl StoredResult for HeldOutResult {
    fn name(&self) -> &str {
        &self.name
    }
}

/// Scores on the test clips, with 95 % intervals resampled by actor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldOutScores {
    /// Both accuracies.
    #[serde(flatten)]
    pub accuracies: PerMeasure<f64>,
    /// Interval of ACC_presence.
    pub acc_presence_ci: (f64, f64),
    /// Interval of ACC_salience.
    pub acc_salience_ci: (f64, f64),
    /// Why the intervals say less than they seem to, if they do.
    pub caveats: PerMeasure<Option<Caveat>>,
}
