//! Metadata.

mod error;
mod folds;
mod metadata;
mod random;
mod whole_file;

pub use error::Error;
pub use folds::{FoldFault, Folds, OFFICIAL_FOLDS, Split};
pub use metadata::{ClipRecord, Gender, Metadata, RowFault, RowProblem};
