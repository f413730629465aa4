use std::path::PathBuf;

use crate::Error;

/// What makes a dataset folder unusable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatasetFault {
    /// The folder is not there, or is a file.
    #[error("there is no such folder")]
    NoFolder,
    /// The training partition's metadata are not there.
    #[error("{} is not there: it lists the training clips, with their folds", path.display())]
    NoTrainMetadata {
        /// Where the file should be.
        path: PathBuf,
    },
    /// A folder inside that cannot be listed.
    #[error("cannot list {}: {source}", path.display())]
    Unlisted {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Metadata that cannot be used: every fault of a file, or actors in both partitions.
    #[error(transparent)]
    Metadata(#[from] Box<Error>),
}
