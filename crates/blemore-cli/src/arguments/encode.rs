//! What `blemore encode` takes.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use blemore_features::Layer;
use blemore_media::{EncoderKind, PresetName, Thinning};
use blemore_run::{Device, JobShare};
use clap::{Args, ValueEnum};

use super::{layer, threads};

/// Frames that go through a network together, unless said otherwise.
const BATCH: NonZeroUsize = NonZeroUsize::new(8).unwrap();

/// Compute arrays of features from video and sound files: CLIP, ImageBind, VideoMAEv2, Video Swin, HuBERT, WavLM, HiCMAE,
/// OpenFace
///
/// Reads frames and sound with the program ffmpeg and runs the networks with the checkpoints that the encoders'
/// authors publish (--list names them; nothing is downloaded). Writes a JSON file beside each array that says where
/// its numbers come from. Arrays that are there and right are not computed again. Clips that cannot be encoded are
/// listed at the end and do not stop the others.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  blemore encode --list\n  \
        blemore encode clips -o BLEMORE --encoder clip,imagebind,videoswin,hubert --checkpoints checkpoints\n  \
        blemore reproduce --data BLEMORE")]
pub struct Encode {
    /// A folder of clips with train_metadata.csv and test_metadata.csv, or without them and with --partition
    #[arg(value_name = "CLIPS", required_unless_present = "list")]
    pub clips: Option<PathBuf>,
    /// A folder for the arrays: DIR/CLIP_train/CLIP_NAME.npy, and the metadata
    #[arg(long, short, value_name = "DIR", required_unless_present = "list")]
    pub output: Option<PathBuf>,
    /// Encoders: clip, imagebind, openface, videomaev2, videoswin, hubert, wavlm, hicmae
    #[arg(long = "encoder", value_name = "NAMES", value_delimiter = ',', required_unless_present = "list")]
    pub encoders: Vec<EncoderKind>,
    /// A folder with the checkpoints, under their own names, in folders named after the encoders, or a Hugging Face
    /// cache [default: the environment variable BLEMORE_CHECKPOINTS]
    #[arg(long, value_name = "DIR")]
    pub checkpoints: Option<PathBuf>,
    /// For hicmae: a folder with the aligned faces of each clip, DIR/CLIP_aligned/*.bmp as OpenFace writes them, or
    /// DIR/CLIP. With openface those that are missing are made and kept there
    #[arg(long, value_name = "DIR")]
    pub faces: Option<PathBuf>,
    /// For hicmae without --faces and --openface: keep the aligned faces of the built-in detector in DIR/CLIP_aligned, for
    /// --faces; otherwise they are written nowhere. Faces are personal data
    #[arg(long, value_name = "DIR", conflicts_with_all = ["faces", "openface"])]
    pub keep_faces: Option<PathBuf>,
    /// For hicmae without --faces and --openface: a folder with the weights of the built-in detector, pnet.pt, rnet.pt and
    /// onet.pt of facenet-pytorch 2.6.0 [default: that of `cargo xtask setup`]
    #[arg(long, value_name = "DIR", conflicts_with_all = ["faces", "openface"])]
    pub face_detector: Option<PathBuf>,
    /// For openface and hicmae: OpenFace 2's program FeatureExtraction, which is not part of this program; its licence
    /// allows academic and other non-profit use only [openface default: that of PATH]
    #[arg(long, value_name = "PROGRAM")]
    pub openface: Option<PathBuf>,
    /// Make weights up from a seed, to try things out: the features mean nothing, and are marked
    #[arg(long, value_name = "SEED", conflicts_with = "checkpoints")]
    pub random_weights: Option<u64>,
    /// Show which checkpoint each encoder wants, where it is published, its licence, and whether it is there
    #[arg(long)]
    pub list: bool,
    /// How clips are prepared: as the published code does, or as the encoders' authors do
    #[arg(long, value_name = "published|corrected", default_value_t = PresetName::Published)]
    pub preset: PresetName,
    /// The partition of the clips; with metadata, only this one
    #[arg(long, value_enum)]
    pub partition: Option<PartitionChoice>,
    /// Take this layer of HuBERT and WavLM, 0 to 24, or the mean of all [default: the output of the last norm]
    #[arg(long, value_name = "N|mean", value_parser = layer, allow_negative_numbers = true)]
    pub layer: Option<Layer>,
    /// At most this many frames per second
    #[arg(long, value_name = "N", value_parser = rate)]
    pub fps: Option<f64>,
    /// Take only every Nth frame
    #[arg(long, value_name = "N", conflicts_with = "fps")]
    pub every: Option<NonZeroUsize>,
    /// Cut sound into pieces of this many seconds; the values are then not the published ones
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub chunk: Option<Duration>,
    /// cpu, cuda or cuda:N
    #[arg(long, value_name = "DEVICE", default_value_t = Device::Cpu)]
    pub device: Device,
    /// Compute in half precision: bf16 on processors, f16 on graphics processors
    #[arg(long)]
    pub half: bool,
    /// Frames that go through a network together; a window of frames at least
    #[arg(long, value_name = "N", default_value_t = BATCH)]
    pub batch: NonZeroUsize,
    /// Number of cores to use [default: all]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub jobs: Option<NonZeroUsize>,
    /// Only part I of N of the clips, for a job array of a scheduler such as Slurm
    #[arg(long, value_name = "I/N")]
    pub cell: Option<JobShare>,
    /// The ffmpeg program [default: that of PATH, or of `cargo xtask setup`]
    #[arg(long, value_name = "F")]
    pub ffmpeg: Option<PathBuf>,
    /// Stop ffmpeg or OpenFace when it gives nothing for this many seconds [default: 60]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub time_limit: Option<Duration>,
}

impl Encode {
    /// All clips of a folder with the published preset, and nothing else chosen.
    pub fn new(clips: PathBuf, output: PathBuf) -> Self {
        Self {
            clips: Some(clips),
            output: Some(output),
            encoders: Vec::new(),
            checkpoints: None,
            faces: None,
            keep_faces: None,
            face_detector: None,
            openface: None,
            random_weights: None,
            list: false,
            preset: PresetName::Published,
            partition: None,
            layer: None,
            fps: None,
            every: None,
            chunk: None,
            device: Device::Cpu,
            half: false,
            batch: BATCH,
            jobs: None,
            cell: None,
            ffmpeg: None,
            time_limit: None,
        }
    }

    /// Which frames are taken.
    pub fn thinning(&self) -> Thinning {
        match (self.fps, self.every) {
            (Some(fps), _) => Thinning::Fps(fps),
            (None, Some(every)) => Thinning::Every(every),
            (None, None) => Thinning::All,
        }
    }

    /// The folder of checkpoints, given or from the environment.
    pub fn checkpoints(&self) -> Option<PathBuf> {
        checkpoints(self.checkpoints.as_ref())
    }
}

/// The folder of checkpoints, given or from the environment.
pub(super) fn checkpoints(given: Option<&PathBuf>) -> Option<PathBuf> {
    let variable = std::env::var_os("BLEMORE_CHECKPOINTS").filter(|folder| !folder.is_empty());
    given.cloned().or_else(|| variable.map(PathBuf::from))
}

/// A partition of the dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PartitionChoice {
    /// Training clips
    Train,
    /// Test clips
    Test,
}

impl PartitionChoice {
    /// As it stands at the end of a folder's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Test => "test",
        }
    }
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate: &f64| rate.is_finite() && *rate > 0.0);
    rate.ok_or_else(|| "give a number above 0".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = rate(text)?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}
