//! Gradients of a block and the step along them.

use blemore_simd::Simd;

use super::super::BLOCK;
use super::super::panels::{Batch, SIDE_BY_SIDE};
use super::{Block, Sweep, Tile};
use crate::optimizer::adam::{Coefficients, Rates, filled};

/// A step of Adam along the gradient of a batch.
pub(in super::super) struct Step<'a> {
    pub(in super::super) coefficients: &'a Coefficients,
    pub(in super::super) batch: Batch<'a>,
    /// Gradients of the layer's outputs, as [`side_by_side`](super::super::panels::side_by_side) puts them.
    pub(in super::super) delta: &'a [f32],
    /// The output of the first row of weights, a multiple of [`ROWS`](super::ROWS).
    pub(in super::super) first_output: usize,
    /// First moments, of the weights' shape.
    pub(in super::super) first: &'a mut [f32],
    /// Second moments, of the weights' shape.
    pub(in super::super) second: &'a mut [f32],
}

impl Sweep<'_> {
    #[inline(always)]
    pub(super) fn step<S: Simd<L>, const L: usize, const R: usize, const W: usize>(
        &mut self,
        simd: S,
        block: Block,
        ahead: usize,
    ) {
        let Some(step) = &self.step else { return };
        let mut pending = Pending::new(simd, step.coefficients);
        let whole = block.rows / R * R;
        for row in (0..whole).step_by(R) {
            self.step_rows::<S, L, R, W>(simd, &mut pending, block, row, ahead);
        }
        for row in whole..block.rows {
            self.step_rows::<S, L, 1, W>(simd, &mut pending, block, row, ahead);
        }
        for index in 0..pending.count {
            self.finish(simd, &pending, index);
        }
    }

    #[inline(always)]
    fn step_rows<S: Simd<L>, const L: usize, const R: usize, const W: usize>(
        &mut self,
        simd: S,
        pending: &mut Pending<S, L>,
        block: Block,
        row: usize,
        ahead: usize,
    ) {
        let (wide, whole) = (block.width / (W * L) * (W * L), block.width / L * L);
        for column in (0..wide).step_by(W * L) {
            self.step_tile::<S, L, R, W>(simd, pending, block, Tile { row, column }, ahead);
        }
        for column in (wide..whole).step_by(L) {
            self.step_tile::<S, L, R, 1>(simd, pending, block, Tile { row, column }, ahead);
        }
        if whole < block.width {
            self.step_rest::<S, L, R>(simd, block, Tile { row, column: whole });
        }
    }

    /// Gradient of R rows and W registers per row. Their step is left pending; the steps that were pending are made.
    #[inline(always)]
    fn step_tile<S: Simd<L>, const L: usize, const R: usize, const W: usize>(
        &mut self,
        simd: S,
        pending: &mut Pending<S, L>,
        block: Block,
        tile: Tile,
        ahead: usize,
    ) {
        let Some(step) = &self.step else { return };
        let start = (block.row + tile.row) * self.inputs + block.column + tile.column;
        let next = start.wrapping_add(ahead);
        let (features, delta, lane) = step.terms(block, tile);
        let parts = features.chunks(BLOCK * block.width).zip(delta.chunks(BLOCK * SIDE_BY_SIDE));
        let mut gradient = [[simd.splat(0.0); W]; R];
        let mut finished = 0;
        for (part, (features, delta)) in parts.enumerate() {
            let mut sums = [[simd.splat(0.0); W]; R];
            let terms = features.chunks_exact(block.width).zip(delta.chunks_exact(SIDE_BY_SIDE));
            for (term, (features, delta)) in terms.enumerate() {
                if term % TERMS_PER_STEP == 0 && finished < pending.count {
                    self.finish(simd, pending, finished);
                    finished += 1;
                }
                if term % TERMS_PER_ROW == 0 && part == 0 && term / TERMS_PER_ROW < R {
                    self.look_ahead::<S, L, W>(simd, next + term / TERMS_PER_ROW * self.inputs);
                }
                let features = features[tile.column..][..W * L].as_chunks().0;
                let delta = &delta[lane..][..R];
                let mut numbers = [simd.splat(0.0); W];
                for register in 0..W {
                    numbers[register] = simd.load(&features[register]);
                }
                for row in 0..R {
                    let delta = simd.splat(delta[row]);
                    for register in 0..W {
                        sums[row][register] =
                            simd.multiply_add(delta, numbers[register], sums[row][register]);
                    }
                }
            }
            for row in 0..R {
                for register in 0..W {
                    let sum = sums[row][register];
                    let add = || simd.add(gradient[row][register], sum);
                    gradient[row][register] = if part == 0 { sum } else { add() };
                }
            }
        }
        for index in finished..pending.count {
            self.finish(simd, pending, index);
        }
        pending.count = R * W;
        for (row, gradient) in gradient.into_iter().enumerate() {
            for (register, gradient) in gradient.into_iter().enumerate() {
                pending.places[row * W + register] = start + row * self.inputs + register * L;
                pending.gradients[row * W + register] = gradient;
            }
        }
    }

    /// Makes a pending step.
    #[inline(always)]
    fn finish<S: Simd<L>, const L: usize>(&mut self, simd: S, pending: &Pending<S, L>, index: usize) {
        let Some(step) = &mut self.step else { return };
        let place = pending.places[index];
        let weights = whole(&mut self.weights[place..]);
        let (first, second) = (whole(&mut step.first[place..]), whole(&mut step.second[place..]));
        pending.rates.make(simd, pending.gradients[index], [weights, first, second]);
    }

    /// Fetches both moments of a row of the next block into the cache.
    #[inline(always)]
    fn look_ahead<S: Simd<L>, const L: usize, const W: usize>(&self, simd: S, place: usize) {
        let Some(step) = &self.step else { return };
        for register in 0..W {
            let place = place + register * L;
            if let (Some(first), Some(second)) = (step.first.get(place), step.second.get(place)) {
                simd.prefetch_second_level(first);
                simd.prefetch_second_level(second);
            }
        }
    }

    /// Gradient and step of the last columns of R rows, which do not fill a register.
    #[inline(always)]
    fn step_rest<S: Simd<L>, const L: usize, const R: usize>(&mut self, simd: S, block: Block, tile: Tile) {
        let Some(step) = &mut self.step else { return };
        let lanes = block.width - tile.column;
        let (features, delta, lane) = step.terms(block, tile);
        let parts = features.chunks(BLOCK * block.width).zip(delta.chunks(BLOCK * SIDE_BY_SIDE));
        let mut gradient = [simd.splat(0.0); R];
        for (part, (features, delta)) in parts.enumerate() {
            let mut sums = [simd.splat(0.0); R];
            for (features, delta) in features.chunks_exact(block.width).zip(delta.chunks_exact(SIDE_BY_SIDE))
            {
                let features = simd.load(&filled(&features[tile.column..]));
                for (sum, delta) in sums.iter_mut().zip(&delta[lane..][..R]) {
                    *sum = simd.multiply_add(simd.splat(*delta), features, *sum);
                }
            }
            for (gradient, sum) in gradient.iter_mut().zip(sums) {
                *gradient = if part == 0 { sum } else { simd.add(*gradient, sum) };
            }
        }
        let rates = Rates::new(simd, step.coefficients);
        for (row, gradient) in gradient.into_iter().enumerate() {
            let start = (block.row + tile.row + row) * self.inputs + block.column + tile.column;
            let weights = &mut self.weights[start..][..lanes];
            let (first, second) = (&mut step.first[start..][..lanes], &mut step.second[start..][..lanes]);
            rates.make_rest(simd, gradient, [weights, first, second]);
        }
    }
}

