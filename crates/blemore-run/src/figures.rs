//! The paper's figures, and those of results, from what a run, a dataset or features hold.

mod components;
mod dataset;
mod held_out;
mod sweep;

pub use components::ComponentFigures;
pub use dataset::{durations_of, structure_of};
pub use held_out::{Decoding, FoldScores, HeldOutClips, HeldOutReport, curves_of};
pub use sweep::sweep_of;
