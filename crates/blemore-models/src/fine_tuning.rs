//! Training a whole network on clips: the HiCMAE of Table II, which is not a head on frozen features.

mod fit;
mod inputs;
mod network;
mod snapshots;
mod state;

pub use fit::{FineTuneFit, FineTuned, FineTuner};
pub use inputs::{ClipExamples, ClipInput, ClipInputs};
pub use state::FineTuneStep;
