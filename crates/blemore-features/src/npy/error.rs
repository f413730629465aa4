//! The ways in which a .npy array can be wrong, or lie.

use blemore_base::text::Excerpt;

/// Why bytes are not a .npy array that can be used as features: what was found, what was expected, what to do.
///
/// It knows bytes, not files: [`Error::Npy`](crate::Error::Npy) adds the path, and the member of an archive.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NpyError {
    /// Not the header that numpy writes, or one that is cut short.
    #[error("{0}")]
    Header(String),
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
    /// A shape that needs more or less data than there are, or that has no meaning here.
    #[error("shape {} {problem}", shown(shape))]
    Shape {
        /// The shape.
        shape: Vec<usize>,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// A value beyond what f32 holds, or a text that is none.
    #[error("{0}")]
    Value(String),
}

impl NpyError {
    pub(super) fn shape(shape: &[usize], problem: impl Into<String>) -> Self {
        Self::Shape { shape: shape.to_vec(), problem: problem.into() }
    }
}

/// A shape as numpy writes it.
pub(crate) fn shown(shape: &[usize]) -> String {
    let lengths: Vec<String> = shape.iter().map(usize::to_string).collect();
    let comma = if shape.len() == 1 { "," } else { "" };
    format!("({}{comma})", lengths.join(", "))
}
