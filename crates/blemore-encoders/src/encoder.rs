//! An encoder: a network with its weights, and the preset by which clips come to it.

mod again;
mod face_source;
mod options;
mod preparation;
mod weights;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use blemore_features::FeatureMatrix;
use blemore_media::{
    EncoderKind, FaceFacts, Faces, Ffmpeg, OpenFace, Preset, PresetName, Recipe, SoundFacts, VideoFacts,
    Windows,
};
use ndarray::Array2;
use tch::Tensor;

pub use options::EncoderOptions;
pub use weights::WeightSource;

use crate::faces::{BuiltInFaces, FaceDetector};
use crate::networks::{
    Clip, ClipConfig, HiCmae, HiCmaeConfig, ImageBind, ImageBindConfig, Speech, SpeechConfig, VideoMae,
    VideoMaeConfig, VideoSwin, VideoSwinConfig,
};
use crate::openface::OpenFaceRun;
use crate::{Error, WeightFile, log_mel};
use face_source::FaceSource;
use preparation::{Facts, Message, Preparation};
pub(crate) use preparation::{piece, whole_sound};

/// An encoder that is ready to compute.
///
/// ```no_run
/// use blemore_encoders::{Encoder, EncoderOptions, WeightSource};
/// use blemore_media::{EncoderKind, Ffmpeg, PresetName};
///
/// let weights = WeightSource::File("checkpoints/model.safetensors".into());
/// let ffmpeg = Ffmpeg::find(None)?;
/// let encoder = Encoder::load(EncoderKind::Clip, PresetName::Published, &weights, &ffmpeg, EncoderOptions::default())?;
/// let encoding = encoder.encode("A102_ang_int1_ver1.mp4")?;
/// assert_eq!(encoding.features.width(), 512);
/// encoding.features.write("CLIP_train/A102_ang_int1_ver1.npy")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Encoder {
    network: Network,
    preset: Preset,
    recipe: Recipe,
    ffmpeg: Ffmpeg,
    options: EncoderOptions,
    /// Where aligned faces come from, for an encoder that takes them.
    faces: Option<FaceSource>,
}

#[derive(Debug)]
enum Network {
    Clip(Clip),
    ImageBind(ImageBind),
    VideoMae(VideoMae),
    VideoSwin(VideoSwin),
    Speech(Speech),
    HiCmae(HiCmae),
}

/// What became of one clip.
#[derive(Debug)]
pub struct Encoding {
    /// T rows of D features.
    pub features: FeatureMatrix,
    /// What was found out about the picture, for an encoder of pictures.
    pub video: Option<VideoFacts>,
    /// What the built-in detector found out about faces.
    pub faces: Option<FaceFacts>,
    /// What was found out about the sound, for an encoder of sound.
    pub sound: Option<SoundFacts>,
    /// How long the network computed.
    pub computing: Duration,
    /// What should be said about the clip.
    pub notes: Vec<String>,
}

impl Encoder {
    /// Reads the weights, or makes them up.
    ///
    /// # Errors
    /// Everything that can be wrong with the checkpoint; [`Error::Unsupported`] for options that are not the encoder's.
    pub fn load(
        kind: EncoderKind,
        preset: PresetName,
        weights: &WeightSource,
        ffmpeg: &Ffmpeg,
        options: EncoderOptions,
    ) -> Result<Self, Error> {
        options.check(kind)?;
        let (network, stamp) = weights.stamped(|| network(kind, preset, weights, &options))?;
        let recipe = Recipe { encoder: kind, preset, weights: stamp, settings: options.settings() };
        Ok(Self {
            network,
            preset: Preset::of(kind, preset),
            recipe,
            ffmpeg: ffmpeg.clone(),
            options,
            faces: None,
        })
    }

    /// The same encoder with the folder of aligned faces that HiCMAE takes beside sound: see [`Faces::find`].
    ///
    /// # Errors
    /// [`Error::Unsupported`] for an encoder of whole frames.
    pub fn with_faces(self, folder: impl Into<PathBuf>) -> Result<Self, Error> {
        self.with_face_source(FaceSource::Folder(folder.into()))
    }

    /// The same encoder with aligned faces that OpenFace makes of each clip. They are kept in a folder, if one is given, and
    /// those that are there are taken; without one they are not kept.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for an encoder of whole frames.
    pub fn with_openface(self, program: OpenFace, kept: Option<PathBuf>) -> Result<Self, Error> {
        let (ffmpeg, stall) = (self.ffmpeg.clone(), self.options.stall);
        self.with_face_source(FaceSource::OpenFace(OpenFaceRun { program, ffmpeg, stall, kept }))
    }

