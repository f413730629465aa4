//! A batch in the two orders in which the pass reads it.

use blemore_features::StandardizedRows;
use blemore_simd::MAX_LANES;
use tch::{Device, Tensor};

use super::BLOCK;
use crate::Error;
use crate::libtorch::{values_mut, zeros};
use crate::work_queue;

/// The features of a batch: row by row for gradients, and feature by feature for products. In libtorch's memory, which
/// starts on a cache line.
#[derive(Debug)]
pub(crate) struct Panels {
    inputs: usize,
    rows: usize,
    /// For each block of [`BLOCK`] features the rows' parts one after the other.
    by_row: Tensor,
    /// For each block of features, and in it for each [`Group`] of rows: for each feature the rows' values side by
    /// side, padded with zeros to whole registers.
    by_feature: Tensor,
}

/// Rows of a batch that lie side by side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    pub(super) first: usize,
    pub(super) rows: usize,
}

/// Rows per group, except the last: a block of this many rows fits into the first-level cache.
const GROUP: usize = 2 * MAX_LANES;

/// The groups of this many rows, padding included.
fn groups(padded: usize) -> impl Iterator<Item = Group> {
    (0..padded).step_by(GROUP).map(move |first| Group { first, rows: GROUP.min(padded - first) })
}

/// Outputs whose gradients lie side by side.
pub(super) const SIDE_BY_SIDE: usize = 4;

/// Gradients of outputs, given in shape `(rows, outputs)`: for each [`SIDE_BY_SIDE`] outputs the rows one after the
/// other, so that a gradient's terms are next to each other in memory.
pub(super) fn side_by_side(delta: &[f32], outputs: usize, out: &mut Vec<f32>) {
    out.clear();
    for output in (0..outputs).step_by(SIDE_BY_SIDE) {
        let count = SIDE_BY_SIDE.min(outputs - output);
        for delta in delta.chunks_exact(outputs) {
            out.extend_from_slice(&delta[output..][..count]);
            out.resize(out.len() + SIDE_BY_SIDE - count, 0.0);
        }
    }
}

/// What a pass reads of [`Panels`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Batch<'a> {
    pub(super) rows: usize,
    by_row: &'a [f32],
    by_feature: &'a [f32],
    padded: usize,
}

impl Panels {
    /// Room for batches of up to `batch` rows.
    pub(super) fn new(batch: usize, inputs: usize) -> Result<Self, Error> {
        let padded = batch.next_multiple_of(MAX_LANES);
        Ok(Self {
            inputs,
            rows: batch,
            by_row: zeros(&[batch * inputs], Device::Cpu)?,
            by_feature: zeros(&[padded * inputs], Device::Cpu)?,
        })
    }

    /// Number of values in that room.
    pub(super) fn values(batch: usize, inputs: usize) -> usize {
        (batch + batch.next_multiple_of(MAX_LANES)) * inputs
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Number of rows with the padding.
    pub(super) fn padded(&self) -> usize {
        self.rows.next_multiple_of(MAX_LANES)
    }

    /// A batch of no rows.
    pub(super) fn clear(&mut self) {
        self.rows = 0;
    }

    /// Replaces the batch by these rows, for which there must be room. Each thread does a share of the features.
    pub(super) fn fill(
        &mut self,
        inputs: &StandardizedRows<'_>,
        rows: &[usize],
        threads: usize,
    ) -> Result<(), Error> {
        self.rows = rows.len();
        if self.rows == 0 || self.inputs == 0 {
            return Ok(());
        }
        let (count, padded) = (self.rows, self.padded());
        let by_row = &mut values_mut(&mut self.by_row)?[..count * self.inputs];
        let by_feature = &mut values_mut(&mut self.by_feature)?[..padded * self.inputs];
        let features = self.inputs.div_ceil(threads).next_multiple_of(BLOCK);
        let parts = by_row.chunks_mut(count * features).zip(by_feature.chunks_mut(padded * features));
        work_queue::side_by_side(threads, parts.enumerate().collect(), |(share, (by_row, by_feature))| {
            for (place, row) in rows.iter().enumerate() {
                let firsts = (share * features..).step_by(BLOCK);
                for (block, first) in by_row.chunks_mut(count * BLOCK).zip(firsts) {
                    let width = block.len() / count;
                    inputs.write_features(*row, first, &mut block[place * width..][..width]);
                }
            }
            // Block by block, because both sides of one are in a cache.
            let blocks = by_row.chunks(count * BLOCK).zip(by_feature.chunks_mut(padded * BLOCK));
            blocks.for_each(|(by_row, by_feature)| transpose(by_row, count, by_feature));
        });
        Ok(())
    }

    /// The batch as a pass reads it.
    pub(super) fn view(&mut self) -> Result<Batch<'_>, Error> {
        let padded = self.padded();
        Ok(Batch {
            rows: self.rows,
            by_row: &values_mut(&mut self.by_row)?[..self.rows * self.inputs],
            by_feature: &values_mut(&mut self.by_feature)?[..padded * self.inputs],
            padded,
        })
    }
}

/// Writes a block of this many rows feature by feature.
fn transpose(by_row: &[f32], rows: usize, by_feature: &mut [f32]) {
    let width = by_row.len() / rows;
    for group in groups(by_feature.len() / width) {
        let out = &mut by_feature[group.first * width..][..group.rows * width];
        let present = rows.saturating_sub(group.first).min(group.rows);
        for (feature, values) in out.chunks_exact_mut(group.rows).enumerate() {
            let (values, padding) = values.split_at_mut(present);
            for (value, row) in values.iter_mut().zip(by_row.chunks_exact(width).skip(group.first)) {
                *value = row[feature];
            }
            padding.fill(0.0);
        }
    }
}

impl<'a> Batch<'a> {
    /// The rows' values of `width` features from `start`, the start of a block: shape `(rows, width)`.
    pub(super) fn rows_of(&self, start: usize, width: usize) -> &'a [f32] {
        &self.by_row[start * self.rows..][..width * self.rows]
    }

    /// The groups of rows, padding included.
    pub(super) fn groups(&self) -> impl Iterator<Item = Group> + use<> {
        groups(self.padded)
    }

    /// A group's values of `width` features from `start`, the start of a block: shape `(width, rows of the group)`.
    pub(super) fn features_of(&self, start: usize, width: usize, group: Group) -> &'a [f32] {
        &self.by_feature[start * self.padded + group.first * width..][..width * group.rows]
    }

    /// Number of rows with the padding.
    pub(super) fn padded(&self) -> usize {
        self.padded
    }
}
