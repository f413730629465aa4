//! The command line: all commands, and what each takes.

mod encode;
mod figures;
mod outputs;
mod report;
mod runs;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use blemore_base::limits;
use blemore_features::Layer;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub use encode::{Encode, PartitionChoice};
pub use figures::{FigureFormat, Figures};
pub use outputs::{
    ByActorArguments, Decode, DecoderChoice, Evaluate, Grouping, LateFuse, Tables, WeightsChoice,
};
pub use report::{Report, ReportFormat};
pub use runs::{
    Completions, CrossValidate, ExecutionArguments, MakeFolds, Merge, NetworkArguments, Predict, Reproduce,
    Sweep, Test, Training, Trivial, Verify,
};

use crate::output::{Format, Output, Verbosity};

/// Blended emotions with relative salience: the BLEMORE baselines, scoring and submissions.
#[derive(Debug, Parser)]
#[command(name = "blemore", bin_name = "blemore", version, max_term_width = 110)]
#[command(
    after_help = "Exit codes: 0 done, 1 the machine could not do the work (a full disk), 2 wrong usage or input.\n\
                  --version -v also tells libtorch, its devices, ffmpeg and the processor."
)]
pub struct Arguments {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
pub struct Global {
    /// Print one JSON document to stdout instead of tables
    #[arg(long, global = true)]
    json: bool,
    /// Print only results and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Print more details
    #[arg(short, long, global = true)]
    verbose: bool,
}

impl Global {
    /// Where results and messages go.
    pub fn output(&self) -> Output {
        let verbosity = match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        };
        Output { format: if self.json { Format::Json } else { Format::Text }, verbosity }
    }
}

/// A number of replicates that gives intervals worth the name.
fn replicates() -> impl clap::builder::TypedValueParser<Value = u32> {
    clap::value_parser!(u32).range(100..=i64::from(limits::REPLICATES))
}

/// A number of threads or of fits side by side.
fn threads(text: &str) -> Result<NonZeroUsize, String> {
    let number = text.parse::<NonZeroUsize>().ok().filter(|number| number.get() <= limits::THREADS);
    number.ok_or_else(|| format!("give a number from 1 to {}", limits::THREADS))
}

/// The commands, listed by `--help` in the order of a study.
#[expect(missing_docs, reason = "a comment here would be shown in place of what is said of the arguments")]
#[derive(Debug, Subcommand)]
pub enum Command {
    Reproduce(Box<Reproduce>),
    Encode(Box<Encode>),
    Inspect(Inspect),
    Folds(MakeFolds),
    Openface(Openface),
    Aggregate(Aggregate),
    Fuse(Fuse),
    Trivial(Trivial),
    CrossValidate(Box<CrossValidate>),
    Sweep(Sweep),
    Merge(Merge),
    Verify(Verify),
    Report(Box<Report>),
    Figures(Box<Figures>),
    Test(Test),
    Predict(Predict),
    Thresholds(Thresholds),
    LateFuse(LateFuse),
    Decode(Box<Decode>),
    Evaluate(Evaluate),
    Score(Score),
    Submit(Submit),
    Completions(Completions),
}

/// What a dataset folder holds, and what is wrong with it: names, metadata, folds, arrays and their values
///
/// Clips, actors, folds, class balance, and the feature sets with their shapes. Says where values are not finite, clips have
/// equal values, columns say nothing, and test clips are far from training's. Ends with exit code 2 when it finds a fault.
#[derive(Debug, Args)]
#[command(after_help = "Example: blemore inspect BLEMORE")]
pub struct Inspect {
    /// A dataset folder: metadata CSVs and pre_extracted_{train,test}_data, or npz files
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,

    /// Read clip names and headers of the features alone, not their values
    #[arg(long)]
    pub quick: bool,
}

/// OpenFace 2 and 3 CSV to one array per clip
///
/// Frames without a face are interpolated where enough others are good; clips that are not good are listed. Of
/// several faces in a frame the most confident one is kept; of equally confident ones, and of OpenFace 3, the one
/// tracked in most frames of the file, then the one with the smallest number. Several faces, lost frames and rows
/// out of order are reported.
#[derive(Debug, Args)]
#[command(after_help = "Example: blemore openface openface_csv -o pre_extracted_train_data/OpenFace_train")]
pub struct Openface {
    /// Folder of one CSV file per clip
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// Folder for the arrays, which must be empty or not there
    #[arg(long, short, value_name = "DIR")]
    pub output: PathBuf,
    /// What to do with frames that show several faces
    #[arg(long, value_enum, default_value_t = SeveralFacesChoice::Keep)]
    pub on_several_faces: SeveralFacesChoice,
    /// Write into a folder that holds something, replacing arrays of the same clips
    #[arg(long)]
    pub force: bool,
}

/// What to do with frames that show several faces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SeveralFacesChoice {
    /// Keep one face per frame, naming file, frames and faces
    Keep,
    /// Fail, naming file, frames and faces
    Refuse,
}

