//! What is written beside each array: a small JSON file that says where its numbers come from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{fmt, fs, io};

use blemore_base::{InputFile, read_input};
use blemore_hash::Hash;
use serde::{Deserialize, Serialize};

use crate::encoder_kind::EncoderKind;
use crate::error::Error;
use crate::face_facts::FaceFacts;
use crate::frames::VideoFacts;
use crate::preset::PresetName;
use crate::sound::SoundFacts;

/// Most bytes of a side file.
const MAX_BYTES: u64 = 1 << 20;

/// The weights that made an array.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WeightsOrigin {
    /// Those of a file.
    Checkpoint {
        /// The file's name, without folders.
        file: String,
        /// The SHA-256 of its bytes.
        sha256: Hash,
    },
    /// Those of a program, of which only what it writes is seen.
    Program {
        /// Its name.
        name: String,
        /// The version that it prints; `None` where it prints none.
        version: Option<String>,
        /// The SHA-256 of the program.
        sha256: Hash,
    },
    /// Random ones: the numbers say nothing about the encoder.
    Random {
        /// What they were drawn from.
        seed: u64,
    },
}

impl fmt::Display for WeightsOrigin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checkpoint { file, sha256 } => write!(formatter, "{file} ({})", sha256.short()),
            Self::Program { name, version, sha256 } => {
                let version = version.as_deref().unwrap_or("of an untold version");
                write!(formatter, "{name} {version} ({})", sha256.short())
            }
            Self::Random { seed } => write!(formatter, "random weights of seed {seed}"),
        }
    }
}

/// Everything that determines the numbers of an array, beside its clip. The same for all arrays of a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Recipe {
    /// The encoder.
    pub encoder: EncoderKind,
    /// How clips are prepared.
    pub preset: PresetName,
    /// The weights.
    pub weights: WeightsOrigin,
    /// Settings that change numbers and are not the preset's own, such as a layer, thinning, or half
    /// precision.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
}

/// Encoder, preset, weights and settings in one line.
impl fmt::Display for Recipe {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}, preset {}, {}", self.encoder, self.preset, self.weights)?;
        self.settings.iter().try_for_each(|(name, value)| write!(formatter, ", {name} {value}"))
    }
}

impl Recipe {
    /// What recipes call faces of the built-in detector.
    pub const BUILT_IN_FACES: &str = "built in (MTCNN, not OpenFace)";

    /// Whether faces came from the built-in detector, which is not OpenFace.
    pub fn has_built_in_faces(&self) -> bool {
        self.settings.get("faces").is_some_and(|faces| faces.ends_with(Self::BUILT_IN_FACES))
    }

    /// Whether the weights cannot be the paper's, because those of this encoder are not published.
    pub fn has_other_weights_than_the_paper(&self) -> bool {
        self.encoder == EncoderKind::VideoSwin
    }

    /// Whether the weights are random ones.
    pub fn is_random(&self) -> bool {
        matches!(self.weights, WeightsOrigin::Random { .. })
    }

    /// The name of the folder for its arrays: `ImageBind_train`, `CLIP_corrected_test`,
    /// `WavLM_large_random7_train`.
    pub fn folder_name(&self, partition: &str) -> String {
        let preset = if self.preset == PresetName::Published { "" } else { "_corrected" };
        let weights = match &self.weights {
            WeightsOrigin::Checkpoint { .. } | WeightsOrigin::Program { .. } => String::new(),
            WeightsOrigin::Random { seed } => format!("_random{seed}"),
        };
        format!("{}{preset}{weights}_{partition}", self.encoder.folder_name())
    }

    /// How another recipe differs, one phrase per point; empty if it is the same.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let settings = |recipe: &Self| {
            let all: Vec<String> =
                recipe.settings.iter().map(|(name, value)| format!("{name} {value}")).collect();
            if all.is_empty() { "none".to_owned() } else { all.join(", ") }
        };
        let points = [
            ("encoder", self.encoder.to_string(), other.encoder.to_string()),
            ("preset", self.preset.to_string(), other.preset.to_string()),
            ("weights", self.weights.to_string(), other.weights.to_string()),
            ("settings", settings(self), settings(other)),
        ];
        let different = points.into_iter().filter(|(_, one, other)| one != other);
        different.map(|(what, one, other)| format!("{what}: {one}, and {other}")).collect()
    }
}

/// A file as it was when it was read or written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileStamp {
    /// Its name, without folders.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// The SHA-256 of its bytes.
    pub sha256: Hash,
}

