//! What the published extraction code does with a clip, and what the encoders' authors do.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::encoder_kind::EncoderKind;
use crate::error::Error;
use crate::frames::{Chroma, FrameOptions, Matrix, Rotation};
use crate::pixels::{
    ChannelOrder, Crop, CropRounding, Filter, Normalization, PillowFilter, PixelSteps, Resize,
};
use crate::sound::{Resampling, SoundOptions};
use crate::windows::{End, Windows};

/// Mean and deviation of the pictures that CLIP was trained on.
const CLIP: Normalization = Normalization {
    mean: [0.481_454_66, 0.457_827_5, 0.408_210_73],
    deviation: [0.268_629_54, 0.261_302_6, 0.275_777_1],
};
/// Mean and deviation of ImageNet's pictures.
const IMAGENET: Normalization =
    Normalization { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] };

/// Whose way of preparing clips is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PresetName {
    /// The extraction code published with the dataset, its mistakes included: for numbers that can be
    /// compared.
    #[default]
    Published,
    /// The encoders' authors: right colours, normalisation and windows.
    Corrected,
}

impl PresetName {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Published, Self::Corrected];

    /// How it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Corrected => "corrected",
        }
    }
}

impl fmt::Display for PresetName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl FromStr for PresetName {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|preset| preset.name() == name);
        found.ok_or_else(|| Error::UnknownName {
            name: name.to_owned(),
            what: "preset",
            known: Self::ALL.map(Self::name).join(", "),
        })
    }
}

/// How frames are decoded: the part of [`FrameOptions`] that changes numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Decoding {
    /// What is done with files recorded as turned.
    pub rotation: Rotation,
    /// The matrix of colours.
    pub matrix: Matrix,
    /// The interpolation of colours.
    pub chroma: Chroma,
}

/// How a picture or sound file becomes a network's input, as data.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Preset {
    /// The encoder.
    pub encoder: EncoderKind,
    /// Whose way.
    pub name: PresetName,
    /// How frames are decoded; `None` for an encoder of sound, of pictures of faces, and for OpenFace.
    pub decoding: Option<Decoding>,
    /// How a frame is prepared; `None` for an encoder of sound, and for OpenFace.
    pub pixels: Option<PixelSteps>,
    /// Which frames make up a row; `None` for an encoder of sound.
    pub windows: Option<Windows>,
    /// Of how many pictures one is taken, before windows.
    pub every: usize,
    /// How the sound of a video comes to 16 kHz; `None` for an encoder of pictures.
    pub resampling: Option<Resampling>,
    /// Whether a waveform is normalised as a whole.
    pub normalizes_sound: bool,
    /// Whether each row is divided by its Euclidean length.
    pub normalizes_rows: bool,
    /// The network, in words.
    pub network: &'static str,
}

/// Frames as OpenCV 4.11 gives them: not turned, BT.601 whatever the file says.
const OPENCV: Decoding =
    Decoding { rotation: Rotation::Ignored, matrix: Matrix::Bt601, chroma: Chroma::Bicubic };
/// Frames as decord 0.6 gives them.
const DECORD: Decoding =
    Decoding { rotation: Rotation::Applied, matrix: Matrix::Tagged, chroma: Chroma::Bilinear };
/// Frames as PyAV 12 gives them.
const PYAV: Decoding =
    Decoding { rotation: Rotation::Ignored, matrix: Matrix::Bt601, chroma: Chroma::Bilinear };
/// Frames as a player shows them.
const PLAYER: Decoding =
    Decoding { rotation: Rotation::Applied, matrix: Matrix::Tagged, chroma: Chroma::Bicubic };

