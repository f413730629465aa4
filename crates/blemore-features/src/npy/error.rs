//! The ways in which a .npy array can be wrong, or lie.

use super::header::{MAX_DIMENSIONS, MAX_HEADER_SIZE};

/// Why bytes are not a .npy array that can be used as features.
///
/// It knows bytes, not files: [`Error::Npy`](crate::Error::Npy) adds the path, and the member of an archive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NpyError {
    /// The file does not begin with numpy's magic bytes.
    #[error("this is not a .npy array (it does not begin with \\x93NUMPY): save it with numpy.save")]
    NotNpy,
    /// A version of the format that does not exist.
    #[error("version {major}.{minor} of the .npy format is unknown: 1.0, 2.0 and 3.0 are read")]
    Version {
        /// First number of the version.
        major: u8,
        /// Second number of the version.
        minor: u8,
    },
    /// The file ends inside its header.
    #[error(
        "the file ends inside its header: {expected} bytes were expected, {found} are there; copy it again"
    )]
    TruncatedHeader {
        /// Bytes that magic, version and header take.
        expected: usize,
        /// Bytes there are.
        found: usize,
    },
    /// A header longer than any real one, which would only fill memory.
    #[error("the header claims {found} bytes; more than {MAX_HEADER_SIZE} are refused")]
    HeaderTooLong {
        /// Length that the file claims.
        found: usize,
    },
    /// A header that is not the dictionary numpy writes.
    #[error("the header is not what numpy writes, at its byte {at}: {problem}")]
    Header {
        /// Position within the header text, from 0.
        at: usize,
        /// What was expected or found there.
        problem: String,
    },
    /// An array of Python objects, stored as a pickle, which can run any code when it is read.
    #[error(
        "it holds Python objects (a pickle), which are refused because reading one can run any code: \
         save plain numbers or text, for instance with .astype('float32') or .astype(str)"
    )]
    Pickled,
    /// Elements of a type that cannot be used.
    #[error("elements are of type {found}, expected {expected}: convert them before saving")]
    ElementType {
        /// The type, as numpy writes it.
        found: String,
        /// The types that can be read.
        expected: &'static str,
    },
    /// More dimensions than numpy itself allows.
    #[error("the shape has {found} dimensions; numpy allows {MAX_DIMENSIONS}")]
    TooManyDimensions {
        /// Number of dimensions.
        found: usize,
    },
    /// A shape whose size in bytes does not fit into this machine's address space.
    #[error("shape {shape:?} is too large for this machine: its size in bytes overflows")]
    SizeOverflow {
        /// The shape claimed.
        shape: Vec<usize>,
    },
    /// The header promises more, or less, than there is.
    #[error(
        "shape {shape:?} needs {expected} bytes of data, {found} are there: the file is cut short, damaged or holds \
         something else as well; write it again"
    )]
    DataLength {
        /// The shape claimed.
        shape: Vec<usize>,
        /// Bytes that the header promises.
        expected: usize,
        /// Bytes there are after the header.
        found: usize,
    },
    /// An array without values.
    #[error("shape {shape:?} holds no values: at least one frame of one dimension is needed")]
    Empty {
        /// The shape.
        shape: Vec<usize>,
    },
    /// A number of dimensions that has no meaning here.
    #[error("shape {shape:?} does not fit: expected {expected}")]
    Shape {
        /// The shape.
        shape: Vec<usize>,
        /// What was expected.
        expected: &'static str,
    },
    /// Text that is not text.
    #[error("entry {entry} (from 0) is not valid text")]
    Text {
        /// Index of the entry.
        entry: usize,
    },
}
