//! The one error type of the crate.

use std::fmt;
use std::path::{Path, PathBuf};

use blemore_base::is_given_wrong;
use blemore_base::list::counted;
use blemore_base::text::Excerpt;
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
    #[error("{} of the rows are not probabilities:{}", .faults.len(), Listing(.faults))]
    InvalidProbabilities {
        /// Every faulty row.
        faults: Vec<RowFault>,
    },
    /// A flat array whose length is not a multiple of the number of classes.
    #[error("{found} values cannot be rows of {classes}: give a multiple of {classes}")]
    RaggedRows {
        /// Number of values given.
        found: usize,
        /// Number of values in a row.
        classes: usize,
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
    /// A grid axis without values.
    #[error("the grid has no values for {axis}: give at least one")]
    EmptyGrid {
        /// `alpha` or `beta`.
        axis: &'static str,
    },
    /// A grid value that is not a number.
    #[error("value {index} of the grid for {axis} is not a number: thresholds must be comparable")]
    GridNotANumber {
        /// `alpha` or `beta`.
        axis: &'static str,
        /// Position on the axis, from 0.
        index: usize,
    },
    /// More cells than a table can reasonably hold.
    #[error(
        "a grid of {alphas} x {betas} thresholds is over the limit of {limit} cells: use a coarser grid, or the exact search"
    )]
    GridTooLarge {
        /// Number of values of alpha.
        alphas: usize,
        /// Number of values of beta.
        betas: usize,
        /// [`Grid::MAX_CELLS`](crate::Grid::MAX_CELLS).
        limit: usize,
    },
    /// A weight outside `[0, 1]`.
    #[error("the presence weight is {found}: give a number from 0 to 1")]
    PresenceWeight {
        /// The weight given.
        found: f64,
    },
    /// A share outside `[0, 1]`.
    #[error("the share of blended clips is {found}: give a number from 0 to 1")]
    BlendShare {
        /// The share given.
        found: f64,
    },
    /// Nothing is left to choose on when a fold is held out.
    #[error("{what} needs clips of at least two folds, found {found}: give the fold of each clip")]
    TooFewFolds {
        /// What asked for the folds.
        what: &'static str,
        /// Number of different folds found.
        found: usize,
    },
    /// A choice among no decoders.
    #[error("there are no candidates to choose from: add at least one")]
    NoCandidates,
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
    #[error("{}{problem}", Prefix(.path.as_ref()))]
    NotText {
        /// The file, when it is one.
        path: Option<PathBuf>,
        /// What it is and what to do.
        problem: String,
    },
    /// A table of probabilities that is not what it should be, with all its faults.
    #[error(
        "{}{} in the table of probabilities:{}",
        Prefix(.path.as_ref()),
        counted(.faults.len(), "fault"),
        Listing(.faults)
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
        Prefix(.path.as_ref())
    )]
    Syntax {
        /// The file, when they came from one.
        path: Option<PathBuf>,
        /// What is wrong, with its line, and its clip where there is one.
        source: serde_json::Error,
    },
    /// Predictions none of which is of a clip of the dataset.
    #[error("{}{}", Prefix(.path.as_ref()), no_clip_names(*.keys, .first, .problem))]
    NoClipNames {
        /// The file, when they came from one.
        path: Option<PathBuf>,
        /// How many keys there are.
        keys: usize,
        /// The first of them.
        first: String,
        /// Why that is no clip name.
        problem: String,
    },
    /// A zip bundle that no predictions can be read from.
    #[error("{}{problem}", Prefix(.path.as_ref()))]
    Bundle {
        /// The file, when the bundle came from one.
        path: Option<PathBuf>,
        /// What is wrong and what to do.
        problem: String,
    },
    /// Predictions that strict scoring, or the challenge's rules, refuse.
    #[error("{} in the predictions:{}", counted(.issues.len(), "fault"), Listing(.issues))]
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
    /// A setting of a bootstrap, a test or a histogram out of its range.
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

impl Error {
    /// Whether the input is at fault, and not the disk.
    #[must_use]
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Read { source, .. } => is_given_wrong(source),
            Self::Write { .. } => false,
            _ => true,
        }
    }

    /// Names the file of an error that was found in its bytes.
    pub(crate) fn at(mut self, file: &Path) -> Self {
        if let Self::NotText { path, .. }
        | Self::InvalidTable { path, .. }
        | Self::Syntax { path, .. }
        | Self::NoClipNames { path, .. }
        | Self::Bundle { path, .. } = &mut self
        {
            *path = Some(file.to_owned());
        }
        self
    }
}

fn no_clip_names(keys: usize, first: &str, problem: &str) -> String {
    let first = Excerpt(first);
    let found = if keys == 1 {
        format!("its key {first} is no clip name ({problem})")
    } else {
        format!("none of its {keys} keys is a clip name: the first is {first} ({problem})")
    };
    format!(
        "{found}; predictions stand under the clips' own names, such as \"A102_ang_int1_ver1\" or \
         \"test_0001\", in a map of their own or under the key \"predictions\""
    )
}

/// How many faults a message lists before it only counts the rest; the error itself holds all of them.
const LISTED_FAULTS: usize = 50;

/// Writes each fault on a line of its own.
struct Listing<'a, T>(&'a [T]);

impl<T: fmt::Display> fmt::Display for Listing<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in self.0.iter().take(LISTED_FAULTS) {
            write!(f, "\n  {fault}")?;
        }
        match self.0.len().checked_sub(LISTED_FAULTS) {
            None | Some(0) => Ok(()),
            Some(more) => write!(f, "\n  and {more} more"),
        }
    }
}

/// Writes a path and a colon, or nothing.
struct Prefix<'a>(Option<&'a PathBuf>);

impl fmt::Display for Prefix<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(path) => write!(f, "{}: ", path.display()),
            None => Ok(()),
        }
    }
}