impl Preset {
    /// The preset of an encoder.
    ///
    /// ```
    /// use blemore_media::{ChannelOrder, EncoderKind, Preset, PresetName};
    ///
    /// let published = Preset::of(EncoderKind::VideoMae, PresetName::Published).pixels.unwrap();
    /// let corrected = Preset::of(EncoderKind::VideoMae, PresetName::Corrected).pixels.unwrap();
    /// assert_eq!((published.order, published.normalization), (ChannelOrder::Bgr, None));
    /// assert!(corrected.order == ChannelOrder::Rgb && corrected.normalization.is_some());
    /// ```
    pub fn of(encoder: EncoderKind, name: PresetName) -> Self {
        let is_published = name == PresetName::Published;
        let crop = |rounding| Some(Crop { size: 224, rounding });
        let steps = |resize, filter, crop, normalization| PixelSteps {
            order: ChannelOrder::Rgb,
            resize,
            filter,
            crop,
            normalization: Some(normalization),
        };
        let picture = |decoding, pixels, windows, network| Self {
            encoder,
            name,
            decoding: Some(if is_published { decoding } else { PLAYER }),
            pixels: Some(pixels),
            windows: Some(windows),
            every: 1,
            resampling: None,
            normalizes_sound: false,
            normalizes_rows: false,
            network,
        };
        let sound = |network| Self {
            encoder,
            name,
            decoding: None,
            pixels: None,
            windows: None,
            every: 1,
            resampling: Some(if is_published { Resampling::Ffmpeg } else { Resampling::Torchaudio }),
            normalizes_sound: true,
            normalizes_rows: false,
            network,
        };
        let bicubic = Filter::Pillow(PillowFilter::Bicubic);
        let blocks = Windows::Groups { length: 16, stride: 16, end: End::Zeros };
        match encoder {
            EncoderKind::Clip => {
                let pixels = steps(Resize::ShortSide(224), bicubic, crop(CropRounding::Floor), CLIP);
                picture(OPENCV, pixels, Windows::EachFrame, "ViT-B/32 with its projection, 512 wide")
            }
            EncoderKind::ImageBind => {
                let filter = if is_published { Filter::Torch } else { bicubic };
                let rounding = if is_published { CropRounding::Ceil } else { CropRounding::HalfEven };
                let pixels = steps(Resize::ShortSide(224), filter, crop(rounding), CLIP);
                let network = "ImageBind-huge, vision branch, 1024 wide";
                Self { normalizes_rows: true, ..picture(DECORD, pixels, Windows::EachFrame, network) }
            }
            EncoderKind::OpenFace => Self {
                decoding: None,
                pixels: None,
                windows: Some(Windows::EachFrame),
                resampling: None,
                normalizes_sound: false,
                ..sound("OpenFace 2, its program `FeatureExtraction`, 31 wide")
            },
            EncoderKind::VideoMae => {
                let pixels = steps(Resize::Square(224), Filter::Torch, None, IMAGENET);
                if is_published {
                    let pixels = PixelSteps { order: ChannelOrder::Bgr, normalization: None, ..pixels };
                    picture(OPENCV, pixels, blocks, "ViT-g/14, 1408 wide")
                } else {
                    let windows = Windows::Groups { length: 16, stride: 16, end: End::RepeatIfShort };
                    let pixels = PixelSteps {
                        resize: Resize::ShortSide(224),
                        crop: crop(CropRounding::HalfEven),
                        ..pixels
                    };
                    picture(OPENCV, pixels, windows, "ViT-B/16, 768 wide")
                }
            }
            EncoderKind::VideoSwin => {
                let crop = crop(CropRounding::HalfEven);
                let pixels = steps(Resize::ShortSide(256), Filter::TorchBytes, crop, IMAGENET);
                let windows = match is_published {
                    true => Windows::Pieces { length: 32, stride: 16, seconds: 10 },
                    false => Windows::Groups { length: 16, stride: 16, end: End::RepeatIfShort },
                };
                picture(PYAV, pixels, windows, "torchvision's swin3d before its head, 768 or 1024 wide")
            }
            EncoderKind::Hubert => sound("HuBERT Large (LL-60k), output of its last norm, 1024 wide"),
            EncoderKind::WavLm => sound("WavLM Large, output of its last norm, 1024 wide"),
            EncoderKind::HiCmae => {
                let filter = Filter::Pillow(PillowFilter::Bilinear);
                let pixels = steps(Resize::Square(160), filter, None, IMAGENET);
                let filled = Windows::Groups { length: 16, stride: 16, end: End::RepeatOrZeros };
                Self {
                    decoding: None,
                    every: 4,
                    resampling: Some(Resampling::Ffmpeg),
                    ..picture(OPENCV, pixels, filled, "HiCMAE-Base without its head, 2048 wide")
                }
            }
        }
    }

