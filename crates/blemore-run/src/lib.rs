//! What a training run is and what it gives, without libtorch.
//!
//! A run is one recipe ([`Recipe`]) on one feature table and its metadata. Its cells are models by folds
//! ([`Cell`], section V of the paper); each result is a subfolder of a [`ResultsFolder`]. Whoever trains writes
//! them (`blemore-models` on libtorch, directed by `blemore`); whoever reads needs this crate alone: tables
//! ([`Run`]), [`merge`], [`Report`], accuracies by a metadata column ([`Breakdown`]), [`trivial_baselines`], and the
//! [`paper`]'s own numbers.
//!
//! ```
//! use blemore_run::{Architecture, Recipe, paper};
//!
//! assert_eq!(Architecture::published().map(|model| model.to_string()), ["Linear", "MLP_256", "MLP_512"]);
//! assert_eq!(Recipe::default().epochs, 200);
//! assert_eq!(paper::table_ii("HiCMAE").and_then(|row| row.test).map(|test| test.salience), Some(0.180));
//! ```

//!
//! The feature `polars` (on by default) gives results as frames (`Run::frame`), and reads metadata as Parquet and Arrow IPC.

#![forbid(unsafe_code)]

mod architecture;
mod breakdown;
mod cell;
mod columns;
mod encoder_fusion;
mod epoch;
mod error;
mod execution;
mod feature_alignment;
pub mod figures;
pub mod files;
mod fine_tuning;
#[cfg(feature = "polars")]
mod frames;
mod head;
mod held_out;
mod job_share;
mod label_table;
mod made;
mod model_shape;
mod outputs;
pub mod paper;
mod plain_name;
mod recipe;
mod report;
pub mod results;
mod run;
mod summary;
mod sweep;
mod trivial;

pub use architecture::{Architecture, MLP_256_WIDTH, MLP_512_WIDTH};
pub use breakdown::{Breakdown, GroupScores, known_truth, truth};
pub use cell::{Cell, CellResult};
pub use columns::{ResultsColumn, ResultsTable};
pub use encoder_fusion::{EncoderFusion, EncoderWeight};
pub use epoch::{EpochRecord, TrainRecord};
pub use error::Error;
pub use execution::{Device, Execution};
pub use feature_alignment::{ALIGNED, FeatureAlignment};
pub use fine_tuning::{DROP_PATH, FineTuning, HEAD_SCALE, LAYER_DECAY};
pub use head::Head;
pub use held_out::{EnsembleSpread, HeldOutResult, HeldOutScores};
pub use job_share::JobShare;
pub use made::Made;
pub use model_shape::ModelShape;
pub use outputs::{ClipOutputs, Decision, ExpectedScore, OutputTables};
pub use recipe::{
    Arithmetic, BATCH_SIZE, BETAS, Decays, EPOCHS, EPSILON, HELD_OUT_EPOCHS, HICMAE_EPOCHS,
    HICMAE_FLOOR_RATE, HICMAE_PEAK_RATE, HICMAE_REFERENCE_BATCH, HICMAE_WARM_UP_EPOCHS, HICMAE_WEIGHT_DECAY,
    LEARNING_RATE, Objective, OptimizerKind, PRESENCE_WEIGHT, RandomOrder, Recipe, SEED,
    SUBSAMPLED_BATCH_SIZE, SUBSAMPLED_EPOCHS, Schedule, WEIGHT_DECAY,
};
pub use report::{
    GENERATED_CLIPS, ModelReport, OutputsReport, Page, RANDOM_WEIGHTS, Report, Reproduced, ReproducedRow,
    TABLES_FILE, Table, TableFormat,
};
pub use results::{
    Difference, ResultsFolder, Verification, merge, seed_folder, seed_folders, verify, write_json,
};
pub use run::{CellState, Run};
pub use summary::{CrossValidated, Damage, ModelSummary, NestedSummary};
pub use sweep::{
    AgainstBaseline, Candidate, Candidates, ChosenBest, Combination, FoldChoice, SWEEP_FILE, SWEEP_RUNS,
    SweepDecoder, SweepFeatures, SweepPlan, SweepRow, SweepTable, verify_sweep,
};
pub use trivial::{TrivialBaseline, TrivialBaselines, trivial_baselines};