    /// The same encoder with faces that the built-in detector finds in each clip and aligns: not OpenFace's. They are kept
    /// in a folder, if one is given, and those that are there are taken; without one they are written nowhere.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for an encoder of whole frames.
    pub fn with_built_in_faces(self, detector: FaceDetector, kept: Option<PathBuf>) -> Result<Self, Error> {
        let mut options = self.preset.frame_options();
        options.stall = self.options.stall.unwrap_or(options.stall);
        let (detector, ffmpeg) = (Arc::new(Mutex::new(detector)), self.ffmpeg.clone());
        self.with_face_source(FaceSource::BuiltIn(BuiltInFaces { detector, ffmpeg, options, kept }))
    }

    fn with_face_source(mut self, source: FaceSource) -> Result<Self, Error> {
        let encoder = self.recipe.encoder;
        if encoder != EncoderKind::HiCmae {
            return Err(Error::Unsupported {
                encoder,
                what: "it takes whole frames, and no faces".to_owned(),
            });
        }
        self.recipe.settings.insert("faces".to_owned(), source.to_string());
        self.faces = Some(source);
        Ok(self)
    }

    /// The faces of a clip that are kept, for an encoder that takes faces.
    ///
    /// # Errors
    /// [`Error::Media`] for a clip that should have some, and has none.
    pub(crate) fn faces_of(&self, clip: &str) -> Result<Option<Faces>, Error> {
        let kept = self.faces.as_ref().and_then(FaceSource::kept);
        Ok(kept.map(|folder| Faces::find(folder, clip)).transpose()?)
    }

    /// What determines its numbers, beside the clip.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The `ffmpeg` program that it decodes with.
    pub fn ffmpeg(&self) -> &Ffmpeg {
        &self.ffmpeg
    }

    /// Computes the features of one video or sound file.
    ///
    /// # Errors
    /// Everything that can be wrong with the clip; [`Error::NotFinite`] for results that are no numbers.
    pub fn encode(&self, clip: impl AsRef<Path>) -> Result<Encoding, Error> {
        let clip = clip.as_ref().to_owned();
        let nothing = Error::Interrupted { path: clip.clone() };
        self.encode_all([clip]).next().map_or(Err(nothing), |(_, encoding)| encoding)
    }

    /// Computes the features of many files, in their order. While one is computed, the next is decoded. A clip that fails
    /// does not stop the others.
    pub fn encode_all(&self, clips: impl IntoIterator<Item = PathBuf>) -> Encodings<'_> {
        if let Some(threads) = self.options.threads {
            tch::set_num_threads(i32::try_from(threads.get()).unwrap_or(i32::MAX));
        }
        let clips: Vec<PathBuf> = clips.into_iter().collect();
        let faces = self.faces.clone();
        let preparation = Preparation::start(self.preset, &self.ffmpeg, &self.options, faces, clips.clone());
        Encodings { encoder: self, clips: clips.into_iter(), preparation }
    }

    fn compute(&self, input: &[f32]) -> Result<Tensor, Error> {
        let all = || Tensor::f_from_slice(input);
        match &self.network {
            Network::Speech(network) => network.forward(&all()?, self.options.layer),
            Network::Clip(network) => network.forward(&self.pictures(&all()?)?),
            Network::ImageBind(network) => network.forward(&self.pictures(&all()?)?),
            Network::VideoMae(network) => network.forward(&self.groups(&all()?)?),
            Network::VideoSwin(network) => network.forward(&self.groups(&all()?)?),
            Network::HiCmae(network) => {
                let length = self.preset.windows.map_or(1, Windows::length);
                let values = length * self.preset.pixels.map_or(0, |pixels| pixels.values());
                let (faces, sound) = input.split_at(values.min(input.len()));
                let faces = self.groups(&Tensor::f_from_slice(faces)?)?;
                network.features(&faces, &log_mel(sound)?.f_unsqueeze(0)?)
            }
        }
    }

    fn pictures(&self, input: &Tensor) -> Result<Tensor, Error> {
        let side = self.preset.pixels.map_or(0, |pixels| pixels.size()) as i64;
        Ok(input.f_reshape([-1, 3, side, side])?)
    }

    /// Groups of frames `(B, 3, T, S, S)`.
    fn groups(&self, input: &Tensor) -> Result<Tensor, Error> {
        let length = self.preset.windows.map_or(1, |windows| windows.length()) as i64;
        Ok(self.pictures(input)?.f_unflatten(0, [-1, length])?.f_transpose(1, 2)?)
    }
}

