//! Results on disk.

pub mod folder;
mod key;
mod merge;
pub(crate) mod tables;

pub use folder::{Claim, ResultsFolder, write_json};
pub use key::{Key, KeyBuilder};
pub use merge::{Merged, merge};
