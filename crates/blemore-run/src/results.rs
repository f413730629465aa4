//! Results on disk.

pub mod folder;
mod key;
mod merge;
pub(crate) mod tables;

pub use folder::{Claim, ResultsFolder, write_json};
pub use key::{of_data, of_result};
pub use merge::{Merged, merge};
