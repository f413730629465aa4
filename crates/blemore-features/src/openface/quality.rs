//! How good the frames of a recording are.

use std::fmt;

use super::{MINIMUM_CONFIDENCE, MINIMUM_SHARE};

/// Which OpenFace wrote a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// OpenFace 2.0: a column per feature, with success and confidence.
    Two,
    /// OpenFace 3: the action units as a list in one column, NaN where no face was found.
    Three,
}

/// What was done with frames that are not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// Nothing: all frames are good, or too many are not.
    Kept,
    /// They were taken as missing and interpolated.
    Interpolated {
        /// Frames with interpolated values.
        frames: usize,
        /// Frames before the first good one, which were left out.
        dropped: usize,
    },
    /// There is no usable frame: the matrix is one frame of zeros.
    Zeros,
}

/// The quality of a recording.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// Which OpenFace wrote the file.
    pub version: Version,
    /// Frames in the file, each counted once however many faces it shows.
    pub frames: usize,
    /// Share of frames in which a face was tracked: `success` is 1 and every value finite; OpenFace 3 tells
    /// no success.
    pub success_share: f64,
    /// Share of frames with [`MINIMUM_CONFIDENCE`]; OpenFace 3 does not tell.
    pub confidence_share: Option<f64>,
    /// What was done.
    pub treatment: Treatment,
}

impl Quality {
    /// Whether enough frames are good by every measure, as [`MINIMUM_SHARE`] has it.
    pub fn is_good(&self) -> bool {
        self.frames > 0
            && self.success_share >= MINIMUM_SHARE
            && self.confidence_share.is_none_or(|share| share >= MINIMUM_SHARE)
            && self.treatment != Treatment::Zeros
    }
}

/// One line for a report, such as `120 frames, 97.5 % tracked, 96.7 % with a confidence of 0.85; 4
/// interpolated`.
impl fmt::Display for Quality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.frames == 0 {
            return f.write_str("no frames: one frame of zeros stands for it");
        }
        write!(f, "{} frames, {:.1} % tracked", self.frames, 100.0 * self.success_share)?;
        if let Some(share) = self.confidence_share {
            write!(f, ", {:.1} % with a confidence of {MINIMUM_CONFIDENCE}", 100.0 * share)?;
        }
        match self.treatment {
            Treatment::Kept if self.is_good() => Ok(()),
            Treatment::Kept => f.write_str("; too few, all are kept as they are"),
            Treatment::Interpolated { frames, dropped: 0 } => write!(f, "; {frames} interpolated"),
            Treatment::Interpolated { frames, dropped } => {
                write!(f, "; {frames} interpolated, the first {dropped} left out")
            }
            Treatment::Zeros => f.write_str("; one frame of zeros stands for it"),
        }
    }
}
