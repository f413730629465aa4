//! What can be wrong with the file of one clip.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use blemore_base::list::counted;
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
    /// The file's name is not a clip name.
    #[error("{problem}; rename the file or filter it out")]
    ClipName {
        /// What the parser says.
        problem: String,
    },
    /// Another file of the folder is of the same clip.
    #[error("{} is of the same clip; keep one of them", file_name(other))]
    Repeated {
        /// The other file.
        other: PathBuf,
    },
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
    OpenFace(OpenFaceError),
    /// The frames cannot be aggregated.
    #[error(transparent)]
    Aggregation(AggregationError),
    /// The frames are finite, but one of their statistics is not.
    #[error(
        "{statistic} of dimension {dimension} (from 0) is {value:e}, which does not fit f32 (at most 3.4e38): \
         scale the values down"
    )]
    Statistic {
        /// Short name of the statistic.
        statistic: String,
        /// Dimension of the frames, from 0.
        dimension: usize,
        /// Its value, which f32 does not hold.
        value: f64,
    },
    /// The frames are not as wide as those of most clips.
    #[error(
        "has {found} dimensions where {agreeing} clips have {expected}: keep the features of each encoder in a \
         folder of their own"
    )]
    Width {
        /// Dimensions that most clips have.
        expected: usize,
        /// Dimensions of this clip.
        found: usize,
        /// Number of clips that have the expected width.
        agreeing: usize,
    },
    /// The array has not as many layers as those of most clips.
    #[error(
        "has {found} layers where {agreeing} clips have {expected}: save layers x frames x dimensions of one \
         network for all clips"
    )]
    Layers {
        /// Layers that most clips have.
        expected: usize,
        /// Layers of this clip.
        found: usize,
        /// Number of clips that have the expected number.
        agreeing: usize,
    },
    /// A folder of frames without a frame.
    #[error("holds no .npy file of a frame: save one per frame, or remove the folder")]
    NoFrames,
    /// A file of a folder of frames that cannot be used.
    #[error("{}: {problem}", file_name(file))]
    Frame {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        problem: Box<ClipProblem>,
    },
    /// A file of a folder of frames that is not one frame, or not as wide as the first one.
    #[error(
        "{} holds {} of {width} values where one frame of {expected} belongs: save one frame per file",
        file_name(file),
        counted(*frames, "frame")
    )]
    FrameShape {
        /// The file.
        file: PathBuf,
        /// Frames in the file.
        frames: usize,
        /// Their width.
        width: usize,
        /// The width of the first frame.
        expected: usize,
    },
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
