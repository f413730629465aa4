//! The command line: what each command takes.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use blemore::Share;
use blemore::models::{Architecture, Device, HELD_OUT_EPOCHS, RandomOrder, SUBSAMPLED_EPOCHS};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::output::{Format, Output, Verbosity};

/// Blended emotions with relative salience: the BLEMORE baselines, scoring and submissions.
#[derive(Debug, Parser)]
#[command(name = "blemore", version, max_term_width = 110)]
#[command(after_help = "Exit codes: 0 done, 1 the work failed, 2 wrong usage or bad input.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Print one JSON document to stdout instead of tables
    #[arg(long, global = true)]
    json: bool,
    /// Say nothing but results and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Say more
    #[arg(short, long, global = true)]
    verbose: bool,
}

impl Global {
    /// Where results and messages go.
    pub(crate) fn output(&self) -> Output {
        let verbosity = match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        };
        Output { format: if self.json { Format::Json } else { Format::Text }, verbosity }
    }
}

/// How much runs side by side.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Jobs {
    /// Work on so many things side by side [default: the number of cores, or a few more where that ends sooner; all
    /// fits with --device cuda]
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Reproduce(Box<Reproduce>),
    Inspect(Inspect),
    Fuse(Fuse),
    Openface(Openface),
    Predict(Predict),
    Merge(Merge),
    Completions(Completions),
    Aggregate(Aggregate),
    Trivial(Trivial),
    CrossValidate(Box<CrossValidate>),
    Test(Test),
    Thresholds(Thresholds),
    Score(Score),
    Submit(Submit),
}

/// Print the paper's Tables II and III, measured beside published
///
/// Every encoder and fusion found, the models Linear, MLP-256 and MLP-512, five folds, the test clips; then subsampled
/// features, where the arrays of VideoMAEv2 or VideoSwin are there. Without --data a small corpus is generated, and the
/// table says so.
#[derive(Debug, Args)]
#[command(after_help = "Example: blemore reproduce --data BLEMORE --output runs/table-2")]
pub(crate) struct Reproduce {
    /// A dataset folder: metadata CSVs and pre_extracted_{train,test}_data, or npz files
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Keep results here: tables.json, and in rows/ a folder an encoder with epochs.csv, summary.csv and checkpoints;
    /// finished cells are not trained again
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) training: Training,
    /// Epochs of the final training before the held-out test
    #[arg(long, value_name = "N", default_value_t = HELD_OUT_EPOCHS)]
    pub(crate) test_epochs: usize,
    /// Epochs on subsampled features for Table III, where the arrays of its encoders are there; 0 leaves it out
    #[arg(long, value_name = "N", default_value_t = SUBSAMPLED_EPOCHS)]
    pub(crate) subsampled_epochs: usize,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
}

/// What a dataset folder holds, and what is wrong with it: names, metadata, folds, and the headers of arrays
///
/// Clips, actors, folds, class balance, and the feature sets with their shapes, read from headers. Ends with exit code 2
/// when it finds a fault.
#[derive(Debug, Args)]
#[command(after_help = "Example: blemore inspect BLEMORE")]
pub(crate) struct Inspect {
    /// A dataset folder: metadata CSVs and pre_extracted_{train,test}_data, or npz files
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
}

/// Per-clip arrays to one table of descriptors
///
/// Mean, standard deviation and the 10th, 25th, 50th, 75th and 90th percentiles of each dimension.
#[derive(Debug, Args)]
#[command(after_help = "Example: blemore aggregate pre_extracted_train_data/WavLM_large_train -o wavlm.npz")]
pub(crate) struct Aggregate {
    /// Folder of one .npy file a clip, each T x D
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
    /// The table to write
    #[arg(long, short, value_name = "F.npz")]
    pub(crate) output: PathBuf,
    /// Take only clips whose name contains this text
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
    /// What to do with frames that hold a NaN or an infinity
    #[arg(long, value_enum, default_value_t = NonFiniteChoice::Refuse)]
    pub(crate) on_nonfinite: NonFiniteChoice,
    /// Replace an existing file
    #[arg(long)]
    pub(crate) force: bool,
}

