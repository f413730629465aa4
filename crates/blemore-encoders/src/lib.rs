//! The encoders of section IV.A of "Not all Blends are Equal: The BLEMORE Dataset of Blended Emotion Expressions with
//! Relative Saliency Annotations", on libtorch: from a clip to its T x D array of features, without Python.
//!
//! | encoder | takes | gives | network |
//! | --- | --- | --- | --- |
//! | CLIP ViT-B/32 | each frame | 512 values | [`Clip`] |
//! | ImageBind-huge, vision | each frame | 1024 values of length 1 | [`ImageBind`] |
//! | VideoMAE v2 giant, or base | 16 frames | 1408 values, or 768 | [`VideoMae`] |
//! | Video Swin B, S or T | 32 frames, or 16 | 1024 values, or 768 | [`VideoSwin`] |
//! | HuBERT Large, WavLM Large | sound at 16 kHz | 1024 values per 20 ms | [`Speech`] |
//! | OpenFace 2 | each frame | 31 values | none: [`OpenFaceEncoder`] runs its program |
//!
//! An [`Encoder`] is a network with its weights and the preset by which clips come to it (`blemore-media` has the presets,
//! the decoding and the side files). [`Encoder::encode`] takes one file, [`Encoder::encode_all`] many, and
//! [`Encoder::encode_folder`] keeps a folder of arrays up to date. Checkpoints are those that the encoders' authors
//! publish: a [`WeightFile`] reads safetensors and what `torch.save` writes, without running anything that is in it. The
//! sizes of a network are those of its tensors; what tensors do not tell comes from its configuration.
//!
//! ```no_run
//! use blemore_encoders::{Encoder, EncoderOptions, WeightSource};
//! use blemore_media::{EncoderKind, Ffmpeg, PresetName};
//!
//! let weights = WeightSource::File("wavlm_large.pt".into());
//! let ffmpeg = Ffmpeg::find(None)?;
//! let encoder =
//!     Encoder::load(EncoderKind::WavLm, PresetName::Published, &weights, &ffmpeg, EncoderOptions::default())?;
//! encoder.encode("A102_ang_int1_ver1.mp4")?.features.write("WavLM_large_train/A102_ang_int1_ver1.npy")?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is equal to what
//!
//! Outputs are within 1e-5 of the largest value of what the reference implementations give (transformers, torchaudio,
//! torchvision, ImageBind's and OpenGVLab's own code); a sum in another order is about 1e-6 away. Libtorch sums in another
//! order on another processor and with another number of threads.
//!
//! # libtorch
//!
//! A project that depends on this crate provides libtorch 2.11.0 as it would for `tch` 0.24: see `blemore-models`.

#![forbid(unsafe_code)]

mod encoder;
mod error;
mod face_clips;
mod faces;
mod folder;
mod log_mel;
mod networks;
mod openface;
mod weights;

pub use encoder::{Encoder, EncoderOptions, Encoding, Encodings, WeightSource};
pub use error::Error;
pub use face_clips::FaceClips;
pub use faces::{Bounds, Face, FaceDetector, FaceTrack, keep_faces};
pub use folder::{ClipFile, ClipFiles, FolderOutcome};
pub use log_mel::log_mel;
pub use networks::{
    Clip, ClipConfig, HiCmae, HiCmaeConfig, ImageBind, ImageBindConfig, Pass, Placement, Relative, Speech,
    SpeechConfig, TrainableHiCmae, VideoMae, VideoMaeConfig, VideoSwin, VideoSwinConfig, Weight, WeightFault,
};
pub use openface::OpenFaceEncoder;
pub use tch::{Device, Kind, Tensor};
pub use weights::{ElementType, PickleProblem, WeightFile, WeightFileProblem};
