//! What can be wrong with a matrix of frames, or with the list of statistics asked for.

/// Why a clip could not be aggregated.
///
/// The kernel knows frames and dimensions, not files: readers wrap this error with the path and the clip.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AggregationError {
    /// The clip has no frame.
    #[error("the clip has no frames: statistics need at least one row, found shape (0, {dimensions})")]
    NoFrames {
        /// Width D of the matrix.
        dimensions: usize,
    },
    /// A NaN or an infinity among the values; the first one, in frame order.
    #[error(
        "frame {frame}, dimension {dimension} (both from 0) is {value}: {count} of the values are not finite; fix the \
         extraction, or choose a policy that drops or interpolates such frames"
    )]
    NonFinite {
        /// Row of the first such value, from 0.
        frame: usize,
        /// Column of the first such value, from 0.
        dimension: usize,
        /// The value found.
        value: f32,
        /// How many of the clip's values are not finite.
        count: usize,
    },
    /// Statistics, instructions or an output buffer that do not go together with what there is.
    #[error("{0}")]
    Asked(String),
}
