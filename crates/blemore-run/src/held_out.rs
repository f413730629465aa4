//! What a held-out test gives.

use std::path::PathBuf;

use blemore_eval::{Caveat, PerMeasure};
use serde::{Deserialize, Serialize};

use crate::files::PREDICTIONS_FILE;
use crate::results::StoredResult;
use crate::{Architecture, EncoderWeight, ExpectedScore, ResultsFolder};

/// The held-out test of one model: thresholds of the best fold, a model trained on the whole training partition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldOutResult {
    /// The name of its folder.
    pub name: String,
    /// The feature set.
    pub features: String,
    /// The model.
    pub model: Architecture,
    /// The fold whose thresholds were taken.
    pub fold: i64,
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
}

impl HeldOutResult {
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
