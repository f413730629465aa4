//! What the commands take that have to do with runs and models.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use blemore_media::{EncoderKind, PresetName};
use blemore_run::{
    Architecture, Device, Execution, HELD_OUT_EPOCHS, JobShare, RandomOrder, SUBSAMPLED_EPOCHS,
};
use clap::{Args, ValueEnum};
use clap_complete::Shell;

use super::threads;

/// Print the paper's Tables II and III, measured beside published
///
/// Trains Linear, MLP-256 and MLP-512 on every feature set of the dataset and on the paper's fusions, over five
/// folds, and tests them on the test clips. Then trains on subsampled features, if there are arrays of VideoMAEv2 or
/// VideoSwin. The paper's numbers stand beside the sets that the paper used (such as HuBERT_large). With --clips features
/// are made of video files first, by all encoders whose checkpoints are there. Without --data and --clips a small corpus is
/// generated, and the table says so.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  blemore reproduce --data BLEMORE --output runs/table-2
  blemore reproduce --clips BLEMORE/videos --checkpoints checkpoints --output runs/table-2")]
pub struct Reproduce {
    /// A dataset folder: metadata CSVs and pre_extracted_{train,test}_data, or npz files
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// A folder of clips with train_metadata.csv and test_metadata.csv; their features go into the output folder
    #[arg(long, value_name = "DIR", conflicts_with = "data", requires = "output")]
    pub clips: Option<PathBuf>,
    /// For --clips: these encoders alone, by their names of `blemore encode` [default: all whose checkpoints are there,
    /// but HiCMAE only with --faces: it needs a face in every clip, which its built-in detector may not find]
    #[arg(long = "encoder", value_name = "NAMES", value_delimiter = ',', requires = "clips")]
    pub encoders: Vec<EncoderKind>,
    /// For --clips: a folder with the encoders' checkpoints, as for `blemore encode`
    /// [default: the environment variable BLEMORE_CHECKPOINTS]
    #[arg(long, value_name = "DIR", requires = "clips")]
    pub checkpoints: Option<PathBuf>,
    /// For --clips: a folder with aligned faces, for HiCMAE, as for `blemore encode`
    #[arg(long, value_name = "DIR", requires = "clips")]
    pub faces: Option<PathBuf>,
    /// For --clips: train HiCMAE's row as the paper does, the whole network, and not a head on its features: days to weeks
    /// without a GPU, after all other rows (docs/finetuning.md)
    #[arg(long, value_enum, value_name = "NETWORK", requires = "clips", conflicts_with = "random_weights")]
    pub finetune: Option<Network>,
    /// For --clips: make the encoders' weights up from a seed; the numbers mean nothing, and are marked
    #[arg(long, value_name = "SEED", requires = "clips", conflicts_with = "checkpoints")]
    pub random_weights: Option<u64>,
    /// For --clips: how clips are prepared
    #[arg(long, value_name = "published|corrected", default_value_t = PresetName::Published, requires = "clips")]
    pub preset: PresetName,
    /// Only part I of N, for a job array: of the clips until all have features, then of the cells of each row, without tests
    #[arg(long, value_name = "I/N", requires = "output")]
    pub cell: Option<JobShare>,
    /// Folder for the results: tables.json, and in rows/ a folder per row with tables and checkpoints; finished cells
    /// are not trained again
    #[arg(long, short, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// What training takes.
    #[command(flatten)]
    pub training: Training,
    /// Epochs of the final training before the held-out test
    #[arg(long, value_name = "N", default_value_t = HELD_OUT_EPOCHS)]
    pub test_epochs: usize,
    /// Epochs on subsampled features for Table III, where the arrays of its encoders are there; 0 leaves it out
    #[arg(long, value_name = "N", default_value_t = SUBSAMPLED_EPOCHS)]
    pub subsampled_epochs: usize,
    /// What training runs on.
    #[command(flatten)]
    pub execution: ExecutionArguments,
    /// Refuse features that are suspect, instead of saying so: constant or equal columns, test features far from training's
    #[arg(long)]
    pub strict: bool,
    /// Replace other runs that the output folder holds: other features, clips or settings
    #[arg(long)]
    pub force: bool,
}

