//! The one error type of the crate.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use blemore_base::list::{counted, listing};
use blemore_base::{Blame, is_given_wrong};
use blemore_features::openface::OpenFaceError;
use blemore_media::EncoderKind;

use crate::{SpeechConfig, WeightFault, WeightFileProblem};

/// What can go wrong in this crate; each variant says where, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file that cannot be read.
    #[error("{} cannot be read: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file that is no checkpoint, or a damaged one.
    #[error("{} is no checkpoint that can be used: {problem}", .path.display())]
    UnusableFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: WeightFileProblem,
    },
    /// A checkpoint of something else.
    #[error(
        "{} is no checkpoint of {network}: a tensor should be named {}, and there are {}, ...",
        .path.display(), .expected.join(" or "), .found.join(", ")
    )]
    OtherNetwork {
        /// The file.
        path: PathBuf,
        /// The network that it should be of.
        network: &'static str,
        /// Names of which the file should have one, whatever stands before it.
        expected: Vec<&'static str>,
        /// The first names that it has.
        found: Vec<String>,
    },
    /// A checkpoint that differs from what the network needs, with all differences.
    #[error("{} does not fit: {}", .path.display(), listed(.faults))]
    Weights {
        /// The file.
        path: PathBuf,
        /// Every difference.
        faults: Vec<WeightFault>,
    },
    /// A checkpoint whose sizes no network can have.
    #[error("{} does not fit: {problem}", .path.display())]
    Sizes {
        /// The file.
        path: PathBuf,
        /// Why not.
        problem: String,
    },
    /// A checkpoint in a cache that is not the file that it is named after.
    #[error(
        "{} has the SHA-256 {found}, and the cache names it {expected}: delete it and download it again",
        .path.display()
    )]
    OtherHash {
        /// The file.
        path: PathBuf,
        /// The hash that is its name.
        expected: String,
        /// Its hash.
        found: String,
    },
    /// A checkpoint that features were made with and that is not there.
    #[error(
        "the features were made with {file} of {encoder}, which {}; `blemore encode --list` shows where it is published",
        match .folder {
            Some(folder) => format!("is not in {}", folder.display()),
            None => "is needed: name its folder with --checkpoints".to_owned(),
        }
    )]
    NoCheckpoint {
        /// The encoder.
        encoder: EncoderKind,
        /// The file's name.
        file: String,
        /// Where it was looked for.
        folder: Option<PathBuf>,
    },
    /// Faces that cannot all be decoded.
    #[error("{}: {decoded} of {files} pictures can be decoded: align the clip's faces again", .folder.display())]
    DamagedFaces {
        /// The folder of the clip's faces.
        folder: PathBuf,
        /// Pictures in the folder.
        files: usize,
        /// Those that were decoded.
        decoded: usize,
    },
    /// A clip without a face.
    #[error("{}: none of its {frames} frames has a face that the built-in detector finds", .path.display())]
    NoFace {
        /// The clip.
        path: PathBuf,
        /// Frames that were looked at.
        frames: usize,
    },
    /// A clip that had other frames when it was decoded once more.
    #[error("{}: it changed while it was read: encode it again", .path.display())]
    ChangedClip {
        /// The clip.
        path: PathBuf,
    },
    /// A clip or its faces, which are other files than those that training began with.
    #[error(
        "{}: the clip or its faces changed after training had begun: put the files back and run the same command, or \
         begin again with --force",
        .path.display()
    )]
    OtherClip {
        /// The clip.
        path: PathBuf,
    },
    /// Clips that cannot be used, all that were found.
    #[error("{} cannot be used{}", counted(.faults.len(), "clip"), listing(.faults))]
    Clips {
        /// What is wrong with each.
        faults: Vec<Error>,
    },
    /// No weights of the face detector.
    #[error(
        "the face detector has no weights: {} were looked for in {}; `cargo xtask setup` brings them",
        .files.join(", "), listed_paths(.places)
    )]
    NoFaceDetector {
        /// Where they were looked for.
        places: Vec<PathBuf>,
        /// The files.
        files: [&'static str; 3],
    },
    /// Weights of the face detector that are not the published ones.
    #[error(
        "{} has the SHA-256 {found}, and the file of facenet-pytorch 2.6.0 has {expected}: delete it and run \
         `cargo xtask setup`",
        .path.display()
    )]
    OtherFaceDetector {
        /// The file.
        path: PathBuf,
        /// The hash of the published file.
        expected: String,
        /// Its hash.
        found: String,
    },
    /// OpenFace has written more or fewer rows or pictures than the clip has frames, of which it says nothing itself.
    #[error(
        "{}: OpenFace wrote {written} {unit}, and {decoded} frames can be decoded: make the clip anew with a constant frame \
         rate (`ffmpeg -i CLIP -r 25 NEW.mp4`)",
        .path.display()
    )]
    OpenFaceFrames {
        /// The clip.
        path: PathBuf,
        /// How many it wrote.
        written: usize,
        /// `rows` or `pictures`.
        unit: &'static str,
        /// Frames that ffmpeg decodes.
        decoded: usize,
    },
    /// OpenFace has written a CSV file that cannot be used.
    #[error("{}: OpenFace's CSV file: {source}", .path.display())]
    OpenFaceFile {
        /// The clip.
        path: PathBuf,
        /// What is wrong.
        source: OpenFaceError,
    },
    /// Another encoder than features were made with.
    #[error("{encoder} is not the one that the features were made with: {}", .differences.join("; "))]
    OtherEncoder {
        /// The encoder.
        encoder: EncoderKind,
        /// In what it differs: what the features were made with, and what is there.
        differences: Vec<String>,
    },
    /// Something that an encoder does not do.
    #[error("{encoder}: {what}")]
    Unsupported {
        /// The encoder.
        encoder: EncoderKind,
        /// Why not.
        what: String,
    },
    /// A graphics processor that is not there.
    #[error("there is no graphics processor {index}: this libtorch sees {available}")]
    NoSuchDevice {
        /// Its number, from 0.
        index: usize,
        /// How many there are.
        available: usize,
    },
    /// A clip whose features are no numbers.
    #[error(
        "{}: the network gives {value} in row {row}: the checkpoint is damaged, or half precision is not enough",
        .path.display()
    )]
    NotFinite {
        /// The clip.
        path: PathBuf,
        /// The row, from 0.
        row: usize,
        /// The value.
        value: f32,
    },
    /// A clip that fails in the network.
    #[error("{}: {source}", .path.display())]
    Clip {
        /// The clip.
        path: PathBuf,
        /// What is wrong.
        source: Box<Error>,
    },
    /// A clip without a file that an encoder could take.
    #[error("{name}: there is no {} of this name", if *.hears { "video or sound file" } else { "video file" })]
    NoClip {
        /// The clip.
        name: String,
        /// Whether the encoder takes sound.
        hears: bool,
    },
    /// A clip with several files.
    #[error("{name}: {} could be meant: leave one", listed_paths(.paths))]
    SeveralFiles {
        /// The clip.
        name: String,
        /// The files.
        paths: Vec<PathBuf>,
    },
    /// A folder with arrays that were made otherwise.
    #[error(
        "{}: {}: a folder holds arrays of one kind; choose another folder or delete it",
        .array.display(), .differences.join("; ")
    )]
    OtherArrays {
        /// The first such array.
        array: PathBuf,
        /// In what it differs: what it is, and what was to be written.
        differences: Vec<String>,
    },
    /// A file that cannot be written.
    #[error("{} cannot be written: {source}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The thread that decodes ended by itself.
    #[error("{}: its decoding ended too early", .path.display())]
    Interrupted {
        /// The clip.
        path: PathBuf,
    },
    /// A sound that is too long to go through a network as a whole.
    #[error(
        "{}: its sound is longer than {} s{}: `--chunk {}` cuts it into pieces, with other values at their borders",
        .path.display(), .limit.as_secs_f64(), memory(.seconds), .limit.as_secs_f64()
    )]
    SoundTooLong {
        /// The clip.
        path: PathBuf,
        /// The longest sound that is taken.
        limit: Duration,
        /// The length that the file says, in seconds.
        seconds: Option<f64>,
    },
    /// A clip, a frame or a sound that cannot be decoded.
    #[error(transparent)]
    Media(#[from] blemore_media::Error),
    /// Features that cannot be kept.
    #[error(transparent)]
    Features(#[from] blemore_features::Error),
    /// A sound that is shorter than what one row of features is computed from.
    #[error(
        "{}the sound has {samples} samples at 16 kHz: one row of features takes 400, which are 25 ms",
        before(.path)
    )]
    TooShort {
        /// The clip; empty for a sound in memory.
        path: PathBuf,
        /// Samples of the sound.
        samples: usize,
    },
    /// A video that gives no row of features, filled up as the preset says.
    #[error(
        "{}: {frames} frames are too few: with what fills them up they are fewer than the {needed} of a row", .path.display()
    )]
    TooFewFrames {
        /// The clip.
        path: PathBuf,
        /// Frames that were kept.
        frames: usize,
        /// Frames of a row.
        needed: usize,
    },
    /// A layer that the network does not have.
    #[error("there is no layer {index}: give 0 to {layers}, or `mean`")]
    NoSuchLayer {
        /// The layer asked for.
        index: usize,
        /// The last one.
        layers: usize,
    },
    /// An error in libtorch.
    #[error("libtorch: {0}")]
    Torch(#[from] tch::TchError),
}

