//! What can be wrong with the file of one clip.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use blemore_labels::ClipName;

use crate::openface::OpenFaceError;
use crate::{AggregationError, Error, NpyError, NpzError};

/// A file of a folder that cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}: {problem}", file_name(path))]
pub struct ClipFault {
    /// The file.
    pub path: PathBuf,
    /// The clip, when the file's name tells it.
    pub clip: Option<ClipName>,
    /// What is wrong.
    pub problem: ClipProblem,
}

/// What is wrong with a file of a folder.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ClipProblem {
    /// The file's name is not a clip name, or another file is of the same clip.
    #[error("{0}")]
    Name(String),
    /// The file cannot be read, or was written to while it was read.
    #[error("cannot be read ({0})")]
    Read(Arc<io::Error>),
    /// The file is not an array of frames.
    #[error(transparent)]
    Npy(#[from] NpyError),
    /// The file is not an archive with the array of a clip.
    #[error(transparent)]
    Npz(#[from] NpzError),
    /// The file is not what OpenFace writes.
    #[error(transparent)]
    OpenFace(#[from] OpenFaceError),
    /// The frames cannot be aggregated.
    #[error(transparent)]
    Aggregation(#[from] AggregationError),
    /// Frames that f32 does not hold the statistics of, that are not as wide as those of most clips, or not one per file.
    #[error("{0}")]
    Frames(String),
}

impl From<io::Error> for ClipProblem {
    fn from(error: io::Error) -> Self {
        Self::Read(Arc::new(error))
    }
}

impl ClipProblem {
    /// The error of a file that is read by itself, or of bytes without a file.
    pub(crate) fn into_error(self, file: Option<&Path>) -> Error {
        let path = file.unwrap_or(Path::new("")).to_owned();
        match self {
            Self::Read(source) => Error::Read { path, source: io::Error::new(source.kind(), source) },
            Self::Npy(source) => Error::Npy { path, source },
            Self::Npz(source) => Error::Npz { path: file.map(Path::to_owned), source },
            problem => {
                Error::Folder { folder: path.clone(), faults: vec![ClipFault { path, clip: None, problem }] }
            }
        }
    }
}

/// The name of a file, as people see it.
pub(crate) fn file_name(path: &Path) -> Cow<'_, str> {
    path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy())
}
