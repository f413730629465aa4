//! Dataset folders: both partitions' metadata, and where each encoder's features lie.

mod layout;
mod lengths;
mod standing;

use std::path::{Path, PathBuf};

use crate::{Encoder, Error, Metadata};
use layout::{TEST_METADATA, TRAIN_METADATA, metadata_path};

pub(crate) use layout::{Layout, NO_FOLDER, has_extension, list, without_partition};
pub use lengths::ClipLength;
pub use standing::Standing;

/// A dataset folder as participants have it.
///
/// | path | holds |
/// | --- | --- |
/// | `train_metadata.csv` | the training clips, with folds |
/// | `test_metadata.csv` | the test clips, labelled or not; optional |
/// | `pre_extracted_train_data/<Encoder>_train/*.npy` | an array of `(T, D)` per training clip |
/// | `pre_extracted_test_data/<Encoder>_test/*.npy` | an array of `(T, D)` per test clip |
/// | `<Encoder>_train.npz`, `<Encoder>_test.npz` | tables of descriptors, ready for a model |
/// | `<Encoder>.npz` | one table for both partitions |
///
/// - Metadata may be `.parquet`, `.jsonl`, `.arrow` or `.feather` instead; the first of these counts, and a CSV before them.
/// - Folders of arrays and tables may lie in the top folder or in either `pre_extracted_*` folder. The end of the name
///   says the partition, `_train` or `_test`; without one the `pre_extracted_*` folder does; in the top folder a name
///   without partition stands for both.
/// - A name that no known encoder begins with is an [`Encoder::Other`], if it says its partition.
/// - Names that differ only in case are one feature set; all others are sets of their own, also of the same
///   encoder ([`FeatureSource::standing`]).
/// - When features are there twice, a table counts before a folder, then one for a partition before one for both, then
///   one in `pre_extracted_*` before one in the top folder.
///
/// What lies in the folder and is not used is listed with the reason: [`Dataset::overlooked`]. Nothing of the features
/// is read here.
///
/// ```
/// use blemore_data::generate::{Corpus, CorpusSize};
/// use blemore_data::{Dataset, Encoder, Modality};
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path();
/// Corpus::generate(42, CorpusSize { training_actors: 2, test_actors: 1, folds: 2 })?.write(folder)?;
///
/// let dataset = Dataset::open(folder)?;
/// assert_eq!(dataset.train().actors().len(), 2);
/// assert_eq!(dataset.test().map(|test| test.actors().len()), Some(1));
/// let [video, audio] = dataset.feature_sets() else { panic!("two feature sets") };
/// assert_eq!(video.encoder(), &Encoder::Generated(Modality::Video));
/// assert!(audio.train().path().ends_with("pre_extracted_train_data/GeneratedAudio_train"));
/// assert!(dataset.overlooked().is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Dataset {
    folder: PathBuf,
    train: Metadata,
    test: Option<Metadata>,
    feature_sets: Vec<FeatureSource>,
    overlooked: Vec<Overlooked>,
}

/// Where an encoder's features of both partitions lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeatureSource {
    name: String,
    encoder: Encoder,
    train: Source,
    test: Option<Source>,
    standing: Standing,
}

/// The features of one partition on disk.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A folder with one .npy array of shape `(T, D)` per clip, named after it.
    Folder(PathBuf),
    /// An .npz table: `X` of shape `(N, 7 D)` and `filenames`. It may hold clips of the other partition too.
    Table(PathBuf),
}

/// Something in a dataset folder that is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, serde::Serialize)]
#[error("{}: {reason}", path.display())]
pub struct Overlooked {
    /// The file or folder.
    pub path: PathBuf,
    /// Why it is not used.
    pub reason: OverlookedReason,
}

/// Why something in a dataset folder is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OverlookedReason {
    /// Neither metadata, nor a folder of arrays, nor a table with the name of an encoder.
    #[error("neither metadata nor a folder of arrays nor a table named after an encoder")]
    Unknown,
    /// A folder for features that holds no .npy array itself.
    #[error("no .npy array lies directly in it")]
    NoArrays,
    /// The same features or metadata are used from elsewhere.
    #[error("{} is used in its place", used.display())]
    Duplicate {
        /// The file or folder that is used.
        used: PathBuf,
    },
    /// Features of test clips of an encoder without features of training clips.
    #[error("features of test clips, of an encoder without features of training clips")]
    NoTrainFeatures,
    /// Features of test clips, in a folder without test metadata.
    #[error("features of test clips, but test_metadata.csv is not there")]
    NoTestMetadata,
}

impl Dataset {
    /// Reads the metadata of a dataset folder and finds its features.
    ///
    /// # Errors
    /// [`Error::Dataset`] with every fault at once: no such folder, metadata that are missing or cannot be read (with
    /// all that is wrong in each of the two files), folders that cannot be listed, actors in both partitions.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, Error> {
        let folder = folder.as_ref();
        let Layout { train, test, feature_sets, overlooked, mut faults } = Layout::of(folder);
        if let (Some(train), Some(test)) = (&train, &test) {
            faults.extend(test.require_separate(train).err().map(|error| error.to_string()));
        }
        match train {
            Some(train) if faults.is_empty() => {
                Ok(Dataset { folder: folder.to_owned(), train, test, feature_sets, overlooked })
            }
            _ => Err(Error::Dataset { folder: folder.to_owned(), faults }),
        }
    }

    /// The metadata of the test partition in the folder of `train_metadata`, where there are any: participants' folders
    /// have both side by side.
    pub fn test_metadata_beside(train_metadata: &Path) -> Option<PathBuf> {
        let beside = metadata_path(train_metadata.parent()?, TEST_METADATA)?;
        (beside != train_metadata).then_some(beside)
    }

    /// The metadata files of a folder, of the training and of the test partition, where they are there.
    pub fn metadata_files(folder: &Path) -> [Option<PathBuf>; 2] {
        [TRAIN_METADATA, TEST_METADATA].map(|stem| metadata_path(folder, stem))
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The training partition.
    pub fn train(&self) -> &Metadata {
        &self.train
    }

    /// The test partition, where the folder has its metadata. Its clips may be unlabelled.
    pub fn test(&self) -> Option<&Metadata> {
        self.test.as_ref()
    }

    /// The feature sets that have features of the training partition: in the order of Table II, then others by name.
    pub fn feature_sets(&self) -> &[FeatureSource] {
        &self.feature_sets
    }

    /// What is in the folder and is not used, by path.
    pub fn overlooked(&self) -> &[Overlooked] {
        &self.overlooked
    }
}

impl FeatureSource {
    /// The name on disk, without partition and extension. No two sets of a dataset have the same, even where
    /// upper and lower case are one.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The encoder, by its name.
    pub fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// What the set is among those of its encoder.
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// The name for people, which no other set of the dataset has: the encoder's, followed by
    /// [`FeatureSource::name`] where that is not the paper's own set.
    pub fn title(&self) -> String {
        match self.standing {
            Standing::Published => self.encoder.to_string(),
            Standing::Only | Standing::Other => format!("{} ({})", self.encoder, self.name),
        }
    }

    /// The features of the training clips.
    pub fn train(&self) -> &Source {
        &self.train
    }

    /// The features of the test clips; `None` when there are none, or no test metadata.
    pub fn test(&self) -> Option<&Source> {
        self.test.as_ref()
    }
}

impl Source {
    /// The folder or file.
    pub fn path(&self) -> &Path {
        match self {
            Source::Folder(path) | Source::Table(path) => path,
        }
    }
}
