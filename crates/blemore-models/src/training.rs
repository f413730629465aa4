//! Training: from examples to a model.

mod footprint;
pub(crate) mod scoring;
pub(crate) mod snapshots;
pub(crate) mod state;
mod trainer;

pub use footprint::Footprint;
pub use snapshots::Snapshots;
pub use trainer::{Fit, Trainer};
