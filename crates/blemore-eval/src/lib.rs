//! Thresholds, decoders, metrics and submissions for blended emotion recognition, after the paper "Not all Blends are
//! Equal: The BLEMORE Dataset of Blended Emotion Expressions with Relative Saliency Annotations".
//!
//! A model gives six probabilities a clip; two thresholds make a label of them (section "From probabilities to
//! predictions"), and labels are scored by ACC_presence and ACC_salience (section "Evaluation").
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
//! assert_eq!(Scores::of_labels(&truths, &predicted).acc_presence(), 1.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod decoder;
mod error;
mod intervals;
mod issue;
mod metrics;
mod nested;
mod predictions;
mod probabilities;
mod scorer;
mod scores;
mod search;
mod submission;
mod table;
mod thresholds;
mod truth;
mod whole_file;

pub use decoder::{
    ArgmaxDecoder, Candidates, ChosenDecoder, Decoder, ExpectedScoreDecoder, ExpectedScoreFit, FitDecoder,
    LabelModel, ModelledDecoder, ModelledFit, ThresholdDecoder, Training,
};
pub use error::Error;
pub use intervals::{
    Bootstrap, Caveat, Comparison, Enumeration, Estimate, Interval, Measure, PairedActor, PairedScores,
    PermutationResult, PermutationTest,
};
pub use issue::{Issue, IssueKind};
pub use metrics::{
    AverageMetrics, Calibration, Class, ClassMetrics, ConfusionMatrix, Divergence, Metrics, ReliabilityBin,
    ReliabilityCurve, Split, SplitComparison,
};
pub use nested::{FoldSelection, NestedSelection, Selection, SelectionSummary, nested_selection};
pub use predictions::{Answer, Predictions};
pub use probabilities::{Probabilities, Probability, ProbabilityFault, RowFault, SUM_TOLERANCE};
pub use scorer::{ActorScores, Outcome, ScoreReport, Scorer, Strictness};
pub use scores::{Count, MeanStd, Scores};
pub use search::{
    ExactResult, ExactSearch, Grid, GridSearch, PUBLISHED_PRESENCE_WEIGHT, SearchResult, Surface,
    ThresholdRegion, linspace,
};
pub use submission::Submission;
pub use table::{ProbabilityTable, TableFault, TableProblem};
pub use thresholds::{Thresholds, decode, decode_all};
pub use truth::Truth;
