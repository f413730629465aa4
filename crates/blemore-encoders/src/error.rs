//! The one error type of the crate.

use std::io;
use std::path::PathBuf;

use blemore_base::is_given_wrong;

use crate::CheckpointProblem;

/// What can go wrong in this crate; each variant says where, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file that cannot be read.
    #[error("{} cannot be read: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file that is no checkpoint, or a damaged one.
    #[error("{} is no checkpoint that can be used: {problem}", .path.display())]
    NotCheckpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: CheckpointProblem,
    },
    /// An error in libtorch.
    #[error("libtorch: {0}")]
    Torch(#[from] tch::TchError),
}

impl Error {
    /// Whether the input is at fault, and not the machine or the work.
    #[must_use]
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Read { source, .. } => is_given_wrong(source),
            Self::Torch(_) => false,
            _ => true,
        }
    }
}
