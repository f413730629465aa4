//! The ways in which a .npy array can be wrong, or lie.

use blemore_base::limits::{DIMENSIONS, NPY_HEADER_BYTES};
use blemore_base::text::Excerpt;

/// Why bytes are not a .npy array that can be used as features.
///
/// It knows bytes, not files: [`Error::Npy`](crate::Error::Npy) adds the path, and the member of an archive.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
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
    #[error("the header claims {found} bytes; more than {NPY_HEADER_BYTES} are refused")]
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
    #[error("elements are of type {}, expected {expected}: convert them before saving", Excerpt(found))]
    ElementType {
        /// The type, as numpy writes it.
        found: String,
        /// The types that can be read.
        expected: &'static str,
    },
    /// More dimensions than numpy itself allows.
    #[error("the shape has {found} dimensions; numpy allows {DIMENSIONS}")]
    TooManyDimensions {
        /// Number of dimensions.
        found: usize,
    },
    /// A shape whose size in bytes does not fit into this machine's address space.
    #[error("shape {} is too large for this machine: its size in bytes overflows", shown(shape))]
    SizeOverflow {
        /// The shape claimed.
        shape: Vec<usize>,
    },
    /// The header promises more, or less, than there is.
    #[error(
        "shape {} needs {expected} bytes of data, {found} are there: the file is cut short, damaged or holds \
         something else as well; write it again",
        shown(shape)
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
    #[error("shape {} holds no values: at least one frame of one dimension is needed", shown(shape))]
    Empty {
        /// The shape.
        shape: Vec<usize>,
    },
    /// A number of dimensions that has no meaning here.
    #[error("shape {} does not fit: save {expected}", shown(shape))]
    Shape {
        /// The shape.
        shape: Vec<usize>,
        /// What was expected.
        expected: &'static str,
    },
    /// Three axes longer than 1: all layers of a network, most likely.
    #[error(
        "shape {} has more axes than frames x dimensions; if the first of its long ones counts layers, \
         choose a layer: \
         --layer N (0 to {}), or --layer mean (options of `blemore aggregate`)",
        shown(shape),
        layers - 1
    )]
    Layers {
        /// The shape.
        shape: Vec<usize>,
        /// Length of the axis that seems to count layers.
        layers: usize,
    },
    /// A layer was asked for, and there is no axis of layers.
    #[error(
        "shape {} has no axis of layers (layers x frames x dimensions): leave --layer out, or save all \
         layers",
        shown(shape)
    )]
    NoLayers {
        /// The shape.
        shape: Vec<usize>,
    },
    /// A layer was asked for that is not there.
    #[error("shape {} has {layers} layers, counted from 0: there is no layer {asked}", shown(shape))]
    NoSuchLayer {
        /// The shape.
        shape: Vec<usize>,
        /// The layer asked for, from 0.
        asked: usize,
        /// Number of layers.
        layers: usize,
    },
    /// One long axis that may be frames or dimensions.
    #[error(
        "shape {} may be many frames of one value, or one frame of many values: save it with two axes, \
         frames x dimensions",
        shown(shape)
    )]
    AmbiguousShape {
        /// The shape.
        shape: Vec<usize>,
    },
    /// A value beyond what f32 holds.
    #[error(
        "frame {frame}, dimension {dimension} (both from 0) is {value:e}, which does not fit f32 (at most \
         3.4e38): \
         scale the values down"
    )]
    TooLarge {
        /// Row of the first such value, from 0.
        frame: usize,
        /// Column of the first such value, from 0.
        dimension: usize,
        /// The value.
        value: f64,
    },
    /// Text that is not text.
    #[error("entry {entry} (from 0) is not valid text")]
    Text {
        /// Index of the entry.
        entry: usize,
    },
}

/// A shape as numpy writes it.
pub(crate) fn shown(shape: &[usize]) -> String {
    let lengths: Vec<String> = shape.iter().map(usize::to_string).collect();
    let comma = if shape.len() == 1 { "," } else { "" };
    format!("({}{comma})", lengths.join(", "))
}
