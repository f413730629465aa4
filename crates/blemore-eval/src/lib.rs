#![doc = include_str!("../README.md")]
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

pub use decoder::{ArgmaxDecoder, Decoder, ExpectedScoreDecoder, LabelModel, Training};
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
pub use probability_table::{ProbabilityTable, Scale, TableFault, TableProblem};
pub use scorer::{ActorScores, Outcome, ScoreReport, Scorer, Strictness};
pub use scores::{Count, MeanStd, PerMeasure, Scores};
pub use search::{
    ExactResult, ExactSearch, Grid, GridSearch, PUBLISHED_PRESENCE_WEIGHT, SearchResult, Surface,
    ThresholdRegion, linspace,
};
pub use submission::Submission;
pub use thresholds::{Thresholds, decode, decode_all};
pub use truth::Truth;
