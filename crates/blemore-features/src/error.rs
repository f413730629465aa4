//! The one error type of the crate.

use std::fmt;
use std::io;
use std::path::PathBuf;

use blemore_base::is_given_wrong;
use blemore_base::list::{Names, counted};
use blemore_labels::ClipName;

use crate::clip_fault::{ClipFault, ClipProblem};
use crate::fusion::FusionFault;
use crate::table::TableFault;
use crate::{AggregationError, NpyError, NpzError};

/// What can be wrong with features; each variant says where, and what to do about it.
///
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
    #[error("{}{source}", Prefix(.path.as_ref()))]
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
        Prefix(.path.as_ref()),
        counted(.faults.len(), "fault"),
        Listing(.faults)
    )]
    Table {
        /// The file, when the table came from one.
        path: Option<PathBuf>,
        /// Every fault, in row order.
        faults: Vec<TableFault>,
    },
    /// Clip names and values that do not go together one to one.
    #[error(
        "{}{clips} clip names for {rows} rows of values: a table needs one name per row",
        Prefix(.path.as_ref())
    )]
    RowCount {
        /// The file, when the table came from one.
        path: Option<PathBuf>,
        /// Number of clip names.
        clips: usize,
        /// Number of rows of values.
        rows: usize,
    },
    /// Rows without any value.
    #[error("{}the rows hold no values: a table needs at least one column", Prefix(.path.as_ref()))]
    NoColumns {
        /// The file, when the table came from one.
        path: Option<PathBuf>,
    },
    /// A row number past the end.
    #[error("row {row} does not exist: the table has {rows} rows, counted from 0")]
    NoSuchRow {
        /// The row asked for.
        row: usize,
        /// The rows there are.
        rows: usize,
    },
    /// Something fitted on nothing.
    #[error("{what} cannot be fitted without rows: give at least one")]
    NoRows {
        /// What was to be fitted.
        what: &'static str,
    },
    /// Features of another width than those something was fitted on.
    #[error(
        "{what} was fitted on features of {expected} values per row, these have {found}: use the same features"
    )]
    Width {
        /// What was fitted.
        what: &'static str,
        /// Width it was fitted on.
        expected: usize,
        /// Width of the features given.
        found: usize,
    },
    /// More principal components than there are, or none.
    #[error("{asked} principal components were asked for; these features have {most}: ask for 1 to {most}")]
    ComponentCount {
        /// The number asked for.
        asked: usize,
        /// How many there are.
        most: usize,
    },
    /// Values that are not finite, where a table has not been checked for them.
    #[error("{what} needs finite values: fix the features first")]
    NotFinite {
        /// What was to be fitted.
        what: &'static str,
    },
    /// Clips whose names tell no actor, where features are to be standardised within each.
    #[error("{} without an actor in the name: {}", counted(.clips.len(), "clip"), Names(.clips))]
    NoActor {
        /// The clips.
        clips: Vec<ClipName>,
    },
    /// Stored means and deviations that no fit gives.
    #[error("a stored standardisation is wrong: {problem}; fit it again")]
    Standardizer {
        /// What is wrong.
        problem: String,
    },
    /// Tables that do not cover the same clips, with every clip that is missing somewhere.
    #[error(
        "the tables do not cover the same clips:{}\naggregate the missing clips, or keep those that all \
         tables have",
        Listing(.faults)
    )]
    Fusion {
        /// One fault per table that lacks clips.
        faults: Vec<FusionFault>,
    },
    /// A fusion of nothing.
    #[error("there are no tables to fuse: give at least one")]
    NoTables,
    /// Tables that have no clip in common.
    #[error("no clip is in all of the {tables} tables: they belong to different partitions or datasets")]
    NothingInCommon {
        /// Number of tables.
        tables: usize,
    },
    /// A folder without arrays to read.
    #[error("{}", no_clips(.folder, .filter.as_deref(), *.filtered_out, .ignored, .hint.as_deref()))]
    NoClips {
        /// The folder.
        folder: PathBuf,
        /// Text that names had to contain, if any.
        filter: Option<String>,
        /// Number of arrays whose names do not contain it.
        filtered_out: usize,
        /// Everything else in the folder.
        ignored: Vec<PathBuf>,
        /// What to do, where it is known what the folder holds.
        hint: Option<String>,
    },
    /// Columns of f64 values that f32 does not tell apart.
    #[error(
        "{}column {column} (from 0) holds values around {around} with a standard deviation of {deviation:.3e}, which \
         f32 does not tell apart: subtract their mean before they are saved",
        Prefix(.path.as_ref())
    )]
    Rounded {
        /// The folder or file.
        path: Option<PathBuf>,
        /// The first such column, from 0.
        column: usize,
        /// The first of its values.
        around: f64,
        /// The standard deviation of its values.
        deviation: f64,
    },
    /// A folder with files that cannot be used, all of them.
    #[error("{} in {}:{}", counted(.faults.len(), "fault"), .folder.display(), Listing(.faults))]
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

impl Error {
    /// Whether the input is at fault, and not the disk or the machine: everything but writing and threads.
    #[must_use]
    pub fn is_bad_input(&self) -> bool {
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

    /// Adds the file that a table came from.
    pub(crate) fn in_file(mut self, file: &std::path::Path) -> Self {
        if let Self::Npz { path, .. }
        | Self::Table { path, .. }
        | Self::RowCount { path, .. }
        | Self::Rounded { path, .. }
        | Self::NoColumns { path } = &mut self
        {
            *path = Some(file.to_owned());
        }
        self
    }
}

fn no_clips(
    folder: &std::path::Path,
    filter: Option<&str>,
    filtered_out: usize,
    ignored: &[PathBuf],
    hint: Option<&str>,
) -> String {
    let folder = folder.display();
    if let Some(hint) = hint {
        return format!("{folder} holds no file of a clip: {hint}");
    }
    match (filter, filtered_out, ignored) {
        (Some(filter), 1.., _) => {
            let files = counted(filtered_out, "file");
            format!("none of the {files} in {folder} has {filter:?} in its name: change the filter")
        }
        (_, _, []) => format!("{folder} is empty: it should hold a file per clip"),
        (_, _, ignored) => {
            let names: Vec<_> =
                ignored.iter().filter_map(|path| path.file_name()).map(|name| name.display()).collect();
            let what = if names.len() == 1 { "only" } else { "other things:" };
            format!("{folder} holds no file of a clip, {what}{}", Listing(&names))
        }
    }
}

/// How many faults a message lists. It counts the others; the error itself holds all of them.
const LISTED_FAULTS: usize = 50;

/// Writes each fault on a line of its own.
struct Listing<'a, T>(&'a [T]);

impl<T: fmt::Display> fmt::Display for Listing<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(LISTED_FAULTS).try_for_each(|fault| write!(f, "\n  {fault}"))?;
        match self.0.len().saturating_sub(LISTED_FAULTS) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
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
