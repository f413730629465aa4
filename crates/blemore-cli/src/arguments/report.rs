//! What `report` takes.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};

/// Runs and tables of outputs on one page: accuracies with intervals, comparison, confusions, thresholds, curves
///
/// The page is one file that loads nothing: tables to copy as LaTeX, Markdown and CSV, the figures of `blemore figures`, and
/// what was run. A folder of `blemore reproduce` gives Tables II and III beside the paper's, and the best model of each row;
/// one of `blemore sweep` its table, its figure and all its runs.
/// The best system is compared with every other one of the same clips.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("what").required(true).multiple(true).args(["run", "probabilities"]),
    after_help = "Examples:\n  \
        blemore report --run runs/wavlm runs/hubert --metadata train_metadata.csv --by gender -o report.html\n  \
        blemore report --run runs/table-2 --format latex -o tables.tex"
)]
pub struct Report {
    /// Results of cross-validate, of sweep, or of reproduce with --output
    #[arg(long, value_name = "DIR", num_args = 1..)]
    pub run: Vec<PathBuf>,
    /// CSV with the columns filename, ang, disg, fea, hap, sad, neu, and maybe fold; one per system
    #[arg(long, value_name = "F.csv", num_args = 1..)]
    pub probabilities: Vec<PathBuf>,
    /// The values of --probabilities are logits: their softmax is taken
    #[arg(long, requires = "probabilities")]
    pub logits: bool,
    /// A dataset folder, whose durations and structure are drawn too
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Tables of features, whose principal components are drawn too
    #[arg(long, value_name = "F.npz", num_args = 1..)]
    pub features: Vec<PathBuf>,
    /// Metadata with the truth [default: read from the clip names]
    #[arg(long, value_name = "F.csv")]
    pub metadata: Option<PathBuf>,
    /// Also show the accuracies by this column of the metadata, such as gender; several columns with commas between
    /// them [without --metadata: columns that can be read from the clip names]
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub by: Vec<String>,
    /// Leave out cells that are damaged, and say so on the page
    #[arg(long)]
    pub keep_going: bool,
    /// The page, or its tables alone
    #[arg(long, value_enum, default_value_t = ReportFormat::Html)]
    pub format: ReportFormat,
    /// The file to write
    #[arg(long, short, value_name = "F.html")]
    pub output: PathBuf,
    /// Replace an existing file
    #[arg(long)]
    pub force: bool,
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// The page
    Html,
    /// The tables as LaTeX
    Latex,
    /// The tables as Markdown
    Markdown,
    /// The tables as CSV
    Csv,
}

impl ReportFormat {
    /// The ending of a file's name.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Latex => "tex",
            Self::Markdown => "md",
            Self::Csv => "csv",
        }
    }
}
