//! Training a whole network on clips: the HiCMAE of Table II, which is not a head on frozen features.

mod checkpoint;
mod fit;
mod inputs;
mod model;
mod network;
mod snapshots;
mod state;

pub use checkpoint::FineTunedCheckpoint;
pub use fit::{FineTuneFit, FineTuner};
pub use inputs::{ClipExamples, ClipInput, ClipInputs};
pub use state::FineTuneStep;
