//! From the T x D frames of a clip to one row of statistics (Section IV of the paper, aggregation baseline).
//!
//! # How it is fast
//!
//! Five percentiles need the frames of every dimension in order, or close to it. Sorting one column after the
//! other is slow: its values lie a whole frame apart in memory, and no processor predicts how a comparison ends.
//! Here eight or sixteen neighbouring columns, a *tile*, are sorted at once, one in each lane of a vector
//! register. A fixed list of comparisons of whole rows (a *sorting network*) does it. Each comparison is two
//! instructions, minimum and maximum, without a branch. Read the modules in this order:
//!
//! - `plan`: what has to be found for the statistics asked for, computed once for clips of one length;
//!   nothing is sorted where one look at each value is enough;
//! - `schedule`: which rows are compared with which, in passes over the tile;
//! - `network`: one pass, in registers;
//! - `tile`: the first pass, which reads the frames, and the last, which reads the statistics off;
//! - the crate `blemore-simd`: the dozen instructions that all this takes, for each kind of processor, with a
//!   twin in plain code;
//! - `dispatch`: cuts a matrix into tiles, whatever its width and memory layout;
//! - `column`: the arithmetic, shared by all;
//! - `double`: the same statistics of f64 frames, in plain code.

mod column;
mod dispatch;
mod double;
mod error;
mod network;
mod plan;
mod schedule;
mod statistic;
mod tile;
mod workspace;

use std::ops::Range;

use blemore_simd::MAX_LANES;
use ndarray::{Array1, ArrayView2};
use rayon::prelude::*;

#[doc(inline)]
pub use blemore_simd::InstructionSet;
pub use error::AggregationError;
pub use statistic::Statistic;
pub use workspace::Workspace;

pub(crate) use column::Moments;

use crate::npy::{Value, narrow};
use plan::Plan;
use schedule::Schedule;

/// Turns the (T, D) frames of a clip into statistics over its frames: blocks of D values, one block per
/// statistic.
///
/// The default is the paper's seven descriptors, 7 D values: mean, standard deviation (`ddof = 0`), then the
/// 10th, 25th, 50th, 75th and 90th percentiles with linear interpolation.
///
/// ```
/// use blemore_features::{Aggregator, Statistic};
/// use ndarray::array;
///
/// let frames = array![[1.0, 10.0], [2.0, 10.0], [3.0, 10.0]]; // T = 3 frames of D = 2 dimensions
/// let row = Aggregator::default().aggregate(frames.view())?;
/// assert_eq!(row.len(), 7 * 2);
/// assert_eq!(row.to_vec()[..2], [2.0, 10.0]); // the means
///
/// let extremes = Aggregator::new([Statistic::Minimum, Statistic::Maximum])?;
/// assert_eq!(extremes.aggregate(frames.view())?.to_vec(), [1.0, 10.0, 3.0, 10.0]);
/// # Ok::<(), blemore_features::AggregationError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregator {
    statistics: Vec<Statistic>,
    instructions: InstructionSet,
}

impl Default for Aggregator {
    /// The paper's seven descriptors, [`Statistic::PAPER`].
    fn default() -> Self {
        Self { statistics: Statistic::PAPER.to_vec(), instructions: InstructionSet::detect() }
    }
}

impl Aggregator {
    /// An aggregator for any list of statistics, in the order of their blocks.
    ///
    /// # Errors
    /// [`AggregationError::Asked`] for an empty list, and for a quantile outside [0, 1].
    pub fn new(statistics: impl IntoIterator<Item = Statistic>) -> Result<Self, AggregationError> {
        let statistics: Vec<_> = statistics.into_iter().collect();
        if statistics.is_empty() {
            return Err(AggregationError::Asked(
                "no statistics were asked for: give at least one, or use the paper's seven (`Aggregator::default()`)"
                    .to_owned(),
            ));
        }
        statistics.iter().try_for_each(|statistic| statistic.validate())?;
        Ok(Self { statistics, instructions: InstructionSet::detect() })
    }

    /// The same with other instructions than the fastest that this processor has: for comparisons; results
    /// are the same to the bit.
    ///
    /// # Errors
    /// [`AggregationError::Asked`] for instructions that this processor does not have.
    pub fn with_instructions(self, instructions: InstructionSet) -> Result<Self, AggregationError> {
        if !instructions.is_available() {
            let best = InstructionSet::detect();
            return Err(AggregationError::Asked(format!(
                "this processor has no {instructions:?} instructions: ask for {best:?}, or leave the choice to the program"
            )));
        }
        Ok(Self { instructions, ..self })
    }

    /// The statistics, in the order of their blocks.
    pub fn statistics(&self) -> &[Statistic] {
        &self.statistics
    }

