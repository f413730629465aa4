//! The one error type of the crate.

use std::io;
use std::path::PathBuf;

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
    /// A file or folder that cannot be read or written.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Error {
    /// Whether the input is at fault, and not the machine or the work.
    #[must_use]
    pub fn is_bad_input(&self) -> bool {
        true
    }
}
