//! What can be wrong with a matrix of frames, or with the list of statistics asked for.

use super::InstructionSet;

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
    /// The output buffer does not have one place for each value.
    #[error(
        "the output buffer holds {found} values; {statistics} statistics of {dimensions} dimensions need \
         {expected}"
    )]
    OutputLength {
        /// Number of statistics.
        statistics: usize,
        /// Width D of the matrix.
        dimensions: usize,
        /// Length needed: statistics x D.
        expected: usize,
        /// Length of the buffer given.
        found: usize,
    },
    /// A quantile outside [0, 1].
    #[error("a quantile of {found} does not exist: give a fraction from 0 to 1 (0.1 is the 10th percentile)")]
    InvalidQuantile {
        /// The fraction given.
        found: f64,
    },
    /// An empty list of statistics.
    #[error(
        "no statistics were asked for: give at least one, or use the paper's seven (`Aggregator::default()`)"
    )]
    NoStatistics,
    /// The processor does not have the instructions asked for.
    #[error(
        "this processor has no {asked:?} instructions: ask for {best:?}, or leave the choice to the program"
    )]
    UnavailableInstructions {
        /// The instructions asked for.
        asked: InstructionSet,
        /// The best that it has.
        best: InstructionSet,
    },
}
