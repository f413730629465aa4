//! The one error type of the crate.

use std::path::PathBuf;

use blemore_base::Blame;
use blemore_base::list::{Lines, counted};
use blemore_run::{Architecture, Cell};

/// What can go wrong in an experiment.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A label, a clip name or a prediction.
    #[error(transparent)]
    Labels(#[from] blemore_labels::Error),
    /// Probabilities, predictions or their scores.
    #[error(transparent)]
    Eval(#[from] blemore_eval::Error),
    /// A feature table or the arrays it is made of.
    #[error(transparent)]
    Features(#[from] blemore_features::Error),
    /// Metadata, folds or a dataset folder.
    #[error(transparent)]
    Data(#[from] blemore_data::Error),
    /// The description or the results of a run.
    #[error(transparent)]
    Run(#[from] blemore_run::Error),
    /// Decoders.
    #[error(transparent)]
    Decode(#[from] blemore_decode::Error),
    /// Clips that a network is trained on.
    #[error(transparent)]
    Encoders(#[from] blemore_encoders::Error),
    /// A training or a checkpoint.
    #[error(transparent)]
    Models(#[from] blemore_models::Error),
    /// An experiment without a model.
    #[error("no model to train: name at least one of linear, mlp-256 and mlp-512")]
    NoModels,
    /// A model that is named twice.
    #[error("{model} is named twice: name each model once")]
    RepeatedModel {
        /// The model.
        model: Architecture,
    },
    /// All cells that could not be finished.
    #[error("{} failed{}", counted(.failures.len(), "cell"), Lines(.failures))]
    Cells {
        /// Each cell with its error.
        failures: Vec<CellFailure>,
    },
    /// A cell whose loss stopped being finite after at least one good epoch.
    #[error("{source}; {} has the best of them, for `blemore predict`", .checkpoint.display())]
    Diverged {
        /// Where and how.
        source: Box<blemore_models::Error>,
        /// The checkpoint of the last good epochs' best.
        checkpoint: PathBuf,
    },
    /// Test features of another width than the training features.
    #[error(
        "{features}: test features have {found} dimensions, training features {expected}; take both from one encoder"
    )]
    TestWidth {
        /// The feature set.
        features: String,
        /// Dimensions of the training features.
        expected: usize,
        /// Dimensions of the test features.
        found: usize,
    },
    /// Clips that are not those of the metadata.
    #[error(
        "{found} clips for {expected} rows of metadata: give the file of each clip, in the order of the metadata"
    )]
    OtherClips {
        /// Rows of the metadata.
        expected: usize,
        /// Number of clips.
        found: usize,
    },
    /// A dataset folder without features for any row of a table.
    #[error("{} has features of no encoder: {expected}", .path.display())]
    NothingToReproduce {
        /// The folder.
        path: PathBuf,
        /// Where they are looked for.
        expected: &'static str,
    },
}

/// A cell that could not be finished.
#[derive(Debug, thiserror::Error)]
#[error("{cell}: {error}")]
pub struct CellFailure {
    /// The cell.
    pub cell: Cell,
    /// Why.
    pub error: Error,
}

impl Blame for Error {
    fn is_bad_input(&self) -> bool {
        match self {
            Self::Diverged { .. } => false,
            Self::Eval(error) => error.is_bad_input(),
            Self::Data(error) => error.is_bad_input(),
            Self::Features(error) => error.is_bad_input(),
            Self::Run(error) => error.is_bad_input(),
            Self::Encoders(error) => error.is_bad_input(),
            Self::Models(error) => error.is_bad_input(),
            Self::Decode(error) => error.is_bad_input(),
            Self::Cells { failures } => failures.iter().all(|failure| failure.error.is_bad_input()),
            _ => true,
        }
    }
}
