//! What the commands on outputs of models take.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};

/// How tables of outputs are read.
#[derive(Debug, Args)]
pub struct Tables {
    /// The values are logits: their softmax is taken
    #[arg(long)]
    pub logits: bool,
    /// Metadata with labels, actors and folds [default: the clip names tell labels and actors]
    #[arg(long, value_name = "F.csv", num_args = 1..)]
    pub metadata: Vec<PathBuf>,
}

/// What is done with all clips of an actor together.
#[derive(Debug, Args)]
pub struct ByActorArguments {
    /// A learned decoder also sees each output less its mean over the actor's clips; not comparable to one clip at a time
    #[arg(long, value_enum, value_name = "actor")]
    pub centre_by: Option<Grouping>,
    /// A learned decoder gives each actor's clips all labels in the proportion of the training clips; not comparable either
    #[arg(long, value_enum, value_name = "actor")]
    pub balance_by: Option<Grouping>,
}

/// Which clips belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Grouping {
    /// The clips of one actor
    Actor,
}

/// From probabilities to predictions, without labels for what is decoded
///
/// Learns the decoder from validation outputs with known labels (--fit), or takes thresholds (--alpha, --beta) or a decoder
/// file (--trained). The validation outputs must come from models that were not trained on these clips. Several tables are
/// the outputs of several systems on the same clips: `learned` sees all of them, the others decode their mean.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("source").required(true).args(["alpha", "fit", "trained"]),
    after_help = "Examples:\n  \
        blemore decode --probabilities test.csv --fit validation.csv --decoder learned -o predictions.json\n  \
        blemore decode --probabilities test.csv --alpha 0.1 --beta 0.3 -o predictions.json"
)]
pub struct Decode {
    /// CSV with the columns filename, ang, disg, fea, hap, sad, neu; one per system
    #[arg(long, value_name = "F.csv", num_args = 1.., required = true)]
    pub probabilities: Vec<PathBuf>,
    /// Outputs for validation clips with known labels, one per system in the same order. A column `fold` is used
    #[arg(long, value_name = "F.csv", num_args = 1..)]
    pub fit: Vec<PathBuf>,
    /// The presence threshold
    #[arg(long, value_name = "A", requires = "beta", allow_negative_numbers = true)]
    pub alpha: Option<f64>,
    /// The salience threshold
    #[arg(long, value_name = "B", requires = "alpha", allow_negative_numbers = true)]
    pub beta: Option<f64>,
    /// A decoder file that --save has written
    #[arg(long, value_name = "F.json")]
    pub trained: Option<PathBuf>,
    /// The decoder to learn
    #[arg(long, value_enum, default_value_t = DecoderChoice::Grid)]
    pub decoder: DecoderChoice,
    /// How several systems are weighed; not with `learned`, which sees all of them
    #[arg(long, value_enum, default_value_t = WeightsChoice::Mean)]
    pub weights: WeightsChoice,
    /// Fit a temperature first; not with `learned`
    #[arg(long)]
    pub calibrate: bool,
    /// How tables are read.
    #[command(flatten)]
    pub tables: Tables,
    /// What is done with all clips of an actor together.
    #[command(flatten)]
    pub by_actor: ByActorArguments,
    /// Keep the decoder in a small file, for --trained
    #[arg(long, value_name = "F.json")]
    pub save: Option<PathBuf>,
    /// The predictions to write, as the challenge's JSON
    #[arg(long, short, value_name = "F.json")]
    pub output: PathBuf,
    /// Replace existing files
    #[arg(long)]
    pub force: bool,
}

/// How labels come from probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DecoderChoice {
    /// Two thresholds, of the published grid
    Grid,
    /// Two thresholds, the best of all real numbers
    Exact,
    /// The most probable of the 36 labels
    Argmax,
    /// The label with the largest expected score
    ExpectedScore,
    /// The label with the largest expected score, by a regression from all systems' outputs to the 36 labels
    Learned,
    /// The same by a usual multinomial regression, in which labels have no weights in common
    LearnedApart,
}

/// How several systems are weighed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum WeightsChoice {
    /// All alike, as published
    Mean,
    /// The most likely weights
    Likelihood,
    /// The weights with the best score
    Score,
}

/// Late fusion: one table of probabilities from those of several systems
///
/// The mean is the published way. Weights that are learned need labels: from tables of other clips (--fit), or, where the
/// clips have folds, those of each fold from the other folds; clips without a fold get the weights of all folds.
#[derive(Debug, Args)]
#[command(after_help = "Example: blemore late-fuse video.csv audio.csv --weights likelihood -o fused.csv")]
pub struct LateFuse {
    /// Tables to fuse, two or more, of the same clips
    #[arg(value_name = "F.csv", num_args = 2.., required = true)]
    pub probabilities: Vec<PathBuf>,
    /// How the systems are weighed
    #[arg(long, value_enum, default_value_t = WeightsChoice::Mean)]
    pub weights: WeightsChoice,
    /// Tables of other clips with known labels to learn the weights from, one per system in the same order
    #[arg(long, value_name = "F.csv", num_args = 1..)]
    pub fit: Vec<PathBuf>,
    /// How tables are read.
    #[command(flatten)]
    pub tables: Tables,
    /// The table to write
    #[arg(long, short, value_name = "F.csv")]
    pub output: PathBuf,
    /// Replace an existing file
    #[arg(long)]
    pub force: bool,
}

/// What each way of decoding scores on held-out clips: folds and test in one table
///
/// Each table holds the outputs of one system for the clips of all folds, each from a model that was not trained on the
/// clip's fold, and maybe for test clips. The fold of a clip is in the column `fold` (a number, or `test`) or in the
/// metadata; metadata clips without a fold are test clips. Each fold is decoded by what is learned on the others, the test
/// by what is learned on all; nothing is chosen by looking at test clips. Intervals and p values are by actor, p values
/// corrected after Holm.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: blemore evaluate --probabilities video.csv audio.csv --metadata train_metadata.csv"
)]
pub struct Evaluate {
    /// CSV with the columns filename, ang, disg, fea, hap, sad, neu, and maybe fold; one per system
    #[arg(long, value_name = "F.csv", num_args = 1.., required = true)]
    pub probabilities: Vec<PathBuf>,
    /// How tables are read.
    #[command(flatten)]
    pub tables: Tables,
    /// What is done with all clips of an actor together.
    #[command(flatten)]
    pub by_actor: ByActorArguments,
    /// Bootstrap replicates and permutations
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..=10_000_000))]
    pub replicates: u32,
    /// Seed of the bootstrap
    #[arg(long, value_name = "SEED", default_value_t = 42)]
    pub seed: u64,
}
