use std::path::PathBuf;

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
