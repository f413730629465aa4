//! The one error type of the crate.

/// Why a figure cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// PNG or PDF cannot be made.
    #[error("the figure cannot be made into {format}: {problem}")]
    Convert {
        /// The format.
        format: &'static str,
        /// What is in the way.
        problem: String,
    },
}
