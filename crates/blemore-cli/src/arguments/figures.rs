//! What `figures` takes.

use std::path::PathBuf;

use blemore_labels::Emotion;
use clap::{ArgGroup, Args, ValueEnum};

/// Figures of a dataset, of features, of a run and of tables of outputs
///
/// Durations (Figure 2 of the paper) and structure (Figure 3) of a dataset; confusion (Figure 4), thresholds, calibration
/// and accuracies of groups of a run or of a table of outputs; two emotions and their blend in the plane of two principal
/// components (Figure 5) of features. Each fits one or both columns of a two-column page. Each fold of a table is decoded
/// with thresholds that were tuned on it, as published.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("what").required(true).multiple(true).args(["run", "data", "features", "probabilities"]),
    after_help = "Examples:\n  \
        blemore figures --run runs/wavlm --by gender --metadata train_metadata.csv -o figures\n  \
        blemore figures --data BLEMORE --fps 25 --format pdf,png -o figures\n  \
        blemore figures --features wavlm.npz --emotions hap,sad -o figures"
)]
pub struct Figures {
    /// Results of cross-validate, of reproduce with --output, or of sweep, of which all combinations are drawn
    #[arg(long, value_name = "DIR", num_args = 1..)]
    pub run: Vec<PathBuf>,
    /// A dataset folder
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Tables of features
    #[arg(long, value_name = "F.npz", num_args = 1..)]
    pub features: Vec<PathBuf>,
    /// CSV with the columns filename, ang, disg, fea, hap, sad, neu, and maybe fold; one per system
    #[arg(long, value_name = "F.csv", num_args = 1..)]
    pub probabilities: Vec<PathBuf>,
    /// The values of --probabilities are logits: their softmax is taken
    #[arg(long, requires = "probabilities")]
    pub logits: bool,
    /// Metadata with labels, actors and folds [default: the clip names tell labels and actors]
    #[arg(long, value_name = "F.csv")]
    pub metadata: Option<PathBuf>,
    /// Also draw the accuracies by this column of the metadata; several columns with commas between them
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub by: Vec<String>,
    /// Frames per second of the dataset's arrays, where no side file tells seconds
    #[arg(long, value_name = "RATE", requires = "data", value_parser = frame_rate)]
    pub fps: Option<f64>,
    /// Two emotions for --features, such as hap,sad; may be given several times [default: all ten pairs]
    #[arg(long, value_name = "A,B", requires = "features", value_parser = pair)]
    pub emotions: Vec<[Emotion; 2]>,
    /// How the figures are written; several with commas between them
    #[arg(long, value_enum, value_delimiter = ',', default_values = ["svg"])]
    pub format: Vec<FigureFormat>,
    /// Folder for the figures
    #[arg(long, short, value_name = "DIR")]
    pub output: PathBuf,
    /// Replace existing files
    #[arg(long)]
    pub force: bool,
}

/// How a figure is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FigureFormat {
    /// Lines and texts as they are
    Svg,
    /// 300 dots per inch
    Png,
    /// One page of the figure's size
    Pdf,
}

impl FigureFormat {
    /// The ending of a file's name.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
            Self::Pdf => "pdf",
        }
    }
}

fn frame_rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().ok().filter(|rate| (0.01..=10_000.0).contains(rate));
    rate.ok_or_else(|| "give a number of frames per second from 0.01 to 10000".to_owned())
}

fn pair(text: &str) -> Result<[Emotion; 2], String> {
    let emotions: Vec<Emotion> = text
        .split(',')
        .map(|emotion| emotion.trim().parse())
        .collect::<Result<_, blemore_labels::Error>>()
        .map_err(|error| error.to_string())?;
    match emotions[..] {
        [first, second] if first != second && first.blends() && second.blends() => Ok([first, second]),
        _ => Err("give two different emotions that blend, such as hap,sad".to_owned()),
    }
}