/// The paper's two trivial baselines, on validation folds and test clips
#[derive(Debug, Args)]
#[command(
    after_help = "Example: blemore trivial --train-metadata train_metadata.csv --test-metadata test_metadata.csv"
)]
pub struct Trivial {
    /// Metadata of the training partition, with folds
    #[arg(long, value_name = "F.csv")]
    pub train_metadata: PathBuf,
    /// Metadata of the test partition
    #[arg(long, value_name = "F.csv")]
    pub test_metadata: PathBuf,
}

/// Folds for clips that have none: no actor in two, all of them alike in clips, blends, classes and genders
///
/// Writes the metadata with a column `fold`, 0 to N - 1, and shows what each fold holds. The same metadata, N and seed
/// give the same folds on every machine.
#[derive(Debug, Args)]
#[command(after_help = "Example: blemore folds --metadata clips.csv --folds 5 -o train_metadata.csv")]
pub struct MakeFolds {
    /// Metadata of the training partition
    #[arg(long, value_name = "F.csv")]
    pub metadata: PathBuf,
    /// The number of folds
    #[arg(long, value_name = "N", default_value_t = blemore_data::OFFICIAL_FOLDS)]
    pub folds: usize,
    /// Seed of the order in which actors are tried
    #[arg(long, value_name = "SEED", default_value_t = 42)]
    pub seed: u64,
    /// The metadata to write, as CSV
    #[arg(long, short, value_name = "F.csv")]
    pub output: PathBuf,
    /// Replace an existing file
    #[arg(long)]
    pub force: bool,
}

/// Actor-disjoint cross-validation of one feature table, or of a whole network
///
/// With --finetune the network itself is trained on faces and sound, as in the HiCMAE row of Table II (docs/finetuning.md).
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  blemore cross-validate --features wavlm.npz --metadata train_metadata.csv --models linear,mlp-512 -o runs/wavlm
  blemore cross-validate --finetune hicmae --clips clips --checkpoint checkpoint-99.pth \\
    --metadata train_metadata.csv --epochs 100 -o runs/hicmae")]
pub struct CrossValidate {
    /// Aggregated features: npz with X (N x D) and filenames
    #[arg(long, value_name = "F.npz", required_unless_present = "finetune")]
    pub features: Option<PathBuf>,
    /// Train this whole network instead of models of features
    #[arg(long, value_enum, value_name = "NETWORK", requires_all = ["clips", "checkpoint"],
        conflicts_with_all = ["features", "models", "strict", "nested", "seeds", "test_metadata"])]
    pub finetune: Option<Network>,
    /// What a whole network takes.
    #[command(flatten)]
    pub network: NetworkArguments,
    /// Metadata of the training partition, with folds
    #[arg(long, value_name = "F.csv")]
    pub metadata: PathBuf,
    /// Metadata of the test partition, whose clips the features may hold too; they are left out
    /// [default: test_metadata.csv beside --metadata, where there is one]
    #[arg(long, value_name = "F.csv")]
    pub test_metadata: Option<PathBuf>,
    /// What training takes.
    #[command(flatten)]
    pub training: Training,
    /// Only this fold, by its number in the metadata
    #[arg(long, value_name = "FOLD", allow_negative_numbers = true)]
    pub fold: Option<i64>,
    /// Only part I of N of the cells, for a job array of a scheduler such as Slurm
    #[arg(long, value_name = "I/N")]
    pub cell: Option<JobShare>,
    /// Train this number of seeds, from --seed on, each in a subfolder: how far results are apart by chance
    #[arg(long, value_name = "K", conflicts_with = "nested")]
    pub seeds: Option<NonZeroUsize>,
    /// Also choose the thresholds of each fold on the other folds (its epoch is still the best on the fold itself)
    #[arg(long, conflicts_with_all = ["cell", "fold"])]
    pub nested: bool,
    /// What training runs on.
    #[command(flatten)]
    pub execution: ExecutionArguments,
    /// Where results go; finished cells found there are not trained again, and cells of other models stay
    #[arg(long, short, value_name = "DIR")]
    pub output: PathBuf,
    /// Refuse features that are suspect, instead of saying so: constant or equal columns
    #[arg(long)]
    pub strict: bool,
    /// Replace another run that the folder holds: other features, clips or settings
    #[arg(long)]
    pub force: bool,
}

