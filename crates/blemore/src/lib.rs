//! Recognition of blended emotions with relative salience, after the paper "Not all Blends are Equal: The BLEMORE
//! Dataset of Blended Emotion Expressions with Relative Saliency Annotations".
//!
//! This crate re-exports every layer of the project and adds the paper's experiments.
//!
//! | module | crate | what it holds |
//! | --- | --- | --- |
//! | [`labels`] | `blemore-labels` | emotions, labels, clip names |
//! | [`eval`] | `blemore-eval` | thresholds, metrics, intervals, submissions |
//! | [`features`] | `blemore-features` | aggregation, feature tables, standardisation |
//! | [`data`] | `blemore-data` | metadata, folds, dataset folders, generated corpora |
//! | [`models`] | `blemore-models` | models, training, checkpoints |
//!
//! ```
//! use blemore::labels::Label;
//!
//! assert_eq!(Label::all().count(), 36);
//! ```

mod accuracies;
mod cross_validation;
mod error;
mod held_out;
pub mod paper;
mod parallel;
mod partition;
mod report;
mod reproduction;
mod results;
mod trivial;

pub use blemore_data as data;
pub use blemore_eval as eval;
pub use blemore_features as features;
pub use blemore_labels as labels;
pub use blemore_models as models;

pub use accuracies::{Accuracies, AccuracySpread};
pub use cross_validation::{
    Cell, CellLine, CellResult, CrossValidated, CrossValidation, ModelSummary, NestedSummary, Progress, Run,
    RunPlan, Share,
};
pub use error::{CellFailure, Error};
pub use held_out::{HeldOutProgress, HeldOutResult, HeldOutScores, HeldOutTest};
pub use parallel::Workers;
pub use partition::Partition;
pub use report::{ModelReport, Report};
pub use reproduction::{
    ModelResult, Protocol, ReproducedTables, Reproduction, ReproductionProgress, TableRow,
};
pub use results::{Merged, ResultsFolder, merge, write_json};
pub use trivial::{TrivialBaseline, TrivialBaselines, trivial_baselines};
