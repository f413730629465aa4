use std::path::PathBuf;

use blemore_base::list::{Lines, counted};
use blemore_base::{Blame, is_given_wrong};

use crate::MetadataFault;

/// What is wrong with metadata, folds, a dataset folder or a table on disk.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder that cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file or folder that cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A table that is not what it should be: of another format, without clips, columns or labels.
    #[error("{table} {problem}")]
    Table {
        /// The file, or where the table came from.
        table: String,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// Rows of metadata that are wrong, all of them.
    #[error("{table} has {}:{}", counted(faults.len(), "fault"), Lines(faults))]
    Metadata {
        /// The file, or where the table came from.
        table: String,
        /// Every wrong cell, name and row.
        faults: Vec<MetadataFault>,
    },
    /// Folds that are missing, are too few or leak an actor.
    #[error("the folds of {table} have {}:{}", counted(faults.len(), "fault"), Lines(faults))]
    Folds {
        /// The file, or where the table came from.
        table: String,
        /// Every fault.
        faults: Vec<String>,
    },
    /// Actors, folds, features or sizes that do not go together with what is asked of them.
    #[error("{0}")]
    Mismatch(String),
    /// A dataset folder that cannot be used.
    #[error(
        "{} cannot be used as a dataset folder: {}:{}", folder.display(), counted(faults.len(), "fault"), Lines(faults)
    )]
    Dataset {
        /// The folder.
        folder: PathBuf,
        /// Every fault.
        faults: Vec<String>,
    },
    /// A text that is not a clip name.
    #[error(transparent)]
    Label(#[from] blemore_labels::Error),
    /// A table whose features cannot be used.
    #[error("{}: {source}", path.display())]
    Features {
        /// The file.
        path: PathBuf,
        /// What is wrong, with every row.
        source: Box<blemore_features::Error>,
    },
}

impl Error {
    pub(crate) fn table(table: &str, problem: impl Into<String>) -> Self {
        Self::Table { table: table.to_owned(), problem: problem.into() }
    }
}

impl Blame for Error {
    fn is_bad_input(&self) -> bool {
        match self {
            Self::Read { source, .. } => is_given_wrong(source),
            Self::Write { .. } => false,
            Self::Features { source, .. } => source.is_bad_input(),
            _ => true,
        }
    }
}

/// Numbers side by side.
pub(crate) fn listed(numbers: &[i64]) -> String {
    numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
}