/// Compare combinations of feature sets, fusions, heads, objectives, models and decoders on the same folds
///
/// The grid is a TOML file (docs/sweep.md). Epoch and decoder of each fold are chosen on the other folds; the published
/// way, which chooses on the fold itself, stands beside. p is of the composite against the row that the file calls its
/// baseline, by paired permutation over actors, and corrected for the number of rows after Holm.
#[derive(Debug, Args)]
#[command(after_help = "Example: blemore sweep sweep.toml -o runs/sweep")]
pub struct Sweep {
    /// The grid
    #[arg(value_name = "F.toml")]
    pub plan: PathBuf,
    /// Metadata of the test partition, whose clips the features may hold too; they are left out
    /// [default: test_metadata.csv beside the metadata, where there is one]
    #[arg(long, value_name = "F.csv")]
    pub test_metadata: Option<PathBuf>,
    /// Only part I of N of the cells of all runs, for a job array; the table comes with the last cell
    #[arg(long, value_name = "I/N")]
    pub cell: Option<JobShare>,
    /// What training runs on.
    #[command(flatten)]
    pub execution: ExecutionArguments,
    /// Where results go: sweep.json, and in runs/ a results folder per feature set, fusion, head and objective; finished
    /// cells found there are not trained again
    #[arg(long, short, value_name = "DIR")]
    pub output: PathBuf,
    /// Replace other runs of the same names that the output folder holds: other features, clips or settings
    #[arg(long)]
    pub force: bool,
}

/// The held-out test protocol: thresholds of the best fold, a model trained on the whole training partition
///
/// With --finetune the network itself is trained once more, on all training clips (docs/finetuning.md).
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  blemore test --run runs/wavlm --features wavlm_train.npz --test-features wavlm_test.npz \\
    --train-metadata train_metadata.csv --test-metadata test_metadata.csv
  blemore test --run runs/hicmae --finetune hicmae --clips clips --checkpoint checkpoint-99.pth \\
    --train-metadata train_metadata.csv --test-metadata test_metadata.csv")]
pub struct Test {
    /// Results of cross-validate; with --ensemble also those of --seeds
    #[arg(long, value_name = "DIR")]
    pub run: PathBuf,
    /// Train nothing: the mean of what the models of all folds give, of all seeds where there are several
    #[arg(long, conflicts_with_all = ["epochs", "jobs", "fits", "device"])]
    pub ensemble: bool,
    /// Features of the training clips, or of training and test clips together
    #[arg(long, value_name = "F.npz", required_unless_present = "finetune")]
    pub features: Option<PathBuf>,
    /// Features of the test clips, where they are in a file of their own
    #[arg(long, value_name = "F.npz")]
    pub test_features: Option<PathBuf>,
    /// For a run of cross-validate --finetune: train this whole network
    #[arg(long, value_enum, value_name = "NETWORK", requires_all = ["clips", "checkpoint"],
        conflicts_with_all = ["features", "test_features", "strict", "ensemble"])]
    pub finetune: Option<Network>,
    /// What a whole network takes.
    #[command(flatten)]
    pub network: NetworkArguments,
    /// Metadata of the training partition
    #[arg(long, value_name = "F.csv")]
    pub train_metadata: PathBuf,
    /// Metadata of the test partition
    #[arg(long, value_name = "F.csv")]
    pub test_metadata: PathBuf,
    /// Epochs of the final training
    #[arg(long, value_name = "N", default_value_t = HELD_OUT_EPOCHS)]
    pub epochs: usize,
    /// Refuse features that are suspect, instead of saying so: constant or equal columns, test features far from training's
    #[arg(long)]
    pub strict: bool,
    /// What training runs on.
    #[command(flatten)]
    pub execution: ExecutionArguments,
}

/// What training runs on.
#[derive(Clone, Copy, Debug, Args)]
pub struct ExecutionArguments {
    /// Number of cores to use [default: all]
    #[arg(long, value_name = "N", value_parser = threads)]
    jobs: Option<NonZeroUsize>,
    /// Number of models that are trained at the same time, whatever memory they take; on two cores a fifth faster for
    /// large models [default: as many as fit into as much memory as the features take; all with --device cuda]
    #[arg(long, value_name = "N", value_parser = threads)]
    fits: Option<NonZeroUsize>,
    /// cpu, cuda or cuda:N
    #[arg(long, value_name = "DEVICE", default_value_t = Device::Cpu)]
    device: Device,
}

