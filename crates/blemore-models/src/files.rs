//! The files that this crate writes and reads.

mod archive;
mod layers;
mod numbers;
mod tensorboard;

pub(crate) use archive::{Archive, Contents};
pub(crate) use layers::weight_name;
pub use tensorboard::EventFile;
