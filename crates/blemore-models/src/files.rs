//! The files that this crate writes and reads.

mod archive;
mod layers;
mod tensorboard;

pub(crate) use archive::{Archive, Contents, check_format, take};
pub(crate) use layers::weight_name;
pub use tensorboard::EventFile;
