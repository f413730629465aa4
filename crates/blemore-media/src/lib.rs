//! Clips as the encoders of the BLEMORE paper (section IV.A) take them: frames and sound, prepared to the
//! byte as the published extraction code prepares them, or as the encoders' authors do. Needs the program
//! `ffmpeg` when it runs, and no libtorch.
//!
//! [`Ffmpeg`] finds the program. [`Frames`] and [`Sound`] read a file with it, streaming. A [`Preset`] says,
//! as data, how an encoder's input comes out of them; its [`PixelSteps`] do it to a frame. [`Checkpoint`]
//! lists what weights the encoders want and where they are published; a [`SideFile`] tells of a finished
//! array where its numbers come from. [`OpenFace`] runs the program of that name.
//!
//! ```no_run
//! use blemore_media::{EncoderKind, Ffmpeg, Frames, Preset, PresetName};
//!
//! let preset = Preset::of(EncoderKind::Clip, PresetName::Published);
//! let pixels = preset.pixels.expect("CLIP takes pictures");
//! let mut input = vec![0.0; pixels.values()];
//! for frame in Frames::open(&Ffmpeg::find(None)?, "clip.mp4".as_ref(), &preset.frame_options())? {
//!     pixels.apply(&frame?.picture, &mut input)?;
//! }
//! # Ok::<(), blemore_media::Error>(())
//! ```

#![forbid(unsafe_code)]

mod augmentation;
mod checkpoint;
mod container;
mod encoder_kind;
mod error;
mod face_facts;
mod faces;
mod ffmpeg;
mod frames;
#[doc(hidden)]
pub mod fuzzing;
mod openface;
mod pixels;
mod preset;
mod side_file;
pub mod sound;
mod thinning;
mod windows;

pub use augmentation::{Augmentation, Changes};
pub use checkpoint::Checkpoint;
pub use encoder_kind::EncoderKind;
pub use error::Error;
pub use face_facts::FaceFacts;
pub use faces::Faces;
pub use ffmpeg::Ffmpeg;
pub use frames::{Chroma, Frame, FrameOptions, Frames, Matrix, Rotation, VideoFacts};
pub use openface::{OpenFace, OpenFaceFiles, OpenFaceOutput};
pub use pixels::{
    ChannelOrder, Crop, CropRounding, Filter, Normalization, Operation, Picture, PillowFilter, PixelSteps,
    Resize,
};
pub use preset::{Decoding, Preset, PresetName};
pub use side_file::{FileMark, FileStamp, Recipe, SideFile, WeightsOrigin};
pub use sound::{Resampling, Sound, SoundBlocks, SoundFacts, SoundOptions};
pub use thinning::Thinning;
pub use windows::{End, Grouper, Slot, Windows};
