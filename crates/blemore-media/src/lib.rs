//! x
#![forbid(unsafe_code)]
mod container;
mod error;
mod ffmpeg;
mod frames;
mod pixels;
pub mod sound;
mod thinning;
pub use error::Error;
pub use ffmpeg::Ffmpeg;
pub use frames::{Chroma, Frame, FrameOptions, Frames, Matrix, Rotation, VideoFacts};
pub use pixels::{ChannelOrder, Crop, CropRounding, Filter, Normalization, Picture, PillowFilter, PixelSteps, Resize};
pub use sound::{Resampling, Sound, SoundBlocks, SoundFacts, SoundOptions};
pub use thinning::Thinning;
