//! The encoders that this project computes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// An encoder of section IV.A of the paper that turns clips into rows of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EncoderKind {
    /// CLIP ViT-B/32: 512 numbers per frame.
    Clip,
    /// ImageBind's vision branch: 1024 numbers per frame.
    ImageBind,
    /// OpenFace 2, a program without a network here: 31 numbers per frame.
    OpenFace,
    /// VideoMAE v2: 1408 numbers (giant) or 768 (base) per 16 frames.
    #[serde(rename = "videomaev2")]
    VideoMae,
    /// Video Swin: 768 or 1024 numbers per window.
    VideoSwin,
    /// HuBERT Large: 1024 numbers per 20 ms.
    Hubert,
    /// WavLM Large: 1024 numbers per 20 ms.
    WavLm,
    /// HiCMAE: 2048 numbers per 16 aligned faces (every 4th frame) and their sound.
    HiCmae,
}

impl EncoderKind {
    /// All of them, in the order of Table II.
    pub const ALL: [Self; 8] = [
        Self::Clip,
        Self::ImageBind,
        Self::OpenFace,
        Self::VideoMae,
        Self::VideoSwin,
        Self::Hubert,
        Self::WavLm,
        Self::HiCmae,
    ];

    /// How it is written on a command line and in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clip => "clip",
            Self::ImageBind => "imagebind",
            Self::OpenFace => "openface",
            Self::VideoMae => "videomaev2",
            Self::VideoSwin => "videoswin",
            Self::Hubert => "hubert",
            Self::WavLm => "wavlm",
            Self::HiCmae => "hicmae",
        }
    }

    /// The name of its folder in the dataset, before `_train` or `_test`.
    pub const fn folder_name(self) -> &'static str {
        match self {
            Self::Clip => "CLIP",
            Self::ImageBind => "ImageBind",
            Self::OpenFace => "OpenFace",
            Self::VideoMae => "VideoMAEv2",
            Self::VideoSwin => "VideoSwin",
            Self::Hubert => "HuBERT_large",
            Self::WavLm => "WavLM_large",
            Self::HiCmae => "HiCMAE",
        }
    }

    /// Whether it takes frames.
    pub const fn sees(self) -> bool {
        !matches!(self, Self::Hubert | Self::WavLm)
    }

    /// Whether it takes sound.
    pub const fn hears(self) -> bool {
        matches!(self, Self::Hubert | Self::WavLm | Self::HiCmae)
    }
}

impl fmt::Display for EncoderKind {
    /// As Table II writes it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Hubert => "HuBERT",
            Self::WavLm => "WavLM",
            other => other.folder_name(),
        })
    }
}

impl FromStr for EncoderKind {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name));
        found.ok_or_else(|| Error::UnknownName {
            name: name.to_owned(),
            what: "encoder",
            known: Self::ALL.map(Self::name).join(", "),
        })
    }
}
