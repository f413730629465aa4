//! What can be wrong with one file of a folder.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use blemore_labels::ClipName;

use crate::error::counted;
use crate::openface::OpenFaceError;
use crate::{AggregationError, Error, NpyError, NpzError};

/// A file of a folder that cannot be used.
#[derive(Debug, Clone)]
pub struct ClipFault {
    /// The file.
    pub path: PathBuf,
    /// The clip, when the file's name tells it.
    pub clip: Option<ClipName>,
    /// What is wrong.
    pub problem: ClipProblem,
}

/// What is wrong with a file of a folder.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ClipProblem {
    /// The file's name is no clip name.
    ClipName {
        /// What the parser says.
        problem: String,
    },
    /// Another file of the folder is of the same clip.
    Repeated {
        /// The other file.
        other: PathBuf,
    },
    /// The file cannot be read.
    Read(Arc<io::Error>),
    /// The file was written to while it was read.
    Changed,
    /// The file is no array of frames.
    Npy(NpyError),
    /// The file is no archive with the array of a clip.
    Npz(NpzError),
    /// The file is not what OpenFace writes.
    OpenFace(OpenFaceError),
    /// The frames cannot be aggregated.
    Aggregation(AggregationError),
    /// The frames are finite, but one of their statistics is not.
    Statistic {
        /// Short name of the statistic.
        statistic: String,
        /// Dimension of the frames, from 0.
        dimension: usize,
        /// Its value, which f32 does not hold.
        value: f64,
    },
    /// The frames are not as wide as those of most clips.
    Width {
        /// Dimensions that most clips have.
        expected: usize,
        /// Dimensions of this clip.
        found: usize,
        /// Number of clips that have the expected width.
        agreeing: usize,
    },
    /// The array has not as many layers as those of most clips.
    Layers {
        /// Layers that most clips have.
        expected: usize,
        /// Layers of this clip.
        found: usize,
        /// Number of clips that have the expected number.
        agreeing: usize,
    },
    /// A folder of frames without a frame.
    NoFrames,
    /// A file of a folder of frames that cannot be used.
    Frame {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        problem: Box<ClipProblem>,
    },
    /// A file of a folder of frames that is not one frame, or not as wide as the first one.
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

impl ClipProblem {
    pub(crate) fn read(error: io::Error) -> Self {
        Self::Read(Arc::new(error))
    }
}

impl From<ClipFault> for Error {
    fn from(fault: ClipFault) -> Self {
        let ClipFault { path, clip, problem } = fault;
        match problem {
            ClipProblem::Read(source) => Self::Read { path, source: io::Error::new(source.kind(), source) },
            ClipProblem::Npy(source) => Self::Npy { path, source },
            ClipProblem::Npz(source) => Self::Npz { path: Some(path), source },
            problem => Self::Folder { folder: path.clone(), faults: vec![ClipFault { path, clip, problem }] },
        }
    }
}

impl fmt::Display for ClipFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", super::file_name(&self.path), self.problem)
    }
}

impl fmt::Display for ClipProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClipName { problem } => write!(f, "{problem}; rename the file or filter it out"),
            Self::Repeated { other } => {
                write!(f, "{} is of the same clip; keep one of them", super::file_name(other))
            }
            Self::Read(source) => write!(f, "cannot be read ({source})"),
            Self::Changed => f.write_str("was changed while it was read; run again when it is complete"),
            Self::Npy(source) => source.fmt(f),
            Self::Npz(source) => source.fmt(f),
            Self::OpenFace(source) => source.fmt(f),
            Self::Aggregation(source) => source.fmt(f),
            Self::Statistic { statistic, dimension, value } => write!(
                f,
                "{statistic} of dimension {dimension} (from 0) is {value:e}, which does not fit f32 (at most \
                 3.4e38): \
                 scale the values down"
            ),
            Self::Width { expected, found, agreeing } => write!(
                f,
                "has {found} dimensions where {agreeing} clips have {expected}: keep the features of each \
                 encoder in \
                 a folder of their own"
            ),
            Self::Layers { expected, found, agreeing } => write!(
                f,
                "has {found} layers where {agreeing} clips have {expected}: save layers x frames x \
                 dimensions of one \
                 network for all clips"
            ),
            Self::NoFrames => {
                f.write_str("holds no .npy file of a frame: save one per frame, or remove the folder")
            }
            Self::Frame { file, problem } => write!(f, "{}: {problem}", super::file_name(file)),
            Self::FrameShape { file, frames, width, expected } => write!(
                f,
                "{} holds {} of {width} values where one frame of {expected} belongs: save one frame per \
                 file",
                super::file_name(file),
                counted(*frames, "frame")
            ),
        }
    }
}
