use std::path::{Path, PathBuf};

use blemore_base::list::{Names, counted};
use blemore_labels::ClipName;

use crate::Error;

/// Something wrong with a dataset folder.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, serde::Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Finding {
    /// Metadata that are missing or wrong, a folder that cannot be listed, actors in both partitions.
    #[error("{problem}")]
    Dataset {
        /// What is wrong.
        problem: String,
    },
    /// Folds that are missing, or have an actor in several.
    #[error("{problem}")]
    Folds {
        /// What is wrong.
        problem: String,
    },
    /// Clips that have no features.
    #[error("{} has no features of {}: {}", path.display(), counted(clips.len(), "clip"), Names(clips))]
    ClipsWithoutFeatures {
        /// The folder or table.
        path: PathBuf,
        /// The clips.
        clips: Vec<ClipName>,
    },
    /// Features of clips that the metadata do not list.
    #[error(
        "{} has features of {} that the metadata do not list: {}",
        path.display(), counted(clips.len(), "clip"), Names(clips)
    )]
    FeaturesWithoutClip {
        /// The folder or table.
        path: PathBuf,
        /// The clips.
        clips: Vec<ClipName>,
    },
    /// Clips that have several rows in a table.
    #[error(
        "{} has several rows of {}, keep one of each: {}", path.display(), counted(clips.len(), "clip"), Names(clips)
    )]
    RepeatedFeatures {
        /// The table.
        path: PathBuf,
        /// The clips.
        clips: Vec<ClipName>,
    },
    /// Arrays or a table that cannot be read.
    #[error("{}", at(path, problem))]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A file whose name is not a clip name, or names the same clip as another file.
    #[error("{}: {problem}", path.display())]
    Name {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// An array whose width is not that of most arrays in its folder.
    #[error("{}: {found} values per frame, where most arrays of the folder have {expected}", path.display())]
    Width {
        /// The file.
        path: PathBuf,
        /// The width of most arrays.
        expected: usize,
        /// Its own.
        found: usize,
    },
    /// Features of the two partitions that differ in width.
    #[error("{name} has {train} values per frame for training clips and {test} for test clips")]
    PartitionWidths {
        /// The feature set.
        name: String,
        /// Width of the training features.
        train: usize,
        /// Width of the test features.
        test: usize,
    },
    /// An array that was made in another way than the others of its folder, or is not the one that was made.
    #[error("{}: {problem}", path.display())]
    Origin {
        /// The array.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Values that cannot be meant: clips with equal values, nothing but zeros, columns of which most say nothing.
    #[error("{}: {problem}", path.display())]
    Values {
        /// The folder or table.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

impl Finding {
    pub(super) fn of_folds(error: Error) -> Vec<Self> {
        let problems = match error {
            Error::Folds { faults, .. } => faults,
            other => vec![other.to_string()],
        };
        problems.into_iter().map(|problem| Finding::Folds { problem }).collect()
    }

    /// The file of a fault that makes it useless.
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::Unreadable { path, .. } | Self::Name { path, .. } | Self::Width { path, .. } => Some(path),
            _ => None,
        }
    }
}

/// A problem with its file, which errors of files name already.
fn at(path: &Path, problem: &str) -> String {
    let path = path.display().to_string();
    if problem.contains(&path) { problem.to_owned() } else { format!("{path}: {problem}") }
}
