//! The ways in which an archive of arrays can be wrong.

use crate::NpyError;

/// Why bytes are not an .npz archive that can be used: what was found, and what to do.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NpzError {
    /// An archive that is wrong as a whole: no zip archive, or one with other arrays than are needed.
    #[error("{0}")]
    Archive(String),
    /// An array that cannot be taken out of the archive.
    #[error("array {name:?} {problem}")]
    Member {
        /// Name of the array.
        name: String,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// An array that is wrong in itself.
    #[error("array {name:?}: {source}")]
    Array {
        /// Name of the array.
        name: String,
        /// What is wrong with it.
        source: NpyError,
    },
}

impl NpzError {
    pub(super) fn member(name: &str, problem: impl Into<String>) -> Self {
        Self::Member { name: name.to_owned(), problem: problem.into() }
    }
}
