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
//! | [`run`] | `blemore-run` | models, recipes, results folders, reports, the paper's numbers |
//! | [`models`] | `blemore-models` | training, checkpoints |
//!
//! ```
//! use blemore::labels::Label;
//!
//! assert_eq!(Label::all().count(), 36);
//! ```

#![forbid(unsafe_code)]

mod clip_partition;
mod cross_validation;
mod ensemble;
mod epochs;
mod error;
mod held_out;
mod partition;
mod reproduction;
mod run_group;
mod scheduler;
mod seeds;
mod stopwatch;
mod sweep;

pub use blemore_base::{Listener, Progress};
pub use blemore_data as data;
pub use blemore_decode as decode;
pub use blemore_eval as eval;
pub use blemore_features as features;
pub use blemore_labels as labels;
pub use blemore_models as models;
pub use blemore_run as run;

pub use clip_partition::ClipPartition;
pub use cross_validation::{CrossValidation, RunPlan};
pub use ensemble::Ensemble;
pub use error::{CellFailure, Error};
pub use held_out::HeldOutTest;
pub use partition::Partition;
pub use reproduction::{ModelResult, NetworkClips, Protocol, ReproducedTables, Reproduction, TableRow};
pub use seeds::{SeedRun, SeedSpread, Seeds, SeedsSummary};
pub use sweep::Sweep;
