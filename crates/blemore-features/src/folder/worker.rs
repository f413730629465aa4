//! One thread's work: a file to a row.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::ClipProblem;
use crate::npy::NpyArray;
use crate::{Aggregator, Mending, NonFinite};

/// The statistics of one clip.
pub(super) struct Row {
    pub(super) values: Vec<f32>,
    /// Width D of the frames.
    pub(super) dimensions: usize,
    pub(super) mending: Option<Mending>,
}

/// Reads and aggregates one clip after another, in the same memory.
pub(super) struct Worker<'a> {
    aggregator: &'a Aggregator,
    non_finite: NonFinite,
    bytes: Vec<u8>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(aggregator: &'a Aggregator, non_finite: NonFinite) -> Self {
        Self { aggregator, non_finite, bytes: Vec::new() }
    }

    pub(super) fn aggregate(&mut self, path: &Path) -> Result<Row, ClipProblem> {
        self.bytes.clear();
        let mut file = File::open(path).map_err(ClipProblem::Read)?;
        file.read_to_end(&mut self.bytes).map_err(ClipProblem::Read)?;
        let frames =
            NpyArray::parse(&self.bytes).and_then(|array| array.frames()).map_err(ClipProblem::Npy)?;
        let (frames, mending) = self.non_finite.apply(frames);
        let dimensions = frames.ncols();
        let mut values = vec![0.0; self.aggregator.output_len(dimensions)];
        self.aggregator.aggregate_into(frames.view(), &mut values).map_err(ClipProblem::Aggregation)?;
        Ok(Row { values, dimensions, mending })
    }
}
