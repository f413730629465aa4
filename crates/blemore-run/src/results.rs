//! Results on disk.

pub mod folder;
mod key;
mod merge;
mod sealed;
mod seeds;
pub(crate) mod tables;
mod verify;

pub use folder::{Claim, ResultsFolder, StoredResult, write_json};
pub use key::{of_data, of_result};
pub use merge::merge;
pub(crate) use sealed::{read_sealed, write_sealed};
pub use seeds::{seed_folder, seed_folders};
pub use verify::{Difference, Verification, verify};
pub(crate) use verify::{Recomputed, check_cell};