fn network(
    kind: EncoderKind,
    preset: PresetName,
    weights: &WeightSource,
    options: &EncoderOptions,
) -> Result<Network, Error> {
    let placement = options.placement();
    macro_rules! made {
        ($network:ident, $config:expr) => {
            match weights {
                WeightSource::File(path) => {
                    $network::load(&$config, &mut WeightFile::open(path)?, placement).map(Network::$network)
                }
                WeightSource::Random(seed) => {
                    $network::random(&$config, *seed, placement).map(Network::$network)
                }
            }
        };
    }
    match kind {
        EncoderKind::Clip => made!(Clip, ClipConfig::VIT_B_32),
        EncoderKind::ImageBind => made!(ImageBind, ImageBindConfig::HUGE),
        EncoderKind::OpenFace => {
            let what = "it is a program and no network: `OpenFaceEncoder` runs it";
            Err(Error::Unsupported { encoder: kind, what: what.to_owned() })
        }
        EncoderKind::VideoMae => made!(
            VideoMae,
            match preset {
                PresetName::Published => VideoMaeConfig::GIANT_14,
                PresetName::Corrected => VideoMaeConfig::BASE_16,
            }
        ),
        EncoderKind::VideoSwin => made!(VideoSwin, VideoSwinConfig::base()),
        EncoderKind::Hubert => made!(Speech, SpeechConfig::HUBERT_LARGE),
        EncoderKind::WavLm => made!(Speech, SpeechConfig::WAVLM_LARGE),
        EncoderKind::HiCmae => made!(HiCmae, HiCmaeConfig::BASE),
    }
}

/// The features of many clips, one after the other: see [`Encoder::encode_all`].
#[derive(Debug)]
pub struct Encodings<'a> {
    encoder: &'a Encoder,
    clips: std::vec::IntoIter<PathBuf>,
    preparation: Preparation,
}

impl Iterator for Encodings<'_> {
    type Item = (PathBuf, Result<Encoding, Error>);

    fn next(&mut self) -> Option<Self::Item> {
        let clip = self.clips.next()?;
        let encoding = self.encoding(&clip);
        Some((clip, encoding))
    }
}

impl Encodings<'_> {
    /// Computes what comes in until the clip ends. Also of a clip that fails everything is taken in.
    fn encoding(&mut self, clip: &Path) -> Result<Encoding, Error> {
        let mut rows: Vec<f32> = Vec::new();
        let mut width = 0;
        let mut computing = Duration::ZERO;
        let mut failure = None;
        loop {
            match self.preparation.next() {
                None => return Err(Error::Interrupted { path: clip.to_owned() }),
                Some(Message::Input(input)) if failure.is_none() => {
                    let start = Instant::now();
                    match self.encoder.compute(&input).and_then(|output| append(&output, &mut rows)) {
                        Ok(columns) => width = columns,
                        Err(error) => failure = Some(error),
                    }
                    computing += start.elapsed();
                }
                Some(Message::Again) if failure.is_none() => rows.extend_from_within(rows.len() - width..),
                Some(Message::Input(_) | Message::Again) => {}
                Some(Message::End(Err(error))) => return Err(error),
                Some(Message::End(Ok(facts))) => {
                    let Facts { video, faces, sound, mut notes } = *facts;
                    if let Some(error) = failure {
                        return Err(error.of_clip(clip));
                    }
                    if let Some(place) = rows.iter().position(|value| !value.is_finite()) {
                        return Err(Error::NotFinite {
                            path: clip.to_owned(),
                            row: place / width,
                            value: rows[place],
                        });
                    }
                    let count = rows.len() / width.max(1);
                    let rows = Array2::from_shape_vec((count, width), rows)
                        .map_err(|_| Error::Interrupted { path: clip.to_owned() })?;
                    notes.extend(video.iter().flat_map(VideoFacts::notes));
                    notes.extend(faces.iter().flat_map(FaceFacts::notes));
                    notes.extend(sound.iter().flat_map(SoundFacts::notes));
                    return Ok(Encoding {
                        features: FeatureMatrix::new(rows)?,
                        video,
                        faces,
                        sound,
                        computing,
                        notes,
                    });
                }
            }
        }
    }
}

/// Appends the rows of a tensor, and tells how wide they are.
fn append(output: &Tensor, rows: &mut Vec<f32>) -> Result<usize, Error> {
    let (_, width) = output.size2()?;
    let output = output.f_contiguous()?;
    let start = rows.len();
    rows.resize(start + output.numel(), 0.0);
    output.f_copy_data(&mut rows[start..], output.numel())?;
    Ok(width as usize)
}
