//! Training: from examples to a model.

mod footprint;
mod snapshots;
mod state;
mod trainer;

pub use footprint::Footprint;
pub use snapshots::Snapshots;
pub use trainer::{Fit, Trainer};