    /// Comparisons of two registers, a minimum and a maximum each, that sorting clips of `frames` frames takes per register
    /// of columns: with the processor's rate of them, the least time that a clip can take.
    ///
    /// ```
    /// # use blemore_features::Aggregator;
    /// // The network that sorts 16 frames; one or two frames have nothing to sort.
    /// assert_eq!([2, 16].map(|frames| Aggregator::default().comparisons(frames)), [0, 60]);
    /// ```
    pub fn comparisons(&self, frames: usize) -> usize {
        Plan::new(&self.statistics, frames.max(1)).schedule().map_or(0, Schedule::comparisons)
    }

    /// Length of a row for frames of `dimensions` values: statistics x D.
    pub fn output_len(&self, dimensions: usize) -> usize {
        self.statistics.len() * dimensions
    }

    /// The statistics of (T, D) frames: (statistics x D) values, statistic by statistic.
    ///
    /// # Errors
    /// [`AggregationError::NoFrames`] when T is 0, [`AggregationError::NonFinite`] for a NaN or an infinity.
    pub fn aggregate(&self, frames: ArrayView2<'_, f32>) -> Result<Array1<f32>, AggregationError> {
        let mut row = vec![0.0; self.output_len(frames.ncols())];
        self.aggregate_with(&mut Workspace::new(), frames, &mut row)?;
        Ok(row.into())
    }

    /// As [`aggregate`](Self::aggregate), into a buffer of [`output_len`](Self::output_len) values, with scratch
    /// memory that a thread keeps from clip to clip.
    ///
    /// # Errors
    /// Those of [`aggregate`](Self::aggregate), and [`AggregationError::Asked`] for a buffer of
    /// another length. After an error the content of the buffer is of no use.
    pub fn aggregate_with(
        &self,
        workspace: &mut Workspace,
        frames: ArrayView2<'_, f32>,
        out: &mut [f32],
    ) -> Result<(), AggregationError> {
        let (rows, dimensions) = frames.dim();
        if rows == 0 {
            return Err(AggregationError::NoFrames { dimensions });
        }
        let expected = self.output_len(dimensions);
        if out.len() != expected {
            let found = out.len();
            return Err(AggregationError::Asked(format!(
                "the output buffer holds {found} values; these statistics of {dimensions} dimensions need {expected}"
            )));
        }
        self.columns(workspace, frames, 0..dimensions, out)
    }

    fn columns(
        &self,
        workspace: &mut Workspace,
        frames: ArrayView2<'_, f32>,
        columns: Range<usize>,
        out: &mut [f32],
    ) -> Result<(), AggregationError> {
        let prepared = workspace.prepare(&self.statistics, frames.nrows());
        match dispatch::aggregate(self.instructions, frames, columns, prepared, out) {
            true => Ok(()),
            false => check_frames(frames),
        }
    }

    /// As [`aggregate`](Self::aggregate), of a long clip: each of several threads takes a share of the columns.
    pub(crate) fn aggregate_shared(
        &self,
        threads: usize,
        frames: ArrayView2<'_, f32>,
    ) -> Result<Vec<f32>, AggregationError> {
        let dimensions = frames.ncols();
        let width = dimensions.div_ceil(threads).next_multiple_of(MAX_LANES);
        let shares = (0..dimensions).step_by(width).map(|first| first..dimensions.min(first + width));
        let of_share = |columns: Range<usize>| {
            let mut out = vec![0.0; self.output_len(columns.len())];
            self.columns(&mut Workspace::new(), frames, columns.clone(), &mut out).map(|()| (columns, out))
        };
        let shares: Vec<_> =
            shares.collect::<Vec<_>>().into_par_iter().map(of_share).collect::<Result<_, _>>()?;
        let mut row = vec![0.0; self.output_len(dimensions)];
        for (block, row) in row.chunks_exact_mut(dimensions).enumerate() {
            for (columns, values) in &shares {
                row[columns.clone()].copy_from_slice(&values[block * columns.len()..][..columns.len()]);
            }
        }
        Ok(row)
    }

    /// As [`aggregate`](Self::aggregate), of f64 frames, every step in f64: for values that f32 does not tell
    /// apart, such as time stamps.
    ///
    /// # Errors
    /// Those of [`aggregate`](Self::aggregate).
    pub fn aggregate_f64(&self, frames: ArrayView2<'_, f64>) -> Result<Array1<f64>, AggregationError> {
        check_frames(frames)?;
        Ok(double::aggregate(&self.statistics, frames).into())
    }
}

/// Names the first value that is not finite, and how many there are.
pub(crate) fn check_frames<T: Value>(frames: ArrayView2<'_, T>) -> Result<(), AggregationError> {
    let (rows, dimensions) = frames.dim();
    if rows == 0 {
        return Err(AggregationError::NoFrames { dimensions });
    }
    let is_finite = |value: T| Into::<f64>::into(value).is_finite();
    let mut faults = frames.indexed_iter().filter(|(_, value)| !is_finite(**value));
    match faults.next() {
        None => Ok(()),
        Some(((frame, dimension), &value)) => {
            let value = narrow(value.into());
            Err(AggregationError::NonFinite { frame, dimension, value, count: 1 + faults.count() })
        }
    }
}
