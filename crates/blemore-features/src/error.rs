//! The one error type of the crate.

use std::io;
use std::path::PathBuf;

use blemore_base::list::{counted, listing, prefix};
use blemore_base::{Blame, is_given_wrong};

use crate::clip_fault::{ClipFault, ClipProblem};
use crate::fusion::FusionFault;
use crate::table::TableFault;
use crate::{AggregationError, NpyError, NpzError};

/// What can be wrong with features; each variant says where, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder that cannot be read.
    #[error("cannot read {}: {source}", .path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file that cannot be written.
    #[error("cannot write {}: {source}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file that is not an array of numbers.
    #[error("{}: {source}", .path.display())]
    Npy {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: NpyError,
    },
    /// A file that is not an archive of arrays, or lacks an array.
    #[error("{}{source}", prefix(.path.as_deref()))]
    Npz {
        /// The file, when it came from one.
        path: Option<PathBuf>,
        /// What is wrong with it.
        source: NpzError,
    },
    /// Frames or statistics that cannot be aggregated.
    #[error(transparent)]
    Aggregation(#[from] AggregationError),
    /// A table with wrong rows, all of them.
    #[error(
        "{}{} in the table of features:{}",
        prefix(.path.as_deref()),
        counted(.faults.len(), "fault"),
        listing(.faults)
    )]
    Table {
        /// The file, when the table came from one.
        path: Option<PathBuf>,
        /// Every fault, in row order.
        faults: Vec<TableFault>,
    },
    /// Features that a model cannot learn from, with every reason.
    #[error("{}features that cannot be used:{}", prefix(.path.as_deref()), listing(.faults))]
    Useless {
        /// The file, when they came from one.
        path: Option<PathBuf>,
        /// Every reason.
        faults: Vec<String>,
    },
    /// A table of another shape than clip names and features have, or whose values f32 does not tell apart.
    #[error("{}{problem}", prefix(.path.as_deref()))]
    Shape {
        /// The file or folder, when the table came from one.
        path: Option<PathBuf>,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// Rows, widths or tables that do not go together with what is asked of them.
    #[error("{0}")]
    Mismatch(String),
    /// Tables that do not cover the same clips, with every clip that is missing somewhere.
    #[error(
        "the tables do not cover the same clips:{}\naggregate the missing clips, or keep those that all \
         tables have",
        listing(.faults)
    )]
    Fusion {
        /// One fault per table that lacks clips.
        faults: Vec<FusionFault>,
    },
    /// A folder without arrays to read.
    #[error("{} {problem}", .folder.display())]
    NoClips {
        /// The folder.
        folder: PathBuf,
        /// What it holds instead, and what to do.
        problem: String,
    },
    /// A folder with files that cannot be used, all of them.
    #[error("{} in {}:{}", counted(.faults.len(), "fault"), .folder.display(), listing(.faults))]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Every fault, in the order of the file names.
        faults: Vec<ClipFault>,
    },
    /// A thread that the system refuses to start.
    #[error("the system refuses to start another thread ({source}): ask for fewer threads")]
    Thread {
        /// What the system says.
        source: io::Error,
    },
}

impl Blame for Error {
    fn is_bad_input(&self) -> bool {
        match self {
            Self::Read { source, .. } => is_given_wrong(source),
            // One broken file is enough, whatever else the disk refused.
            Self::Folder { faults, .. } => faults
                .iter()
                .any(|fault| !matches!(&fault.problem, ClipProblem::Read(source) if !is_given_wrong(source))),
            Self::Write { .. } | Self::Thread { .. } => false,
            _ => true,
        }
    }
}

impl Error {
    pub(crate) fn shape(problem: impl Into<String>) -> Self {
        Self::Shape { path: None, problem: problem.into() }
    }

    pub(crate) fn width(what: &str, expected: usize, found: usize) -> Self {
        Self::Mismatch(format!(
            "{what} was fitted on features of {expected} values per row, these have {found}: use the same features"
        ))
    }

    /// Names for clips and rows of values that do not go together one to one.
    pub(crate) fn row_count(clips: usize, rows: usize) -> Self {
        Self::shape(format!("{clips} clip names for {rows} rows of values: a table needs one name per row"))
    }

    /// Adds the file that a table came from.
    pub(crate) fn in_file(mut self, file: &std::path::Path) -> Self {
        if let Self::Npz { path, .. } | Self::Table { path, .. } | Self::Shape { path, .. } = &mut self {
            *path = Some(file.to_owned());
        }
        self
    }
}

/// What is wrong with rows without values.
pub(crate) const NO_COLUMNS: &str = "the rows hold no values: a table needs at least one column";
