use std::path::PathBuf;

use blemore_base::is_given_wrong;
use blemore_base::list::{Lines, Names, counted};
use blemore_labels::ClipName;

use crate::generate::CorpusSize;
use crate::{DatasetFault, FoldFault, MetadataFault};

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
    /// A file that is not a table of its format.
    #[error("{table} cannot be read as {format}: {problem}")]
    Unreadable {
        /// The file, or where the table came from.
        table: String,
        /// The format it should have.
        format: &'static str,
        /// What the reader says.
        problem: String,
    },
    /// A table that has no rows.
    #[error("{table} holds no clips: it needs a header and one row per clip")]
    NoClips {
        /// The file, or where the table came from.
        table: String,
    },
    /// Columns that are needed and that the table does not have.
    #[error("{table} has no column {}: its columns are {}", missing.join(", "), found.join(", "))]
    MissingColumns {
        /// The file, or where the table came from.
        table: String,
        /// The columns that are not there.
        missing: Vec<String>,
        /// The columns that are there.
        found: Vec<String>,
    },
    /// Published columns that are in the header more than once.
    #[error("{table} has column {} more than once: keep one", repeated.join(", "))]
    RepeatedColumns {
        /// The file, or where the table came from.
        table: String,
        /// The names.
        repeated: Vec<String>,
    },
    /// Rows of metadata that are wrong, all of them.
    #[error("{table} has {}:{}", counted(faults.len(), "fault"), Lines(faults))]
    Metadata {
        /// The file, or where the table came from.
        table: String,
        /// Every wrong cell, name and row.
        faults: Vec<MetadataFault>,
    },
    /// Clips without a label where labels are needed.
    #[error("{table} has {} without a label: {}", counted(clips.len(), "clip"), Names(clips))]
    Unlabelled {
        /// The file, or where the table came from.
        table: String,
        /// The clips.
        clips: Vec<ClipName>,
    },
    /// Actors that are in the training and in the test partition.
    #[error(
        "actors in both the training and the test metadata: {}; each actor belongs in one of them, because a model must be \
         tested on people that it was not trained on", actors.join(", ")
    )]
    SharedActors {
        /// The actors.
        actors: Vec<String>,
    },
    /// Folds that are missing, are too few or leak an actor.
    #[error("the folds of {table} have {}:{}", counted(faults.len(), "fault"), Lines(faults))]
    Folds {
        /// The file, or where the table came from.
        table: String,
        /// Every fault.
        faults: Vec<FoldFault>,
    },
    /// A fold that does not exist.
    #[error("there is no fold {fold}: the folds are {}", listed(folds))]
    NoSuchFold {
        /// The fold asked for.
        fold: i64,
        /// The folds that there are.
        folds: Vec<i64>,
    },
    /// A number of folds that the actors cannot fill.
    #[error("{actors} actors cannot make {asked} folds: ask for 2 to {actors}")]
    TooManyFolds {
        /// The number of folds asked for.
        asked: usize,
        /// The number of actors.
        actors: usize,
    },
    /// A dataset folder that cannot be used.
    #[error(
        "{} cannot be used as a dataset folder: {}:{}", folder.display(), counted(faults.len(), "fault"), Lines(faults)
    )]
    Dataset {
        /// The folder.
        folder: PathBuf,
        /// Every fault.
        faults: Vec<DatasetFault>,
    },
    /// A generated corpus with too few actors for its folds.
    #[error(
        "a corpus of {} training actors in {} folds and {} test actors cannot be generated: it needs two folds or \
         more, an actor per fold, and a test actor",
        size.training_actors, size.folds, size.test_actors
    )]
    CorpusSize {
        /// The size asked for.
        size: CorpusSize,
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
    /// Clips and feature rows that do not belong together one to one.
    #[error("{}", unmatched(features, table, clips_without_features, features_without_clip))]
    Unmatched {
        /// The feature table.
        features: String,
        /// The metadata.
        table: String,
        /// Clips of the metadata without features.
        clips_without_features: Vec<ClipName>,
        /// Clips of feature rows that the metadata does not list.
        features_without_clip: Vec<ClipName>,
    },
    /// A feature table and metadata without a common clip.
    #[error("{features} has features of no clip of {table}: they belong to different partitions or datasets")]
    NothingMatches {
        /// The feature table.
        features: String,
        /// The metadata.
        table: String,
    },
}

impl Error {
    /// Whether the input is at fault, and not the disk.
    #[must_use]
    pub fn is_bad_input(&self) -> bool {
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

fn unmatched(features: &str, table: &str, clips: &[ClipName], strangers: &[ClipName]) -> String {
    let mut lines = Vec::new();
    if !clips.is_empty() {
        let counted = counted(clips.len(), "clip");
        lines.push(format!(
            "{features} has no features of {counted} of {table} (extract them, or take these clips out of the metadata): {}",
            Names(clips)
        ));
    }
    if !strangers.is_empty() {
        let counted = counted(strangers.len(), "clip");
        lines.push(format!(
            "{features} has features of {counted} not listed in {table} (take them out of the features, or list them): {}",
            Names(strangers)
        ));
    }
    lines.join("\n")
}
