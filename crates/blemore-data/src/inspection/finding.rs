use std::fmt;
use std::path::PathBuf;

use blemore_labels::ClipName;

use crate::error::{Names, counted};
use crate::{DatasetFault, Error};

/// Something wrong with a dataset folder.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Finding {
    /// Metadata that are missing or wrong, a folder that cannot be listed, actors in both partitions.
    Dataset {
        /// What is wrong.
        problem: String,
    },
    /// Folds that are missing, or have an actor in several.
    Folds {
        /// What is wrong.
        problem: String,
    },
    /// Clips that have no features.
    ClipsWithoutFeatures {
        /// The folder or table.
        path: PathBuf,
        /// The clips.
        clips: Vec<ClipName>,
    },
    /// Features of clips that the metadata do not list.
    FeaturesWithoutClip {
        /// The folder or table.
        path: PathBuf,
        /// The clips.
        clips: Vec<ClipName>,
    },
    /// Clips that have several rows in a table.
    RepeatedFeatures {
        /// The table.
        path: PathBuf,
        /// The clips.
        clips: Vec<ClipName>,
    },
    /// Arrays or a table that cannot be read.
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A file whose name is no clip name, or that of another file's clip.
    Name {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// An array of another width than most of its folder.
    Width {
        /// The file.
        path: PathBuf,
        /// The width of most arrays.
        expected: usize,
        /// Its own.
        found: usize,
    },
    /// Features of the two partitions that differ in width.
    PartitionWidths {
        /// The feature set.
        name: String,
        /// Width of the training features.
        train: usize,
        /// Width of the test features.
        test: usize,
    },
    /// Arrays of different clips with the same bytes.
    SameFeatures {
        /// The files.
        paths: Vec<PathBuf>,
    },
}

impl Finding {
    pub(super) fn of_dataset(fault: &DatasetFault) -> Self {
        Finding::Dataset { problem: fault.to_string() }
    }

    pub(super) fn of_folds(error: &Error) -> Vec<Self> {
        match error {
            Error::Folds { faults, .. } => {
                faults.iter().map(|fault| Finding::Folds { problem: fault.to_string() }).collect()
            }
            other => vec![Finding::Folds { problem: other.to_string() }],
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Dataset { problem } | Finding::Folds { problem } => formatter.write_str(problem),
            Finding::ClipsWithoutFeatures { path, clips } => {
                let counted = counted(clips.len(), "clip");
                write!(formatter, "{} has no features of {counted}: {}", path.display(), Names(clips))
            }
            Finding::FeaturesWithoutClip { path, clips } => {
                let counted = counted(clips.len(), "clip");
                write!(
                    formatter,
                    "{} has features of {counted} that the metadata do not list: {}",
                    path.display(),
                    Names(clips)
                )
            }
            Finding::RepeatedFeatures { path, clips } => {
                let counted = counted(clips.len(), "clip");
                write!(
                    formatter,
                    "{} has several rows of {counted}, keep one of each: {}",
                    path.display(),
                    Names(clips)
                )
            }
            Finding::Unreadable { path, problem } => {
                // Errors of files name them already.
                let shown = path.display().to_string();
                if problem.contains(&shown) {
                    formatter.write_str(problem)
                } else {
                    write!(formatter, "{shown}: {problem}")
                }
            }
            Finding::Name { path, problem } => write!(formatter, "{}: {problem}", path.display()),
            Finding::Width { path, expected, found } => write!(
                formatter,
                "{}: {found} values a frame, where most arrays of the folder have {expected}",
                path.display()
            ),
            Finding::PartitionWidths { name, train, test } => write!(
                formatter,
                "{name} has {train} values a frame for training clips and {test} for test clips"
            ),
            Finding::SameFeatures { paths } => {
                write!(formatter, "the same bytes stand for different clips:")?;
                paths.iter().try_for_each(|path| write!(formatter, " {}", path.display()))
            }
        }
    }
}
