//! The ways in which an OpenFace file can be wrong.

/// Why a text is not what OpenFace writes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenFaceError {
    /// No CSV at all.
    #[error("this is no CSV ({problem}): run OpenFace on the clip again")]
    NotCsv {
        /// What the CSV reader says.
        problem: String,
    },
    /// Columns that neither version writes.
    #[error(
        "column {} is missing: expected OpenFace 2.0 (success, confidence, AU01_r, pose_Rx, gaze_0_x, ...) or OpenFace 3 \
         (action_units, gaze_yaw, gaze_pitch, emotion_index)",
        missing.join(", ")
    )]
    MissingColumns {
        /// The columns that are missing.
        missing: Vec<String>,
    },
    /// Cells that hold no number, all of them.
    #[error("{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Cells {
        /// Every wrong cell.
        faults: Vec<CellFault>,
    },
}

/// A cell that holds something else than it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {found:?} is not {expected}")]
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
