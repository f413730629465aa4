//! The encoders.

#![forbid(unsafe_code)]

mod error;
mod weights;

pub use error::Error;
pub use weights::{Checkpoint, CheckpointProblem, ElementType, PickleProblem};
