//! What can be wrong with a file of arrays.

use std::io;

/// One thing that makes a checkpoint or a training state unusable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileFault {
    /// The file ends before its header says it does.
    #[error("it is cut off: {found} bytes of {expected}")]
    Truncated {
        /// Bytes that there should be, as far as the file tells.
        expected: u64,
        /// Bytes that there are.
        found: u64,
    },
    /// There are bytes after the last array.
    #[error("it has {found} bytes, but its header describes {expected}")]
    TooLong {
        /// Bytes that the header describes.
        expected: u64,
        /// Bytes that there are.
        found: u64,
    },
    /// A header longer than safetensors files have.
    #[error(
        "its header would have {found} bytes, over the limit of {limit}: it is not a safetensors file of this project"
    )]
    HeaderTooLong {
        /// The length given.
        found: u64,
        /// The longest header that is read.
        limit: u64,
    },
    /// A header or a description that is not what the format says.
    #[error("its header is invalid: {0}")]
    Header(#[from] serde_json::Error),
    /// A description that was changed since it was written.
    #[error("its description is not as it was written: {0}")]
    Description(#[from] blemore_hash::BrokenSeal),
    /// An array that was changed since it was written.
    #[error("its array `{name}` was changed since it was written")]
    Changed {
        /// The array.
        name: String,
    },
    /// A safetensors file that another program wrote.
    #[error("it is a safetensors file of another program: only files of this project hold what is needed")]
    Foreign,
    /// Another kind of file of this project, or another version of its format.
    #[error("it holds a {found}, expected a {expected}")]
    OtherFormat {
        /// Kind and version expected.
        expected: String,
        /// Kind and version found.
        found: String,
    },
    /// An array that should be there.
    #[error("it lacks the array `{name}`")]
    MissingArray {
        /// The array.
        name: String,
    },
    /// An array of another type or shape.
    #[error("its array `{name}` is {found}, expected {expected}")]
    OtherArray {
        /// The array.
        name: String,
        /// Type and shape expected.
        expected: String,
        /// Type and shape found.
        found: String,
    },
    /// An array that cannot be read.
    #[error("its array `{name}` cannot be read: {source}")]
    Array {
        /// The array.
        name: String,
        /// What the system says.
        source: io::Error,
    },
    /// A NaN or an infinity in an array.
    #[error("its array `{name}` holds a value that is not finite at index {index}")]
    NotFinite {
        /// The array.
        name: String,
        /// The place in it, row by row, from 0.
        index: usize,
    },
    /// Outputs in another order than the emotions'.
    #[error("its outputs are {found}, expected {expected}")]
    LabelOrder {
        /// The emotions in this project's order.
        expected: String,
        /// The outputs of the file.
        found: String,
    },
    /// A number of features that does not fit the arrays.
    #[error("it gives {said} features, but its arrays are for {found}")]
    Width {
        /// The number the description gives.
        said: usize,
        /// The number the arrays are for.
        found: usize,
    },
    /// A value that is out of range.
    #[error("its {what} cannot be used: {problem}")]
    Value {
        /// Which value.
        what: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A training state of another run.
    #[error(
        "it belongs to a run with {what} {found}, this run has {expected}: remove the file to start again"
    )]
    OtherRun {
        /// What differs.
        what: &'static str,
        /// What this run has.
        expected: String,
        /// What the file's run had.
        found: String,
    },
}
