//! Scores blended emotion recognition as the BLEMORE challenge does, after the paper "Not all Blends are Equal: The BLEMORE
//! Dataset of Blended Emotion Expressions with Relative Saliency Annotations".
//!
//! A file of predictions is read, scored by ACC_presence and ACC_salience (section "Evaluation"), and every fault of it is
//! reported; intervals resample actors; a submission is checked against the challenge's rules and bundled.
//!
//! ```
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("predictions.json");
//! # std::fs::write(&path, r#"{"A411_mix_ang_hap_30_70_ver1":
//! #     [{"emotion": "hap", "salience": 50.0}, {"emotion": "ang", "salience": 50.0}]}"#)?;
//! use blemore_eval::{Bootstrap, Measure, Predictions, Scorer};
//!
//! let report = Scorer::from_names().score(&Predictions::read(&path)?)?;
//! assert_eq!((report.scores.acc_presence(), report.scores.acc_salience()), (1.0, 0.0));
//! assert!(report.issues.is_empty());
//! let presence = Bootstrap::default().estimate(&report.actors, Measure::Presence)?;
//! println!("ACC_presence {presence} over {} actors", presence.actors);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A model gives six probabilities a clip, and two thresholds make a label of them (section "From probabilities to
//! predictions"); they are searched for here too, over the published grid or over all real numbers.
//!
//! ```
//! use blemore_eval::{GridSearch, Probabilities, Scores, decode_all};
//!
//! let probabilities = Probabilities::new(vec![
//!     [0.45_f32, 0.05, 0.05, 0.40, 0.05, 0.0],
//!     [0.05, 0.10, 0.70, 0.05, 0.05, 0.05],
//! ])?;
//! let truths = ["ang+hap 50/50".parse()?, "fea".parse()?];
//! let found = GridSearch::default().search(&probabilities, &truths)?;
//! let predicted = decode_all(&probabilities, found.thresholds);
//! assert_eq!(Scores::of_labels(&truths, &predicted)?.acc_presence(), 1.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod decoder;
mod error;
mod intervals;
mod issue;
mod metrics;
mod nested;
mod predictions;
mod probabilities;
mod probability_table;
mod scorer;
mod scores;
mod search;
mod submission;
mod thresholds;
mod truth;

pub use decoder::{
    ArgmaxDecoder, Candidates, ChosenDecoder, Decoder, ExpectedScoreDecoder, ExpectedScoreFit, FitDecoder,
    LabelModel, ModelledDecoder, ModelledFit, ThresholdDecoder, Training,
};
pub use error::Error;
pub use intervals::{
    Bootstrap, Caveat, Comparison, Enumeration, Estimate, Interval, Measure, PairedScores, PermutationResult,
    PermutationTest,
};
pub use issue::{Issue, IssueKind};
pub use metrics::{
    AverageMetrics, Calibration, ClassMetrics, ConfusionMatrix, Divergence, Metrics, ReliabilityBin,
    ReliabilityCurve,
};
pub use nested::{FoldSelection, NestedSelection, Selection, SelectionSummary, nested_selection};
pub use predictions::{Answer, Predictions};
pub use probabilities::{Probabilities, Probability, ProbabilityFault, RowFault, SUM_TOLERANCE};
pub use probability_table::{ProbabilityTable, TableFault, TableProblem};
pub use scorer::{ActorScores, Outcome, ScoreReport, Scorer, Strictness};
pub use scores::{Count, MeanStd, PerMeasure, Scores};
pub use search::{
    ExactResult, ExactSearch, Grid, GridSearch, PUBLISHED_PRESENCE_WEIGHT, SearchResult, Surface,
    ThresholdRegion, linspace,
};
pub use submission::Submission;
pub use thresholds::{Thresholds, decode, decode_all};
pub use truth::Truth;

/// Runs the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
