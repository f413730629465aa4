//! Faces, found in frames and aligned: what HiCMAE takes beside sound, without another program.
//!
//! The detector is MTCNN with the weights of facenet-pytorch 2.6.0 (MIT licence), not OpenFace.

mod alignment;
mod area;
mod bounds;
mod built_in;
mod detector;
mod kept;
mod look;
mod networks;
mod path;
mod track;
mod tracking;
mod weights;

pub use bounds::Bounds;
pub(crate) use built_in::BuiltInFaces;
pub use detector::{Face, FaceDetector};
pub use kept::keep_faces;
pub(crate) use kept::kept_faces;
pub use track::FaceTrack;
