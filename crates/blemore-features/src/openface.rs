//! OpenFace's CSV files: one row per frame and face, from OpenFace 2.0 or OpenFace 3 (Section IV of the
//! paper, OpenFace features).
//!
//! OpenFace 2.0 says of each frame whether tracking succeeded and how confident it is. Where most frames are
//! good, the others are taken as missing and interpolated; where many are bad, interpolation would invent the
//! clip, so the frames stay as they are and the clip is reported. A [`Quality`] comes with every clip.
//!
//! ```
//! use blemore_features::openface;
//!
//! let header = [&["frame", " success", " confidence"], &openface::FEATURES[..]].concat().join(", ");
//! let row = |frame, value: f32| format!("{frame}, 1, 0.98, {}", vec![value.to_string(); 31].join(", "));
//! let text = [header, row(1, 0.5), row(2, 1.5)].join("\n");
//! let recording = openface::parse(text.as_bytes(), openface::SeveralFaces::Keep)?;
//! assert_eq!((recording.matrix.len(), recording.matrix.width()), (2, 31));
//! assert!(recording.quality.is_good());
//! # Ok::<(), openface::OpenFaceError>(())
//! ```

mod convert;
mod error;
mod list_cell;
mod note;
mod parse;
mod quality;
mod rows;

use crate::FeatureMatrix;

pub use convert::{Conversion, ConvertedClip, convert_folder};
pub use error::{CellFault, OpenFaceError};
pub use parse::parse;
pub use quality::{Quality, Treatment, Version};

/// The 31 features of an OpenFace 2.0 frame, in the order of the matrix: 17 intensities of action units, head
/// pose, gaze.
pub const FEATURES: [&str; 31] = [
    "AU01_r",
    "AU02_r",
    "AU04_r",
    "AU05_r",
    "AU06_r",
    "AU07_r",
    "AU09_r",
    "AU10_r",
    "AU12_r",
    "AU14_r",
    "AU15_r",
    "AU17_r",
    "AU20_r",
    "AU23_r",
    "AU25_r",
    "AU26_r",
    "AU45_r",
    "pose_Rx",
    "pose_Ry",
    "pose_Rz",
    "pose_Tx",
    "pose_Ty",
    "pose_Tz",
    "gaze_0_x",
    "gaze_0_y",
    "gaze_0_z",
    "gaze_1_x",
    "gaze_1_y",
    "gaze_1_z",
    "gaze_angle_x",
    "gaze_angle_y",
];

/// A frame with at least this confidence is reliable.
pub const MINIMUM_CONFIDENCE: f32 = 0.85;

/// From this share of good frames on, the others are interpolated.
pub const MINIMUM_SHARE: f64 = 0.85;

/// What to do with frames that show several faces: a mirror, a poster, somebody in the background.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SeveralFaces {
    /// One face per frame is kept, and a note names frames and faces.
    ///
    /// It is the most confident one of the frame. Of equally confident ones, and of OpenFace 3, which tells
    /// no confidence, it is the one that is tracked in most frames of the file, then the one with the
    /// smallest number. As each frame is decided for itself, a face may get another number when tracking is
    /// lost.
    #[default]
    Keep,
    /// They are an error.
    Refuse,
}

/// The matrix of one CSV file, and how good its frames were.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// (T, 31) for OpenFace 2.0; for OpenFace 3 the action units, `gaze_yaw`, `gaze_pitch` and
    /// `emotion_index`.
    pub matrix: FeatureMatrix,
    /// How good the frames were, and what was done about it.
    pub quality: Quality,
    /// What there is to say of the file besides.
    pub notes: Vec<String>,
}