impl From<ExecutionArguments> for Execution {
    fn from(ExecutionArguments { jobs, fits, device }: ExecutionArguments) -> Self {
        Self { jobs, fits, device }
    }
}

/// A network that is trained as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Network {
    /// HiCMAE, of faces and sound
    Hicmae,
}

/// What the training of a whole network takes.
#[derive(Debug, Args)]
pub struct NetworkArguments {
    /// For --finetune: a folder of all clips, with sound
    #[arg(long, value_name = "DIR", requires = "finetune")]
    pub clips: Option<PathBuf>,
    /// For --finetune: a folder with the aligned faces of each clip, as for `blemore encode`
    /// [default: the built-in detector finds them once and keeps them in the work folder of the results, .work/faces]
    #[arg(long, value_name = "DIR", requires = "finetune")]
    pub faces: Option<PathBuf>,
    /// For --finetune without --faces: a folder with the weights of the built-in detector, as for `blemore encode`
    #[arg(long, value_name = "DIR", requires = "finetune", conflicts_with = "faces")]
    pub face_detector: Option<PathBuf>,
    /// For --finetune: the network that training begins with, such as checkpoint-99.pth of HiCMAE's authors
    #[arg(long, value_name = "F", requires = "finetune")]
    pub checkpoint: Option<PathBuf>,
    /// For --finetune: compute activations again instead of keeping them: less memory, a third more time, the same numbers
    #[arg(long, requires = "finetune")]
    pub recompute: bool,
    /// For --finetune: the ffmpeg program [default: that of PATH, or of `cargo xtask setup`]
    #[arg(long, value_name = "F", requires = "finetune")]
    pub ffmpeg: Option<PathBuf>,
}

/// What training takes; everything left out is the paper's.
#[derive(Debug, Args)]
pub struct Training {
    /// Models: linear, mlp-256, mlp-512, or hidden widths such as mlp-128-64
    #[arg(long, value_name = "MODELS", value_delimiter = ',', default_value = "linear,mlp-256,mlp-512")]
    pub models: Vec<Architecture>,
    /// A TOML file with training settings; options on the command line win
    #[arg(long, value_name = "F.toml")]
    pub recipe: Option<PathBuf>,
    /// Epochs of each fold [default: 200]
    #[arg(long, value_name = "N")]
    pub epochs: Option<usize>,
    /// Learning rate [default: 5e-6]
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    pub learning_rate: Option<f64>,
    /// Weight decay [default: 1e-3]
    #[arg(long, value_name = "DECAY", allow_negative_numbers = true)]
    pub weight_decay: Option<f64>,
    /// Clips per batch [default: 32]
    #[arg(long, value_name = "N")]
    pub batch_size: Option<usize>,
    /// Seed of all random numbers; each cell draws its own from it, the data, the model and the fold [default: 42]
    #[arg(long, value_name = "SEED")]
    pub seed: Option<u64>,
    /// reference: random numbers in the order of the published code, and libtorch's operations for everything;
    /// independent: each cell has its own random numbers [default: independent]
    #[arg(long, value_name = "reference|independent")]
    pub rng: Option<RandomOrder>,
}

/// Predictions of one checkpoint file: of a table of features, of a folder of clips, or of a video or sound file
///
/// A checkpoint that was trained on arrays of `blemore encode` knows how they were made. With --clip the features of one
/// file are made the same way, and its label and probabilities are printed. A fine-tuned network (docs/finetuning.md) takes
/// --clips or --clip, and no features.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  blemore predict --checkpoint runs/wavlm/cells/.../checkpoint.safetensors --features wavlm_test.npz -o predictions.json
  blemore predict --checkpoint runs/wavlm/cells/.../checkpoint.safetensors --clip clip.mp4 --checkpoints checkpoints
  blemore predict --checkpoint runs/hicmae/cells/.../checkpoint.safetensors --clips clips -o predictions.json")]
