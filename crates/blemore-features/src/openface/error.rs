//! The ways in which an OpenFace file can be wrong.

use blemore_base::text::{Excerpt, NotText};

use super::note::{Faces, Frames};

/// Why a file is not what OpenFace writes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenFaceError {
    /// No text at all: what it is instead, and what to do.
    #[error("{0}")]
    NotText(String),
    /// Columns that neither version writes.
    #[error(
        "column {} is missing: expected OpenFace 2.0 (success, confidence, AU01_r, pose_Rx, gaze_0_x, ...) \
         or OpenFace 3 \
         (action_units, gaze_yaw, gaze_pitch, emotion_index)",
        missing.join(", ")
    )]
    MissingColumns {
        /// The columns that are missing.
        missing: Vec<String>,
    },
    /// Columns that are there twice, of which either could be meant.
    #[error("column {} is there twice: run OpenFace on the clip again", columns.join(", "))]
    RepeatedColumns {
        /// Their names.
        columns: Vec<String>,
    },
    /// A row with another number of cells than the header.
    #[error("line {line} has {found} cells, the header {expected}: {}", row_length(*found, *expected))]
    RowLength {
        /// Line of the file, from 1.
        line: u64,
        /// Cells of the header.
        expected: usize,
        /// Cells of the row.
        found: usize,
    },
    /// Cells that hold no number, all of them.
    #[error("{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Cells {
        /// Every wrong cell.
        faults: Vec<CellFault>,
    },
    /// Two rows for one frame, of one face.
    #[error(
        "lines {} and {} are both of frame {frame} and of one face: remove one of them, or run OpenFace on \
         the clip again",
        lines[0],
        lines[1]
    )]
    RepeatedFrame {
        /// The number of the frame, or its time stamp.
        frame: String,
        /// The two lines, from 1.
        lines: [u64; 2],
    },
    /// Frames with several faces, where those were to be refused.
    #[error(
        "{} show faces {}: crop the video to one face, or keep the most confident one with \
         --on-several-faces keep",
        Frames(frames),
        Faces(faces)
    )]
    SeveralFaces {
        /// The numbers of these frames.
        frames: Vec<i64>,
        /// The faces in them.
        faces: Vec<i64>,
    },
}

impl From<NotText> for OpenFaceError {
    fn from(problem: NotText) -> Self {
        Self::NotText(problem.to_string())
    }
}

fn row_length(found: usize, expected: usize) -> &'static str {
    if found > expected {
        "decimal commas without quotes make two cells of one number; run OpenFace with LC_ALL=C"
    } else {
        "the file is cut short; run OpenFace on the clip again"
    }
}

/// A cell that holds something else than it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {} is not {expected}", Excerpt(found))]
pub struct CellFault {
    /// Line of the file, from 1.
    pub line: u64,
    /// Name of the column.
    pub column: String,
    /// What stands there.
    pub found: String,
    /// What should.
    pub expected: &'static str,
}