/// What to do with frames that hold a NaN or an infinity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum NonFiniteChoice {
    /// Fail, naming clip, frame and dimension
    Refuse,
    /// Leave such frames out
    Drop,
    /// Fill in linearly from the frames before and after
    Interpolate,
}

/// The paper's two trivial baselines, on validation folds and test clips
#[derive(Debug, Args)]
#[command(
    after_help = "Example: blemore trivial --train-metadata train_metadata.csv --test-metadata test_metadata.csv"
)]
pub(crate) struct Trivial {
    /// Metadata of the training partition, with folds
    #[arg(long, value_name = "F.csv")]
    pub(crate) train_metadata: PathBuf,
    /// Metadata of the test partition
    #[arg(long, value_name = "F.csv")]
    pub(crate) test_metadata: PathBuf,
}

/// Actor-disjoint cross-validation of one feature table
#[derive(Debug, Args)]
#[command(
    after_help = "Example: blemore cross-validate --features wavlm.npz --metadata train_metadata.csv --models linear,mlp-512 -o runs/wavlm"
)]
pub(crate) struct CrossValidate {
    /// Aggregated features: npz with X (N x D) and filenames
    #[arg(long, value_name = "F.npz")]
    pub(crate) features: PathBuf,
    /// Metadata of the training partition, with folds
    #[arg(long, value_name = "F.csv")]
    pub(crate) metadata: PathBuf,
    /// Metadata of the test partition, whose clips the features may hold too; they are left out
    /// [default: test_metadata.csv beside --metadata, where there is one]
    #[arg(long, value_name = "F.csv")]
    pub(crate) test_metadata: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) training: Training,
    /// Only this fold
    #[arg(long, value_name = "FOLD")]
    pub(crate) fold: Option<usize>,
    /// Only share I of N of the cells, for a scheduler's job array
    #[arg(long, value_name = "I/N")]
    pub(crate) cell: Option<Share>,
    /// Also choose the thresholds of each fold on the other folds (its epoch is still the best on the fold itself)
    #[arg(long, conflicts_with_all = ["cell", "fold"])]
    pub(crate) nested: bool,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
    /// Where results go; finished cells found there are not trained again
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: PathBuf,
}

/// The held-out test protocol: thresholds of the best fold, a model trained on the whole training partition
#[derive(Debug, Args)]
#[command(
    after_help = "Example: blemore test --run runs/wavlm --features wavlm_train.npz --test-features wavlm_test.npz \\\n    --train-metadata train_metadata.csv --test-metadata test_metadata.csv"
)]
pub(crate) struct Test {
    /// Results of cross-validate
    #[arg(long, value_name = "DIR")]
    pub(crate) run: PathBuf,
    /// Features of the training clips, or of training and test clips together
    #[arg(long, value_name = "F.npz")]
    pub(crate) features: PathBuf,
    /// Features of the test clips, where they are in a file of their own
    #[arg(long, value_name = "F.npz")]
    pub(crate) test_features: Option<PathBuf>,
    /// Metadata of the training partition
    #[arg(long, value_name = "F.csv")]
    pub(crate) train_metadata: PathBuf,
    /// Metadata of the test partition
    #[arg(long, value_name = "F.csv")]
    pub(crate) test_metadata: PathBuf,
    /// Epochs of the final training
    #[arg(long, value_name = "N", default_value_t = HELD_OUT_EPOCHS)]
    pub(crate) epochs: usize,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
}