pub struct Predict {
    /// A checkpoint written by cross-validate or test
    #[arg(long, value_name = "F")]
    pub checkpoint: PathBuf,
    /// Features of the clips to predict: a table, or for a model of subsampled features (Table III) a folder of arrays
    #[arg(long, value_name = "F.npz|DIR", required_unless_present_any = ["clip", "clips"], requires = "output")]
    pub features: Option<PathBuf>,
    /// For a fine-tuned network: a folder of clips, instead of features
    #[arg(long, value_name = "DIR", conflicts_with_all = ["features", "clip"], requires = "output")]
    pub clips: Option<PathBuf>,
    /// One video or sound file, instead of features
    #[arg(long, value_name = "CLIP.mp4", conflicts_with_all = ["features", "metadata", "output", "force"])]
    pub clip: Option<PathBuf>,
    /// For a fine-tuned network: a folder with the aligned faces of each clip, as for `blemore encode`
    /// [default: the built-in detector finds them, and they are kept nowhere]
    #[arg(long, value_name = "DIR", conflicts_with = "features")]
    pub faces: Option<PathBuf>,
    /// For a fine-tuned network without --faces: a folder with the weights of the built-in detector
    #[arg(long, value_name = "DIR", conflicts_with_all = ["features", "faces"])]
    pub face_detector: Option<PathBuf>,
    /// For --clip: a folder with the encoders' checkpoints that the features were made with, as for `blemore encode`
    /// [default: the environment variable BLEMORE_CHECKPOINTS]
    #[arg(long, value_name = "DIR", requires = "clip")]
    pub checkpoints: Option<PathBuf>,
    /// For --clip and --clips: the ffmpeg program [default: that of PATH, or of `cargo xtask setup`]
    #[arg(long, value_name = "F", conflicts_with = "features")]
    pub ffmpeg: Option<PathBuf>,
    /// Predict only the clips of this metadata, such as those of the test partition, where there are more;
    /// only its column filename is read
    #[arg(long, value_name = "F.csv")]
    pub metadata: Option<PathBuf>,
    /// Decode with this file, which `decode --save` wrote, instead of the checkpoint's thresholds
    #[arg(long, value_name = "F.json")]
    pub decoder: Option<PathBuf>,
    /// The predictions to write
    #[arg(long, short, value_name = "F.json")]
    pub output: Option<PathBuf>,
    /// Replace an existing file
    #[arg(long)]
    pub force: bool,
}

impl Predict {
    /// The folder of the encoders' checkpoints, given or from the environment.
    pub fn checkpoints(&self) -> Option<PathBuf> {
        super::encode::checkpoints(self.checkpoints.as_ref())
    }
}

/// Join the cells of runs that were made in several folders
#[derive(Debug, Args)]
#[command(after_help = "Example: blemore merge runs/part-1 runs/part-2 -o runs/whole")]
pub struct Merge {
    /// Folders of the same cross-validation
    #[arg(value_name = "DIR", required = true)]
    pub runs: Vec<PathBuf>,
    /// Accept that cells of the run are missing
    #[arg(long)]
    pub partial: bool,
    /// The folder to join them in; it may be one of them
    #[arg(long, short, value_name = "DIR")]
    pub output: PathBuf,
}

/// Check that results are as they were written, and compute their accuracies again
///
/// Every file is compared with the hash in its cell's record, every cell with its run and its own epochs, every
/// accuracy with probabilities and predictions, every table with the cells, sweep.json with its runs. Exit code 0: whole;
/// 1: something differs, or nothing is finished; 2: no results.
#[derive(Debug, Args)]
#[command(after_help = "Example: blemore verify runs/wavlm")]
pub struct Verify {
    /// Results of cross-validate, sweep, test, merge or reproduce
    #[arg(value_name = "DIR")]
    pub run: PathBuf,
    /// Metadata with the truth, of one or of both partitions [default: read from the clip names]
    #[arg(long, value_name = "F.csv")]
    pub metadata: Vec<PathBuf>,
}

/// Completions for a shell
#[derive(Debug, Args)]
#[command(after_help = "Example: blemore completions bash > /etc/bash_completion.d/blemore")]
pub struct Completions {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: Shell,
}
