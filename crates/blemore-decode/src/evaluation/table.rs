//! The table of an evaluation.

use blemore_eval::{Comparison, Estimate, MeanStd, PerMeasure, ScoreReport};
use blemore_labels::{ClipName, Label, PresenceClass};
use serde::Serialize;

use super::Way;
use crate::ByActor;

/// What each way of decoding scores on clips that it has not seen.
#[derive(Debug, Clone, Serialize)]
pub struct Evaluated {
    /// A row for each system and way of decoding; systems in their order, then all together.
    pub rows: Vec<Row>,
    /// The row that the others are compared with: of the system whose thresholds of other folds are the best, the published
    /// protocol on the test. On the folds that protocol looks at what it scores; without a test, the row is that of the
    /// thresholds of other folds.
    pub reference: usize,
    /// All pairs of systems, by the thresholds of the grid learned on other clips, on all held-out clips of folds and
    /// test; by their composite score.
    pub pairs: Vec<SystemPair>,
}

/// A way of decoding and what it scores.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// The system, or all of them.
    pub systems: Vec<String>,
    /// The way of decoding, in words.
    pub method: String,
    /// What it makes of all clips of an actor together.
    pub by_actor: ByActor,
    /// Over the folds: means and sample standard deviations.
    pub folds: PerMeasure<MeanStd>,
    /// All clips of all folds together.
    pub pooled: Measured,
    /// The test clips, if there are any.
    pub test: Option<Measured>,
    /// The composite score less that of the reference, on the test, or on the folds where there is no test. `None` for the
    /// reference itself.
    pub against_reference: Option<Difference>,
    #[serde(skip)]
    pub(super) way: Way,
    #[serde(skip)]
    pub(super) held_out: Vec<(ClipName, Label)>,
}

impl Row {
    /// On the test, or on the folds where there is no test.
    pub fn shown(&self) -> &Measured {
        self.test.as_ref().unwrap_or(&self.pooled)
    }
}

/// Scores with intervals by actor, and means over classes.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    /// ACC_presence.
    pub presence: Estimate,
    /// ACC_salience.
    pub salience: Estimate,
    /// Their mean.
    pub composite: Estimate,
    /// Unweighted average recall over the presence classes in the truth.
    pub uar: f64,
    /// Mean F1 over the presence classes in truth or predictions.
    pub macro_f1: f64,
    /// The recall of each presence class that is in the truth.
    pub recall: Vec<ClassRecall>,
    #[serde(skip)]
    pub(super) report: ScoreReport,
}

/// How many of the clips with a set of emotions were found to have it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ClassRecall {
    /// The set of emotions.
    pub class: PresenceClass,
    /// From 0 to 1.
    pub recall: f64,
    /// Clips that show it.
    pub clips: u64,
}

/// A difference of composite scores on the same clips.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Difference {
    /// Values, difference and interval.
    #[serde(flatten)]
    pub comparison: Comparison,
    /// The p value of the permutation test over actors.
    pub p_permutation: f64,
    /// The same, corrected for the number of comparisons.
    pub p_corrected: f64,
}

/// Two systems compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SystemPair {
    /// The first system. The difference has the name `first` in JSON for its score.
    #[serde(rename = "first_system")]
    pub first: String,
    /// The second system.
    #[serde(rename = "second_system")]
    pub second: String,
    /// The first less the second.
    #[serde(flatten)]
    pub difference: Difference,
}