    /// How frames are decoded; thinning, time limit and threads are the defaults.
    pub fn frame_options(&self) -> FrameOptions {
        let Decoding { rotation, matrix, chroma } = self.decoding.unwrap_or(PLAYER);
        FrameOptions { rotation, matrix, chroma, ..FrameOptions::default() }
    }

    /// How the sound of a file is decoded; limit, time limit and threads are the defaults.
    ///
    /// The published script reads WAV files with torchaudio, at any rate; how the WAV files came out of the
    /// videos is not published, and `ffmpeg -ac 1 -ar 16000` is assumed.
    pub fn sound_options(&self, path: &Path) -> SoundOptions {
        let is_wav = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("wav"));
        let is_hicmae = self.encoder == EncoderKind::HiCmae;
        let resampling = match self.resampling {
            Some(_) if is_wav && !is_hicmae => Resampling::Torchaudio,
            resampling => resampling.unwrap_or(Resampling::Ffmpeg),
        };
        SoundOptions { resampling, ..SoundOptions::default() }
    }

    /// What is done, step by step in plain words: pairs of a step and what is done in it. The page
    /// `docs/encoders.md` shows them.
    ///
    /// ```
    /// use blemore_media::{EncoderKind, Preset, PresetName};
    ///
    /// let steps = Preset::of(EncoderKind::Clip, PresetName::Published).steps();
    /// assert_eq!(steps[0], ("turn that the file asks for", "ignored".to_owned()));
    /// ```
    pub fn steps(&self) -> Vec<(&'static str, String)> {
        let mut steps = Vec::new();
        if let Some(decoding) = self.decoding {
            steps.extend(decoding.steps());
        }
        if self.every > 1 {
            steps.push(("pictures", format!("one of {}", self.every)));
        }
        if let Some(pixels) = self.pixels {
            steps.extend(pixels.steps());
        }
        if let Some(windows) = self.windows {
            steps.push(("rows", windows.to_string()));
        }
        if let Some(resampling) = self.resampling {
            let how = match resampling {
                Resampling::Ffmpeg => "ffmpeg's one channel, 16 kHz, 16 bits",
                Resampling::Torchaudio => "mean of the channels, torchaudio's resampling to 16 kHz",
            };
            steps.push(("sound of a video", how.to_owned()));
        }
        if self.normalizes_sound {
            steps.push(("waveform", "mean 0, deviation 1, over the whole file".to_owned()));
        }
        steps.push(("network", self.network.to_owned()));
        if self.normalizes_rows {
            steps.push(("output", "each row divided by its length".to_owned()));
        }
        steps
    }
}

impl Decoding {
    fn steps(self) -> [(&'static str, String); 3] {
        let rotation = match self.rotation {
            Rotation::Ignored => "ignored",
            Rotation::Applied => "followed",
        };
        let matrix = match self.matrix {
            Matrix::Bt601 => "BT.601, whatever the file says",
            Matrix::Tagged => "the file's; BT.601 if it names none",
        };
        let chroma = match self.chroma {
            Chroma::Bicubic => "bicubic",
            Chroma::Bilinear => "bilinear",
        };
        [
            ("turn that the file asks for", rotation.to_owned()),
            ("colour matrix", matrix.to_owned()),
            ("colours at odd sizes", chroma.to_owned()),
        ]
    }
}
