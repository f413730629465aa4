//! Products of a block with the next batch.

use blemore_simd::Simd;

use super::super::panels::{Batch, Group};
use super::{Block, Sweep, Tile};

/// Products with a batch.
pub(in super::super) struct Products<'a> {
    pub(in super::super) batch: Batch<'a>,
    /// What they are added to, shape `(rows, padded batch)`.
    pub(in super::super) sums: &'a mut [f32],
}

/// Numbers of a cache line.
const LINE: usize = 16;

impl Sweep<'_> {
    #[inline(always)]
    pub(super) fn products<S: Simd<L>, const L: usize, const P: usize>(
        &mut self,
        simd: S,
        block: Block,
        ahead: usize,
    ) {
        let whole = block.rows / P * P;
        for row in (0..whole).step_by(P) {
            self.products_rows::<S, L, P>(simd, block, row, ahead);
        }
        for row in whole..block.rows {
            self.products_rows::<S, L, 1>(simd, block, row, ahead);
        }
    }

    #[inline(always)]
    fn products_rows<S: Simd<L>, const L: usize, const P: usize>(
        &mut self,
        simd: S,
        block: Block,
        row: usize,
        ahead: usize,
    ) {
        let Some(batch) = self.products.as_ref().map(|products| products.batch) else { return };
        for group in batch.groups() {
            let pairs = group.rows / (2 * L) * (2 * L);
            for column in (0..pairs).step_by(2 * L) {
                self.products_tile::<S, L, P, 2>(simd, block, group, Tile { row, column }, ahead);
            }
            for column in (pairs..group.rows).step_by(L) {
                self.products_tile::<S, L, P, 1>(simd, block, group, Tile { row, column }, ahead);
            }
        }
    }

    /// Adds the products of P rows of weights with V registers of rows of a group of the batch.
    #[inline(always)]
    fn products_tile<S: Simd<L>, const L: usize, const P: usize, const V: usize>(
        &mut self,
        simd: S,
        block: Block,
        group: Group,
        tile: Tile,
        ahead: usize,
    ) {
        let Some(products) = &mut self.products else { return };
        let start = (block.row + tile.row) * self.inputs + block.column;
        let next = start.wrapping_add(ahead);
        let first = group.first == 0 && tile.column == 0;
        let mut sums = [[simd.splat(0.0); V]; P];
        let features = products.batch.features_of(block.column, block.width, group);
        for (line, features) in features.chunks(group.rows * LINE).enumerate() {
            let mut rows: [&[f32]; P] = [&[]; P];
            for (row, weights) in rows.iter_mut().enumerate() {
                let place = row * self.inputs + line * LINE;
                if let Some(number) = self.weights.get(next.wrapping_add(place)).filter(|_| first) {
                    simd.prefetch_second_level(number);
                }
                *weights = &self.weights[start + place..][..features.len() / group.rows];
            }
            for (term, features) in features.chunks_exact(group.rows).enumerate() {
                let features = features[tile.column..][..V * L].as_chunks().0;
                let mut numbers = [simd.splat(0.0); V];
                for register in 0..V {
                    numbers[register] = simd.load(&features[register]);
                }
                for row in 0..P {
                    let weight = simd.splat(rows[row][term]);
                    for register in 0..V {
                        sums[row][register] =
                            simd.multiply_add(weight, numbers[register], sums[row][register]);
                    }
                }
            }
        }
        let padded = products.batch.padded();
        for (row, sums) in sums.into_iter().enumerate() {
            let place = (block.row + tile.row + row) * padded + group.first + tile.column;
            let totals = products.sums[place..][..V * L].as_chunks_mut().0;
            for (sum, total) in sums.into_iter().zip(totals) {
                simd.store(simd.add(simd.load(total), sum), total);
            }
        }
    }
}