impl Blame for Error {
    fn is_bad_input(&self) -> bool {
        match self {
            Self::Read { source, .. } => is_given_wrong(source),
            Self::Torch(_) | Self::Interrupted { .. } | Self::Write { .. } => false,
            Self::Clip { source, .. } => source.is_bad_input(),
            Self::Clips { faults } => faults.iter().all(Self::is_bad_input),
            Self::Media(error) => error.is_bad_input(),
            Self::Features(error) => error.is_bad_input(),
            _ => true,
        }
    }
}

/// What was made of all clips, or all faults.
pub(crate) fn all_or_faults<T>(found: impl Iterator<Item = Result<T, Error>>) -> Result<Vec<T>, Error> {
    let (mut made, mut faults) = (Vec::new(), Vec::new());
    for one in found {
        match one {
            Ok(one) => made.push(one),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(made) } else { Err(Error::Clips { faults }) }
}

impl Error {
    pub(crate) fn sound_too_long(path: &Path, limit: Duration, seconds: Option<f64>) -> Self {
        Self::SoundTooLong { path: path.to_owned(), limit, seconds }
    }

    /// Whether the folder of arrays is at fault, and the next clip would fail like this one.
    pub(crate) fn is_of_output(&self) -> bool {
        matches!(
            self,
            Self::Write { .. }
                | Self::Media(blemore_media::Error::Write { .. })
                | Self::Features(blemore_features::Error::Write { .. })
        )
    }

    /// The same, with the clip that it was found in.
    pub(crate) fn of_clip(self, path: &Path) -> Self {
        Self::Clip { path: path.to_owned(), source: Box::new(self) }
    }
}

fn before(path: &Path) -> String {
    if path.as_os_str().is_empty() { String::new() } else { format!("{}: ", path.display()) }
}

fn listed_paths(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" or ")
}

/// What a sound of so many seconds would take.
fn memory(seconds: &Option<f64>) -> String {
    let Some(seconds) = seconds else { return String::new() };
    let bytes =
        SpeechConfig::WAVLM_LARGE.working_bytes((seconds * f64::from(blemore_media::sound::RATE)) as usize);
    format!(
        " ({seconds:.1} s, which would take {:.1} GiB beside the weights)",
        bytes as f64 / f64::from(1 << 30)
    )
}

fn listed(faults: &[WeightFault]) -> String {
    faults.iter().map(WeightFault::to_string).collect::<Vec<_>>().join("; ")
}
