//! The networks, one file each, and the blocks that they share.
//!
//! Each network is made by one function that asks [`Parameters`] for its tensors by name and shape. The same function
//! lists what a checkpoint must have, takes it from there, or makes it up.

mod blocks;
mod clip;
mod hicmae;
mod imagebind;
mod parameters;
mod speech;
mod training;
mod video_swin;
mod videomae;
mod vision;

pub(crate) use blocks::Linear;
pub use clip::{Clip, ClipConfig};
pub use hicmae::{HiCmae, HiCmaeConfig, TrainableHiCmae, Weight};
pub use imagebind::{ImageBind, ImageBindConfig};
pub(crate) use parameters::Parameters;
pub use parameters::{Placement, WeightFault};
pub use speech::{Relative, Speech, SpeechConfig};
pub use training::Pass;
pub(crate) use training::uniform;
pub use video_swin::{VideoSwin, VideoSwinConfig};
pub use videomae::{VideoMae, VideoMaeConfig};
