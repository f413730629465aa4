//! A batch in the two orders in which the pass reads it.

use tch::{Device, Tensor};

use super::BLOCK;
use super::simd::MOST_LANES;
use crate::Error;
use crate::memory::{values_mut, zeros};

/// The features of a batch: row by row for gradients, and feature by feature for products. In libtorch's memory, because that is on cache
/// lines.
#[derive(Debug)]
pub(crate) struct Panels {
    inputs: usize,
    rows: usize,
    /// For each block of [`BLOCK`] features the rows' parts one after the other.
    by_row: Tensor,
    /// For each feature the rows' values side by side, padded with zeros to whole registers.
    by_feature: Tensor,
    row: Vec<f32>,
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
        let padded = batch.next_multiple_of(MOST_LANES);
        Ok(Self {
            inputs,
            rows: batch,
            by_row: zeros(&[batch * inputs], Device::Cpu)?,
            by_feature: zeros(&[padded * inputs], Device::Cpu)?,
            row: vec![0.0; inputs],
        })
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Number of rows with the padding.
    pub(super) fn padded(&self) -> usize {
        self.rows.next_multiple_of(MOST_LANES)
    }

    /// A batch of no rows.
    pub(super) fn clear(&mut self) {
        self.rows = 0;
    }

    /// Replaces the batch by `rows` rows, no more than there is room for, that `write` writes into the slice given.
    pub(super) fn fill(
        &mut self,
        rows: usize,
        mut write: impl FnMut(usize, &mut [f32]),
    ) -> Result<(), Error> {
        self.rows = rows;
        let padded = self.padded();
        let by_row = &mut values_mut(&mut self.by_row)?[..rows * self.inputs];
        for row in 0..rows {
            write(row, &mut self.row);
            for (part, block) in self.row.chunks(BLOCK).zip(by_row.chunks_mut(rows * BLOCK)) {
                block[row * part.len()..][..part.len()].copy_from_slice(part);
            }
        }
        // Block by block, because both sides of one are in the first-level cache.
        let by_feature = values_mut(&mut self.by_feature)?;
        for (block, features) in
            by_row.chunks(rows.max(1) * BLOCK).zip(by_feature.chunks_mut(padded.max(1) * BLOCK))
        {
            let width = block.len() / rows.max(1);
            for (feature, values) in features.chunks_exact_mut(padded.max(1)).take(width).enumerate() {
                let (values, padding) = values.split_at_mut(rows);
                for (value, row) in values.iter_mut().zip(block.chunks_exact(width)) {
                    *value = row[feature];
                }
                padding.fill(0.0);
            }
        }
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

impl<'a> Batch<'a> {
    /// The rows' values of `width` features from `start`, the start of a block: shape `(rows, width)`.
    pub(super) fn rows_of(&self, start: usize, width: usize) -> &'a [f32] {
        &self.by_row[start * self.rows..][..width * self.rows]
    }

    /// The values of `width` features from `start`, shape `(width, padded)`.
    pub(super) fn features_of(&self, start: usize, width: usize) -> &'a [f32] {
        &self.by_feature[start * self.padded..][..width * self.padded]
    }

    /// Number of rows with the padding.
    pub(super) fn padded(&self) -> usize {
        self.padded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_there_in_both_orders_and_nothing_is_left_of_the_one_before() {
        for (inputs, batches) in [(1, vec![1]), (BLOCK + 5, vec![3, 20, 0, 17]), (2 * BLOCK, vec![32, 1])] {
            let mut panels = Panels::new(32, inputs).unwrap();
            for rows in batches {
                let value = |row: usize, feature: usize| (row * inputs + feature + 1) as f32;
                panels
                    .fill(rows, |row, out| out.iter_mut().enumerate().for_each(|(f, v)| *v = value(row, f)))
                    .unwrap();
                let batch = panels.view().unwrap();
                for start in (0..inputs).step_by(BLOCK) {
                    let width = BLOCK.min(inputs - start);
                    let (by_row, by_feature) = (batch.rows_of(start, width), batch.features_of(start, width));
                    for feature in 0..width {
                        for row in 0..batch.padded() {
                            let expected = if row < rows { value(row, start + feature) } else { 0.0 };
                            assert_eq!(by_feature[feature * batch.padded() + row], expected);
                            if row < rows {
                                assert_eq!(by_row[row * width + feature], expected);
                            }
                        }
                    }
                }
            }
        }
    }
}
