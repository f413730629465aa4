//! The pass itself, over a share of the weights' rows.

mod products;
mod step;

use blemore_simd::{MAX_LANES, Simd, Work};

use super::BLOCK;

pub(super) use products::Products;
pub(super) use step::Step;

/// Rows of weights that are worked on together: with both moments, and [`BLOCK`] columns, 37 kB.
pub(super) const ROWS: usize = 16;

/// One pass over some rows of the weights.
pub(super) struct Sweep<'a> {
    /// Shape `(rows, inputs)`.
    pub(super) weights: &'a mut [f32],
    pub(super) inputs: usize,
    /// The step that moves the weights, if there is one.
    pub(super) step: Option<Step<'a>>,
    /// The products with the moved weights, if there is a next batch.
    pub(super) products: Option<Products<'a>>,
}

/// Some rows of weights and a block of their columns.
#[derive(Clone, Copy)]
struct Block {
    row: usize,
    rows: usize,
    column: usize,
    width: usize,
}

/// A part of a block that is in registers: some rows, and some registers per row.
#[derive(Clone, Copy)]
struct Tile {
    row: usize,
    column: usize,
}

impl Work for Sweep<'_> {
    /// The tiles fit the registers: 32 registers of 16 numbers, or 16 of 8.
    #[inline(always)]
    fn run<S: Simd<L>, const L: usize>(self, simd: S) {
        if L == MAX_LANES { self.blocks::<S, L, 4, 4, 8>(simd) } else { self.blocks::<S, L, 2, 4, 4>(simd) }
    }
}

impl Sweep<'_> {
    /// Block by block. Gradients take R rows, at most four, with W registers per row; products take P rows.
    #[inline(always)]
    pub(super) fn blocks<S: Simd<L>, const L: usize, const R: usize, const W: usize, const P: usize>(
        mut self,
        simd: S,
    ) {
        let all = self.weights.len() / self.inputs.max(1);
        for column in (0..self.inputs).step_by(BLOCK) {
            let width = BLOCK.min(self.inputs - column);
            for row in (0..all).step_by(ROWS) {
                let block = Block { row, rows: ROWS.min(all - row), column, width };
                // The distance to the next block, which is fetched into the caches during the work on this one.
                let ahead = match row + ROWS < all {
                    true => ROWS * self.inputs,
                    false => BLOCK.wrapping_sub(row * self.inputs),
                };
                if self.step.is_some() {
                    self.step::<S, L, R, W>(simd, block, ahead);
                }
                if self.products.is_some() {
                    self.products::<S, L, P>(simd, block, ahead);
                }
            }
        }
    }
}
