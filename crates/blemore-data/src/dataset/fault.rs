use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::{Error, Metadata};

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
    /// Metadata that cannot be used, with every fault of the file.
    #[error(transparent)]
    Metadata(Box<Error>),
    /// Actors whose clips are in both partitions: a model would be tested on faces that it was trained on.
    #[error("in both partitions, where every actor belongs in one: {}", actors.join(", "))]
    SharedActors {
        /// The actors.
        actors: Vec<String>,
    },
}

pub(crate) fn shared_actors(train: &Metadata, test: &Metadata) -> Option<DatasetFault> {
    let trained: BTreeSet<&str> = train.actors().into_iter().collect();
    let tested: BTreeSet<&str> = test.actors().into_iter().collect();
    let actors: Vec<String> = trained.intersection(&tested).map(|actor| (*actor).to_owned()).collect();
    (!actors.is_empty()).then_some(DatasetFault::SharedActors { actors })
}
