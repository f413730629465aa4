//! Results on disk.

pub(crate) mod folder;
pub(crate) mod key;
pub(crate) mod tables;

pub use folder::{ResultsFolder, write_json};