impl FileStamp {
    /// Reads a file once.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn of(path: &Path) -> Result<Self, Error> {
        let file = InputFile::open(path).map_err(Error::read(path))?;
        let sha256 = Hash::of_reader(file.reader()).map_err(Error::read(path))?;
        file.check_unchanged().map_err(Error::read(path))?;
        Ok(Self { name: name_of(path), bytes: file.length(), sha256 })
    }

    /// Whether a file still is what the stamp says. One of another length is not read; one that is not there
    /// is not it.
    ///
    /// # Errors
    /// A file that is there and cannot be read.
    pub fn fits(&self, path: &Path) -> Result<bool, Error> {
        match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Error::read(path)(error)),
            Ok(metadata) if metadata.len() != self.bytes => Ok(false),
            Ok(_) => Ok(Self::of(path)?.sha256 == self.sha256),
        }
    }
}

/// Length and time of the last change of a file: what tells without reading it that it is another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileMark {
    bytes: u64,
    /// None where the system does not tell.
    modified: Option<SystemTime>,
}

impl FileMark {
    /// Looks at a file.
    ///
    /// # Errors
    /// [`Error::Read`] for a file that is not there.
    pub fn of(path: &Path) -> Result<Self, Error> {
        let found = fs::metadata(path).map_err(Error::read(path))?;
        Ok(Self { bytes: found.len(), modified: found.modified().ok() })
    }
}

/// What stands beside an array `CLIP.npy` as `CLIP.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SideFile {
    /// The form of the file.
    pub format: u32,
    /// What determines the numbers.
    pub recipe: Recipe,
    /// The clip.
    pub source: FileStamp,
    /// The aligned faces, all pictures together, for an encoder that takes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub faces: Option<FileStamp>,
    /// What the built-in detector, which is not OpenFace, found in the clip's frames.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found_faces: Option<FaceFacts>,
    /// The array.
    pub array: FileStamp,
    /// Rows of the array.
    pub rows: usize,
    /// Columns of the array.
    pub columns: usize,
    /// The version of ffmpeg.
    pub ffmpeg: String,
    /// What was found out about the clip's picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video: Option<VideoFacts>,
    /// What was found out about the clip's sound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sound: Option<SoundFacts>,
    /// How long the clip took, in seconds.
    pub seconds: f64,
}

impl SideFile {
    /// The form of side files that this version writes and reads: a value for `format`.
    pub const FORMAT: u32 = 1;

    /// The side file of an array.
    pub fn path_of(array: &Path) -> PathBuf {
        array.with_extension("json")
    }

    /// The side file of an array, as it is written; `None` where there is none.
    ///
    /// # Errors
    /// A file that cannot be read, or is no side file of this form.
    pub fn read(array: &Path) -> Result<Option<Self>, Error> {
        let path = Self::path_of(array);
        let length = match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            metadata => metadata.map_err(Error::read(&path))?.len(),
        };
        let wrong = |message: String| Error::SideFile { path: path.clone(), message };
        if length > MAX_BYTES {
            return Err(wrong(format!("it has {length} bytes")));
        }
        let text = read_input(&path).map_err(Error::read(&path))?;
        let format: Format = serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
        if format.format != Self::FORMAT {
            let (found, expected) = (format.format, Self::FORMAT);
            return Err(wrong(format!("its format is {found}; this version reads {expected}")));
        }
        serde_json::from_slice(&text).map(Some).map_err(|error| wrong(error.to_string()))
    }

    /// Writes it beside the array, whole or not at all.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, array: &Path) -> Result<(), Error> {
        let path = Self::path_of(array);
        let written = blemore_base::atomic_write(&path, |out| {
            serde_json::to_writer_pretty(&mut *out, self)?;
            out.write_all(b"\n")
        });
        written.map_err(|source| Error::Write { path, source })
    }

    /// Whether the array is there and is the one described: a truncated or changed one is not.
    ///
    /// # Errors
    /// An array that is there and cannot be read.
    pub fn fits(&self, array: &Path) -> Result<bool, Error> {
        self.array.fits(array)
    }

    /// What a user should know about the clip, one sentence per point.
    pub fn notes(&self) -> Vec<String> {
        let video = self.video.iter().flat_map(VideoFacts::notes);
        let faces = self.found_faces.iter().flat_map(FaceFacts::notes);
        video.chain(faces).chain(self.sound.iter().flat_map(SoundFacts::notes)).collect()
    }
}

/// Only this is read before it is known that the rest can be.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