/// What training takes; everything left out is the paper's.
#[derive(Debug, Args)]
pub(crate) struct Training {
    /// Models: linear, mlp-256, mlp-512, or hidden widths such as mlp-128-64
    #[arg(long, value_name = "MODELS", value_delimiter = ',', default_value = "linear,mlp-256,mlp-512")]
    pub(crate) models: Vec<Architecture>,
    /// A TOML file of training settings; options given here go before it
    #[arg(long, value_name = "F.toml")]
    pub(crate) config: Option<PathBuf>,
    /// Epochs of each fold [default: 200]
    #[arg(long, value_name = "N")]
    pub(crate) epochs: Option<usize>,
    /// Learning rate [default: 5e-6]
    #[arg(long, value_name = "RATE")]
    pub(crate) learning_rate: Option<f64>,
    /// Weight decay [default: 1e-3]
    #[arg(long, value_name = "DECAY")]
    pub(crate) weight_decay: Option<f64>,
    /// Clips a batch [default: 32]
    #[arg(long, value_name = "N")]
    pub(crate) batch_size: Option<usize>,
    /// Seed of all random numbers; each cell draws its own from it, the data, the model and the fold [default: 42]
    #[arg(long, value_name = "SEED")]
    pub(crate) seed: Option<u64>,
    /// Order of random numbers: the published code's single stream (and its arithmetic, to the last bit), or one of its
    /// own for each cell
    #[arg(long, value_name = "reference|independent")]
    pub(crate) rng: Option<RandomOrder>,
    /// cpu, cuda or cuda:N
    #[arg(long, value_name = "DEVICE")]
    pub(crate) device: Option<Device>,
}

/// Find alpha and beta from probabilities
///
/// The grid is the published one, 20 x 20 values from 0.05 to 0.95; of equally good thresholds the first in its order
/// are taken, as in the published search.
#[derive(Debug, Args)]
#[command(after_help = "Example: blemore thresholds --probabilities fold0.csv --presence-weight 0.5")]
pub(crate) struct Thresholds {
    /// CSV with the columns filename, ang, disg, fea, hap, sad, neu
    #[arg(long, value_name = "F.csv")]
    pub(crate) probabilities: PathBuf,
    /// Metadata with the truth [default: the clip names tell it]
    #[arg(long, value_name = "F.csv")]
    pub(crate) metadata: Option<PathBuf>,
    /// Weight of ACC_presence in the objective, 0 to 1; ACC_salience has the rest
    #[arg(long, value_name = "W", default_value_t = blemore::eval::PUBLISHED_PRESENCE_WEIGHT)]
    pub(crate) presence_weight: f64,
    /// The optimum over all real thresholds instead of a grid
    #[arg(long)]
    pub(crate) exact: bool,
}

/// Score predictions: ACC_presence and ACC_salience with confidence intervals over actors
///
/// Scores what the published scorer scores, and reports what is wrong with the predictions. Intervals are of the BCa
/// bootstrap over actors. With --compare the difference has such an interval too; "p, permutation" exchanges the two
/// systems actor by actor and is the one to report; "p, bootstrap" moves the replicates to a difference of 0.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  blemore score --predictions ours.json --metadata test_metadata.csv\n  blemore score --predictions ours.json --compare theirs.json --json"
)]
pub(crate) struct Score {
    /// The challenge's JSON, or the zip that holds it
    #[arg(long, value_name = "F.json")]
    pub(crate) predictions: PathBuf,
    /// A second system on the same clips, to compare with the first
    #[arg(long, value_name = "OTHER.json")]
    pub(crate) compare: Option<PathBuf>,
    /// Metadata with the truth [default: the clip names tell it]
    #[arg(long, value_name = "F.csv")]
    pub(crate) metadata: Option<PathBuf>,
    /// Refuse predictions that have an issue instead of scoring and reporting them
    #[arg(long)]
    pub(crate) strict: bool,
    /// Bootstrap replicates and permutations
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..=10_000_000))]
    pub(crate) replicates: u32,
    /// Seed of the bootstrap
    #[arg(long, value_name = "SEED", default_value_t = 42)]
    pub(crate) seed: u64,
}

