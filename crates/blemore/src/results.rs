//! Results on disk.

pub(crate) mod folder;
pub(crate) mod key;
mod merge;
pub(crate) mod tables;

pub use folder::{ResultsFolder, write_json};
pub use merge::{Merged, merge};
