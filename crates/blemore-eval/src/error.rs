//! The one error type of the crate.

use std::path::{Path, PathBuf};

use blemore_base::list::{counted, listing, prefix};
use blemore_base::{Blame, is_given_wrong};
use blemore_labels::Emotion;

use crate::issue::Issue;
use crate::probabilities::RowFault;
use crate::probability_table::TableFault;

/// What can be wrong with the input of this crate; each variant says where, and what to do about it.
///
/// ```
/// use blemore_eval::{Error, Probabilities};
///
/// let error = Probabilities::new(vec![[0.5, 0.5, 0.5, 0.0, 0.0, 0.0]]).unwrap_err();
/// assert!(matches!(error, Error::InvalidProbabilities { .. }));
/// assert!(error.to_string().contains("row 0: the values sum to 1.5"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Rows that are no probability distributions, all of them.
    #[error("{} of the rows are not probabilities:{}", .faults.len(), listing(.faults))]
    InvalidProbabilities {
        /// Every faulty row.
        faults: Vec<RowFault>,
    },
    /// A row of another length than the number of classes.
    #[error("row {row} has {found} values: give {classes}, one for each class")]
    RowLength {
        /// Position of the row, from 0.
        row: usize,
        /// Number of values in it.
        found: usize,
        /// Number of classes.
        classes: usize,
    },
    /// Columns that are not the six emotions, each once.
    #[error("the columns name {emotion} more than once: name each of the six emotions once")]
    RepeatedColumn {
        /// The emotion.
        emotion: Emotion,
    },
    /// An emotion, a label or a clip name that is none.
    #[error(transparent)]
    Label(#[from] blemore_labels::Error),
    /// A row number past the end.
    #[error("row {row} does not exist: there are {rows} rows, counted from 0")]
    NoSuchRow {
        /// The row asked for.
        row: usize,
        /// The rows there are.
        rows: usize,
    },
    /// Lists that should run in parallel but do not.
    #[error("there are {expected} {first} but {found} {what}: give one for each clip")]
    LengthMismatch {
        /// What the first list holds: `rows of probabilities`, `true labels`.
        first: &'static str,
        /// What the other holds: `labels`, `folds`, `clip names`.
        what: &'static str,
        /// Length of the first.
        expected: usize,
        /// Length of the other.
        found: usize,
    },
    /// Thresholds or a decoder cannot be chosen on nothing.
    #[error("there are no clips to choose {what} on: give at least one labelled clip")]
    NoClips {
        /// What was to be chosen.
        what: &'static str,
    },
    /// More clips than the exact search counts.
    #[error("the exact search takes at most {limit} clips, here are {clips}: search a fine grid")]
    TooManyClips {
        /// Number of clips.
        clips: usize,
        /// The most that it takes.
        limit: usize,
    },
    /// A grid axis without values, with a value that is not a number, or too many cells.
    #[error("{problem}")]
    Grid {
        /// What is wrong and what to do.
        problem: String,
    },
    /// Nothing is left to choose on when a fold is held out.
    #[error("{what} needs clips of at least two folds, found {found}: give the fold of each clip")]
    TooFewFolds {
        /// What asked for the folds.
        what: &'static str,
        /// Number of different folds found.
        found: usize,
    },
    /// A file that cannot be read.
    #[error("cannot read {}: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A file that cannot be written.
    #[error("cannot write {}: {source}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A file of another kind, such as a spreadsheet, or in another encoding.
    #[error("{}{problem}", prefix(.path.as_deref()))]
    NotText {
        /// The file, when it is one.
        path: Option<PathBuf>,
        /// What it is and what to do.
        problem: String,
    },
    /// A table of probabilities that is not what it should be, with all its faults.
    #[error(
        "{}{} in the table of probabilities:{}",
        prefix(.path.as_deref()),
        counted(.faults.len(), "fault"),
        listing(.faults)
    )]
    InvalidTable {
        /// The file, when the table came from one.
        path: Option<PathBuf>,
        /// Every fault, in the order of the rows.
        faults: Vec<TableFault>,
    },
    /// Predictions that are no JSON, or no map from clip names to lists.
    #[error(
        "{}{source}: predictions are JSON, clip name to a list of emotions with saliences",
        prefix(.path.as_deref())
    )]
    Syntax {
        /// The file, when they came from one.
        path: Option<PathBuf>,
        /// What is wrong, with its line, and its clip where there is one.
        source: serde_json::Error,
    },
    /// Predictions none of which is of a clip of the dataset, or a zip bundle that none can be read from.
    #[error("{}{problem}", prefix(.path.as_deref()))]
    NotPredictions {
        /// The file, when they came from one.
        path: Option<PathBuf>,
        /// What is wrong and what to do.
        problem: String,
    },
    /// Predictions that strict scoring, or the challenge's rules, refuse.
    #[error("{} in the predictions:{}", counted(.issues.len(), "fault"), listing(.issues))]
    Refused {
        /// Every fault, in the order of the clips.
        issues: Vec<Issue>,
    },
    /// A submission without a clip.
    #[error("there are no predictions to submit: give one for each clip of the test partition")]
    NoPredictions,
    /// Two systems that were not scored on the same clips, so that they cannot be compared.
    #[error(
        "the two systems were not scored on the same clips: {first_only} only by the first, {second_only} \
         only by the second, such as {example}; compare them on the clips that both predict"
    )]
    DifferentClips {
        /// Number of clips that only the first system has.
        first_only: usize,
        /// Number of clips that only the second system has.
        second_only: usize,
        /// One of these clips.
        example: String,
    },
    /// A weight, a share, or a setting of a bootstrap, a test or a histogram out of its range.
    #[error("{setting} is {found}: give {expected}")]
    Setting {
        /// Which setting.
        setting: &'static str,
        /// Its value.
        found: String,
        /// Its range.
        expected: &'static str,
    },
}

impl Blame for Error {
    fn is_bad_input(&self) -> bool {
        match self {
            Self::Read { source, .. } => is_given_wrong(source),
            Self::Write { .. } => false,
            _ => true,
        }
    }
}

impl Error {
    /// Names the file of an error that was found in its bytes.
    pub(crate) fn at(mut self, file: &Path) -> Self {
        if let Self::NotText { path, .. }
        | Self::InvalidTable { path, .. }
        | Self::Syntax { path, .. }
        | Self::NotPredictions { path, .. } = &mut self
        {
            *path = Some(file.to_owned());
        }
        self
    }

    /// Refuses a share that is not within `[0, 1]`.
    pub(crate) fn check_share(setting: &'static str, share: f64) -> Result<(), Self> {
        let expected = "a number from 0 to 1";
        let is_share = (0.0..=1.0).contains(&share);
        if is_share { Ok(()) } else { Err(Self::Setting { setting, found: share.to_string(), expected }) }
    }

    /// Refuses lists that should run in parallel but do not.
    pub(crate) fn check_parallel(
        (first, expected): (&'static str, usize),
        (what, found): (&'static str, usize),
    ) -> Result<(), Self> {
        if found == expected { Ok(()) } else { Err(Self::LengthMismatch { first, expected, what, found }) }
    }
}
