//! Metadata.

mod alignment;
mod encoder;
mod error;
mod folds;
pub mod generate;
mod metadata;
mod random;
mod whole_file;

pub use alignment::{Alignment, Unmatched};
pub use encoder::{Encoder, Modality};
pub use error::Error;
pub use folds::{FoldFault, Folds, OFFICIAL_FOLDS, Split};
pub use metadata::{ClipRecord, Gender, Metadata, RowFault, RowProblem};