/// Make the challenge's bundle of predictions, checked against its rules
///
/// Each clip has one or two known emotions, neutral is never in a blend, saliences are 100, 50/50, 70/30 or 30/70. With
/// --metadata, every clip of it must be there, and no other.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: blemore submit --predictions predictions.json --metadata test_metadata.csv -o submission.zip"
)]
pub(crate) struct Submit {
    /// The predictions as JSON, or a zip that holds it
    #[arg(long, value_name = "F.json")]
    pub(crate) predictions: PathBuf,
    /// Metadata with the expected clips, labelled or not
    #[arg(long, value_name = "F.csv")]
    pub(crate) metadata: Option<PathBuf>,
    /// The bundle to write
    #[arg(long, short, value_name = "F.zip")]
    pub(crate) output: PathBuf,
    /// Replace an existing file
    #[arg(long)]
    pub(crate) force: bool,
}

/// Early fusion: the columns of several tables side by side, joined by clip name
#[derive(Debug, Args)]
#[command(after_help = "Example: blemore fuse imagebind.npz wavlm.npz -o imagebind+wavlm.npz")]
pub(crate) struct Fuse {
    /// Tables to fuse, two or more
    #[arg(value_name = "F.npz", num_args = 2.., required = true)]
    pub(crate) tables: Vec<PathBuf>,
    /// The table to write
    #[arg(long, short, value_name = "F.npz")]
    pub(crate) output: PathBuf,
    /// Keep the clips that all tables have, instead of refusing tables with different clips
    #[arg(long)]
    pub(crate) common: bool,
    /// Replace an existing file
    #[arg(long)]
    pub(crate) force: bool,
}

/// OpenFace 2 and 3 CSV to one array a clip
///
/// Frames without a face are interpolated where enough others are good; clips that are not good are listed.
#[derive(Debug, Args)]
#[command(after_help = "Example: blemore openface openface_csv -o pre_extracted_train_data/OpenFace_train")]
pub(crate) struct Openface {
    /// Folder of one CSV file a clip
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
    /// Folder for the arrays, which must be empty or not there
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// Write into a folder that holds something, replacing arrays of the same clips
    #[arg(long)]
    pub(crate) force: bool,
}

/// Predictions of one checkpoint file
#[derive(Debug, Args)]
#[command(
    after_help = "Example: blemore predict --checkpoint runs/wavlm/cells/.../checkpoint.safetensors --features wavlm_test.npz -o predictions.json"
)]
pub(crate) struct Predict {
    /// A checkpoint that cross-validate or test wrote
    #[arg(long, value_name = "F")]
    pub(crate) checkpoint: PathBuf,
    /// Features of the clips to predict
    #[arg(long, value_name = "F.npz")]
    pub(crate) features: PathBuf,
    /// Predict only the clips of this metadata, such as those of the test partition, where the features have more
    #[arg(long, value_name = "F.csv")]
    pub(crate) metadata: Option<PathBuf>,
    /// The predictions to write
    #[arg(long, short, value_name = "F.json")]
    pub(crate) output: PathBuf,
    /// Replace an existing file
    #[arg(long)]
    pub(crate) force: bool,
}

/// Join the cells of runs that were made in several folders
#[derive(Debug, Args)]
#[command(after_help = "Example: blemore merge runs/part-1 runs/part-2 -o runs/whole")]
pub(crate) struct Merge {
    /// Folders of the same cross-validation
    #[arg(value_name = "DIR", required = true)]
    pub(crate) runs: Vec<PathBuf>,
    /// Be content with fewer cells than the run has
    #[arg(long)]
    pub(crate) partial: bool,
    /// The folder to join them in; it may be one of them
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: PathBuf,
}

/// Completions for a shell
#[derive(Debug, Args)]
#[command(after_help = "Example: blemore completions bash > /etc/bash_completion.d/blemore")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub(crate) shell: Shell,
}
