//! The ways in which an OpenFace file can be wrong.

use blemore_base::text::{Excerpt, NotText};

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
    /// Columns or rows that contradict each other, or that are cut short: where, and what to do.
    #[error("{0}")]
    Table(String),
    /// Cells that hold no number, all of them.
    #[error("{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Cells {
        /// Every wrong cell.
        faults: Vec<CellFault>,
    },
}

impl From<NotText> for OpenFaceError {
    fn from(problem: NotText) -> Self {
        Self::NotText(problem.to_string())
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