/// Per-clip arrays to one table of descriptors
///
/// Mean, standard deviation and the 10th, 25th, 50th, 75th and 90th percentiles of each dimension. A 1-D array
/// counts as one frame. In arrays with three axes or more, axes of length 1 are dropped, and this is reported.
#[derive(Debug, Args)]
#[command(after_help = "Example: blemore aggregate pre_extracted_train_data/WavLM_large_train -o wavlm.npz")]
pub struct Aggregate {
    /// Folder of one .npy file per clip, each T x D, or an .npz file with an array per clip
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// The table to write
    #[arg(long, short, value_name = "F.npz")]
    pub output: PathBuf,
    /// Take only clips whose name contains this text
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// For arrays with all layers of a network (layers x T x D): take this layer, counted from 0, or the mean
    #[arg(long, value_name = "N|mean", value_parser = layer, allow_negative_numbers = true)]
    pub layer: Option<Layer>,
    /// DIR holds a folder per clip with one .npy file per frame: stack them, frame_2 before frame_10
    #[arg(long)]
    pub frames: bool,
    /// How much runs side by side.
    /// Number of clips that are read at the same time [default: the number of cores]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub jobs: Option<NonZeroUsize>,
    /// What to do with frames that hold a NaN or an infinity
    #[arg(long, value_enum, default_value_t = NonFiniteChoice::Refuse)]
    pub on_nonfinite: NonFiniteChoice,
    /// Replace an existing file
    #[arg(long)]
    pub force: bool,
}

fn layer(text: &str) -> Result<Layer, String> {
    match text {
        "mean" => Ok(Layer::Mean),
        number => number.parse().map(Layer::Index).map_err(|_| "give a number from 0 on, or mean".to_owned()),
    }
}

/// What to do with frames that hold a NaN or an infinity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum NonFiniteChoice {
    /// Fail, naming clip, frame and dimension
    Refuse,
    /// Leave such frames out
    Drop,
    /// Fill in linearly from the frames before and after
    Interpolate,
}

/// Early fusion: the columns of several tables side by side, joined by clip name
#[derive(Debug, Args)]
#[command(after_help = "Example: blemore fuse imagebind.npz wavlm.npz -o imagebind+wavlm.npz")]
pub struct Fuse {
    /// Tables to fuse, two or more
    #[arg(value_name = "F.npz", num_args = 2.., required = true)]
    pub tables: Vec<PathBuf>,
    /// The table to write
    #[arg(long, short, value_name = "F.npz")]
    pub output: PathBuf,
    /// Keep the clips that all tables have, instead of refusing tables with different clips
    #[arg(long, conflicts_with = "all")]
    pub common: bool,
    /// Keep every clip, and note which tables lack it: for gated fusion
    #[arg(long)]
    pub all: bool,
    /// Replace an existing file
    #[arg(long)]
    pub force: bool,
}

/// Find alpha and beta from probabilities
///
/// The grid is the published one, 20 x 20 values from 0.05 to 0.95; of equally good thresholds the first in its order
/// are taken, as in the published search.
#[derive(Debug, Args)]
#[command(after_help = "Example: blemore thresholds --probabilities fold0.csv --presence-weight 0.5")]
pub struct Thresholds {
    /// CSV with the columns filename, ang, disg, fea, hap, sad, neu
    #[arg(long, value_name = "F.csv")]
    pub probabilities: PathBuf,
    /// Metadata with the truth [default: read from the clip names]
    #[arg(long, value_name = "F.csv")]
    pub metadata: Option<PathBuf>,
    /// Weight of ACC_presence in the objective, 0 to 1; ACC_salience has the rest
    #[arg(long, value_name = "W", allow_negative_numbers = true, default_value_t = blemore_eval::PUBLISHED_PRESENCE_WEIGHT)]
    pub presence_weight: f64,
    /// The optimum over all real thresholds instead of a grid
    #[arg(long)]
    pub exact: bool,
}

/// Score predictions: ACC_presence and ACC_salience with confidence intervals over actors
///
/// Scores what the published scorer scores, and reports what is wrong with the predictions. Intervals are of the BCa
/// bootstrap over actors, also for the groups of --by. With --compare the difference has such an interval too;
/// "p, permutation" exchanges the two systems actor by actor and is the one to report; "p, bootstrap" moves the
/// replicates to a difference of 0.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  blemore score --predictions ours.json --metadata test_metadata.csv\n",
    "  blemore score --predictions ours.json --metadata test_metadata.csv --by gender,intensity_level\n",
    "  blemore score --predictions ours.json --compare theirs.json --json",
))]
pub struct Score {
    /// The challenge's JSON, or the zip that holds it
    #[arg(long, value_name = "F.json")]
    pub predictions: PathBuf,
    /// A second system on the same clips, to compare with the first
    #[arg(long, value_name = "OTHER.json")]
    pub compare: Option<PathBuf>,
    /// Metadata with the truth [default: read from the clip names]
    #[arg(long, value_name = "F.csv")]
    pub metadata: Option<PathBuf>,
    /// Also show the accuracies by this column of the metadata, such as gender; several columns with commas between
    /// them [without --metadata: columns that can be read from the clip names]
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub by: Vec<String>,
    /// Refuse predictions with an issue (whatever `blemore submit` refuses) instead of scoring and reporting them
    #[arg(long)]
    pub strict: bool,
    /// Bootstrap replicates and permutations
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = replicates())]
    pub replicates: u32,
    /// Seed of the bootstrap
    #[arg(long, value_name = "SEED", default_value_t = 42)]
    pub seed: u64,
}

/// Make the challenge's bundle of predictions, checked against its rules
///
/// Each clip has one or two known emotions, neutral is never in a blend, saliences are 100, 50/50, 70/30 or 30/70. With
/// --metadata, every clip of it must be there, and no other.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: blemore submit --predictions predictions.json --metadata test_metadata.csv -o submission.zip"
)]
pub struct Submit {
    /// The predictions as JSON, or a zip that holds it
    #[arg(long, value_name = "F.json")]
    pub predictions: PathBuf,
    /// Metadata with the expected clips, of which only the column filename is read
    #[arg(long, value_name = "F.csv")]
    pub metadata: Option<PathBuf>,
    /// The bundle to write
    #[arg(long, short, value_name = "F.zip")]
    pub output: PathBuf,
    /// Replace an existing file
    #[arg(long)]
    pub force: bool,
}