/// Terms of a gradient during which one pending step is made.
const TERMS_PER_STEP: usize = 2;
/// Terms of a gradient during which one row of the next block is fetched into the cache.
const TERMS_PER_ROW: usize = 8;

impl<'a> Step<'a> {
    /// The terms of a tile's gradients: rows of features, gradients of outputs in groups of [`SIDE_BY_SIDE`], and the
    /// place of the tile's first output in a group.
    #[inline(always)]
    fn terms(&self, block: Block, tile: Tile) -> (&'a [f32], &'a [f32], usize) {
        let output = self.first_output + block.row + tile.row;
        let group = SIDE_BY_SIDE * self.batch.rows;
        let delta = &self.delta[output / SIDE_BY_SIDE * group..][..group];
        (self.batch.rows_of(block.column, block.width), delta, output % SIDE_BY_SIDE)
    }
}

/// The first L numbers, which fill a register.
#[inline(always)]
fn whole<const L: usize>(numbers: &mut [f32]) -> &mut [f32; L] {
    match numbers.first_chunk_mut() {
        Some(whole) => whole,
        None => unreachable!("tiles are whole registers"),
    }
}

/// Steps whose gradients are known.
///
/// Roots and quotients are slow, but they use a part of the processor that a gradient's terms do not need. So the steps of
/// a tile are made between the terms of the next tile.
struct Pending<S: Simd<L>, const L: usize> {
    rates: Rates<S, L>,
    count: usize,
    places: [usize; MOST_PENDING],
    gradients: [S::Floats; MOST_PENDING],
}

/// Registers of the largest tile.
const MOST_PENDING: usize = 16;

impl<S: Simd<L>, const L: usize> Pending<S, L> {
    #[inline(always)]
    fn new(simd: S, coefficients: &Coefficients) -> Self {
        let gradients = [simd.splat(0.0); MOST_PENDING];
        Self { rates: Rates::new(simd, coefficients), count: 0, places: [0; MOST_PENDING], gradients }
    }
}
