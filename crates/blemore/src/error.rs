//! The one error type of the crate.

use std::fmt;
use std::io;
use std::path::PathBuf;

use blemore_base::is_given_wrong;
use blemore_models::Architecture;

use crate::Cell;

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
    /// A configuration, a training or a checkpoint.
    #[error(transparent)]
    Models(#[from] blemore_models::Error),
    /// Training clips of which none has a label of the wanted kind.
    #[error("no training clip is a {kind}: the trivial baseline has no class to predict")]
    NoClassToLearn {
        /// "single emotion" or "blend".
        kind: &'static str,
    },
    /// An experiment without a model.
    #[error("no model to train: name at least one of linear, mlp-256 and mlp-512")]
    NoModels,
    /// A model that is named twice.
    #[error("{model} is named twice: name each model once")]
    RepeatedModel {
        /// The model.
        model: Architecture,
    },
    /// Cells that could not be finished, all of them.
    #[error("{}{}", counted(.failures.len(), "cell"), Failures(.failures))]
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
    /// A share of the cells that cannot be.
    #[error("{found} is no share of the cells: give I/N with 1 <= I <= N, such as 2/8")]
    Share {
        /// What was given.
        found: String,
    },
    /// A folder that holds no cross-validation.
    #[error("{} holds no cross-validation: give the folder that `blemore cross-validate -o` wrote", .path.display())]
    NoRun {
        /// The folder.
        path: PathBuf,
    },
    /// A run that has no finished cell of a model.
    #[error("the run has no finished cell of {model}: finish its cross-validation first")]
    NotInRun {
        /// The model.
        model: Architecture,
    },
    /// A run some of whose cells are not finished, so that its best fold is not known.
    #[error("{missing} cells of the run in {} are not finished: run its cross-validation again, it goes on where it stopped", .path.display())]
    Unfinished {
        /// The folder.
        path: PathBuf,
        /// How many cells are missing.
        missing: usize,
    },
    /// Folders of different runs, that cannot be joined.
    #[error("{} and {} are not parts of one run: their features, models or settings differ", .first.display(), .other.display())]
    OtherRun {
        /// The first folder.
        first: PathBuf,
        /// A folder of another run.
        other: PathBuf,
    },
    /// Training features other than those that a run was made with.
    #[error("{features} and its metadata are not what the run in {} was trained on: their clips, labels or values differ", .path.display())]
    OtherFeatures {
        /// The feature set.
        features: String,
        /// The run's folder.
        path: PathBuf,
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
    /// Actors that are in the training and in the test partition.
    #[error("actors in both the training and the test metadata: {}; a held-out test needs other people", .actors.join(", "))]
    SharedActors {
        /// The actors.
        actors: Vec<String>,
    },
    /// A dataset folder that no row of a table can be computed from.
    #[error("{} has features of no encoder: {expected}", .path.display())]
    NothingToReproduce {
        /// The folder.
        path: PathBuf,
        /// Where they are looked for.
        expected: &'static str,
    },
    /// A file that does not hold the JSON it should.
    #[error("{}: {source}; it was not written by this version of blemore, or was changed since", .path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// Clips of a run whose truth is not known.
    #[error("{}: {source}; give the metadata that has their labels", .path.display())]
    Report {
        /// The probabilities of the clips.
        path: PathBuf,
        /// What is wrong.
        source: blemore_eval::Error,
    },
    /// A picture of a report that cannot be drawn.
    #[error("the picture {title:?} cannot be drawn: {problem}")]
    Picture {
        /// Its title.
        title: String,
        /// What is wrong.
        problem: String,
    },
    /// A CSV table that cannot be written.
    #[error("{}: {source}", .path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: csv::Error,
    },
    /// A file or folder that cannot be read.
    #[error("cannot read {}: {source}", .path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file or folder that cannot be written.
    #[error("cannot write {}: {source}", .path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// A cell that could not be finished.
#[derive(Debug)]
pub struct CellFailure {
    /// The cell.
    pub cell: Cell,
    /// Why.
    pub error: Error,
}

impl Error {
    /// Whether the input is at fault, and not the machine or the work.
    #[must_use]
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Read { source, .. } => is_given_wrong(source),
            Self::Write { .. } | Self::Csv { .. } | Self::Picture { .. } | Self::Diverged { .. } => false,
            Self::Eval(error) | Self::Report { source: error, .. } => error.is_bad_input(),
            Self::Data(error) => error.is_bad_input(),
            Self::Features(error) => error.is_bad_input(),
            Self::Models(error) => error.is_bad_input(),
            Self::Cells { failures } => failures.iter().all(|failure| failure.error.is_bad_input()),
            _ => true,
        }
    }
}

fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun} failed") } else { format!("{number} {noun}s failed") }
}

struct Failures<'a>(&'a [CellFailure]);

impl fmt::Display for Failures<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|failure| write!(formatter, "\n  {}: {}", failure.cell, failure.error))
    }
}
