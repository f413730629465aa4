//! The encoders.

#![forbid(unsafe_code)]

mod encoder;
mod error;
mod folder;
mod networks;
mod weights;

pub use encoder::{Encoder, EncoderOptions, Encoding, Encodings, WeightSource};
pub use error::Error;
pub use folder::{ClipFile, ClipFiles, EncodingProgress, FolderOutcome};
pub use networks::{
    Clip, ClipConfig, ImageBind, ImageBindConfig, Placement, Relative, Speech, SpeechConfig, WeightFault,
};
pub use tch::Device;
pub use weights::{ElementType, PickleProblem, WeightFile, WeightFileProblem};
