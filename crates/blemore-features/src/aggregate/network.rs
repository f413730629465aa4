//! Sorting networks over the rows of a tile.
//!
//! A tile holds W columns side by side, one row per frame; a comparator takes two *rows* and leaves the smaller
//! key of every column in the upper row, so that W columns are sorted at once and no decision depends on
//! data. Each function here is one pass: it brings rows into registers, compares them as often as it can, and
//! stores them. What passes there are, and their order, is [`schedule`](super::schedule)'s part.

use blemore_simd::Simd;

use super::schedule::BLOCK;

/// [`Step::Mirror`](super::schedule::Step::Mirror) of K chunks, from the first row of the upper half.
#[inline(always)]
pub(super) fn mirror<S: Simd<W>, const W: usize, const K: usize>(
    simd: S,
    rows: &mut [[i32; W]],
    half: usize,
    present: usize,
    keep: u32,
) {
    if present == K && keep.count_ones() as usize == 2 * K {
        mirror_chunks::<S, W, K>(simd, rows, half, K, u32::MAX);
    } else {
        mirror_chunks::<S, W, K>(simd, rows, half, present, keep);
    }
}

#[inline(always)]
fn mirror_chunks<S: Simd<W>, const W: usize, const K: usize>(
    simd: S,
    rows: &mut [[i32; W]],
    half: usize,
    present: usize,
    keep: u32,
) {
    // Blocks of a fixed length: checking bounds of single rows takes 7 % of the time.
    let blocks = half / K / BLOCK;
    let (upper, lower) = rows.as_chunks_mut::<BLOCK>().0.split_at_mut(half / BLOCK);
    let upper = parts::<_, K>(upper, blocks);
    let lower = parts::<_, K>(lower, blocks);
    for block in 0..blocks {
        #[expect(clippy::needless_range_loop, reason = "the row is that of all chunks")]
        for row in 0..BLOCK {
            let opposite = BLOCK - 1 - row;
            let mut low = [simd.splat_key(i32::MAX); K];
            let mut high = [simd.splat_key(i32::MAX); K];
            for chunk in 0..K {
                low[chunk] = simd.load_keys(&upper[chunk][block][row]);
                if chunk < present {
                    high[chunk] = simd.load_keys(&lower[chunk][blocks - 1 - block][opposite]);
                }
            }
            for chunk in 0..K {
                let (a, b) = (low[chunk], high[K - 1 - chunk]);
                low[chunk] = simd.min(a, b);
                high[K - 1 - chunk] = simd.max(a, b);
            }
            merge_bitonic(simd, &mut low);
            merge_bitonic(simd, &mut high);
            for chunk in 0..K {
                if keep & (1 << chunk) != 0 {
                    simd.store_keys(low[chunk], &mut upper[chunk][block][row]);
                }
                if chunk < present && keep & (1 << (K + chunk)) != 0 {
                    simd.store_keys(high[chunk], &mut lower[chunk][blocks - 1 - block][opposite]);
                }
            }
        }
    }
}

/// The first K parts of `length` elements; those past the end are empty.
#[inline(always)]
fn parts<T, const K: usize>(mut all: &mut [T], length: usize) -> [&mut [T]; K] {
    std::array::from_fn(|_| all.split_off_mut(..length).unwrap_or_default())
}

/// [`Step::Split`](super::schedule::Step::Split) into N runs.
#[inline(always)]
pub(super) fn split<S: Simd<W>, const W: usize, const N: usize>(simd: S, rows: &mut [[i32; W]]) {
    let blocks = rows.len() / N / BLOCK;
    let mut runs = parts::<_, N>(rows.as_chunks_mut::<BLOCK>().0, blocks);
    for block in 0..blocks {
        let mut runs = runs.each_mut().map(|run| &mut run[block]);
        for row in 0..BLOCK {
            let mut registers = [simd.splat_key(i32::MAX); N];
            for (run, register) in runs.iter().zip(&mut registers) {
                *register = simd.load_keys(&run[row]);
            }
            merge_bitonic(simd, &mut registers);
            for (run, &register) in runs.iter_mut().zip(&registers) {
                simd.store_keys(register, &mut run[row]);
            }
        }
    }
}

/// [`Step::Pair`](super::schedule::Step::Pair).
#[inline(always)]
pub(super) fn pair<S: Simd<W>, const W: usize>(simd: S, rows: &mut [[i32; W]; 2 * BLOCK]) {
    let mut low = [simd.splat_key(i32::MAX); BLOCK];
    let mut high = [simd.splat_key(i32::MAX); BLOCK];
    for row in 0..BLOCK {
        let (a, b) = (simd.load_keys(&rows[row]), simd.load_keys(&rows[2 * BLOCK - 1 - row]));
        low[row] = simd.min(a, b);
        high[BLOCK - 1 - row] = simd.max(a, b);
    }
    merge_bitonic(simd, &mut low);
    merge_bitonic(simd, &mut high);
    for row in 0..BLOCK {
        simd.store_keys(low[row], &mut rows[row]);
        simd.store_keys(high[row], &mut rows[BLOCK + row]);
    }
}

/// [`Step::Finish`](super::schedule::Step::Finish) of one block.
#[inline(always)]
pub(super) fn finish<S: Simd<W>, const W: usize>(simd: S, block: &mut [[i32; W]; BLOCK]) {
    let mut registers = [simd.splat_key(i32::MAX); BLOCK];
    for (register, row) in registers.iter_mut().zip(block.iter()) {
        *register = simd.load_keys(row);
    }
    merge_bitonic(simd, &mut registers);
    for (&register, row) in registers.iter().zip(block) {
        simd.store_keys(register, row);
    }
}

/// Sorts a bitonic sequence of N = 1, 2, 4, 8 or 16 rows in registers.
#[inline(always)]
fn merge_bitonic<S: Simd<W>, const W: usize, const N: usize>(simd: S, rows: &mut [S::Keys; N]) {
    // Four calls, not a loop: each then has constant indices and its rows stay in registers.
    layer::<S, W, N, 8>(simd, rows);
    layer::<S, W, N, 4>(simd, rows);
    layer::<S, W, N, 2>(simd, rows);
    layer::<S, W, N, 1>(simd, rows);
}

#[inline(always)]
fn layer<S: Simd<W>, const W: usize, const N: usize, const STRIDE: usize>(simd: S, rows: &mut [S::Keys; N]) {
    if STRIDE < N {
        for upper in 0..N {
            if upper & STRIDE == 0 {
                compare::<S, W>(simd, rows, upper, upper + STRIDE);
            }
        }
    }
}

#[inline(always)]
fn compare<S: Simd<W>, const W: usize>(simd: S, rows: &mut [S::Keys], upper: usize, lower: usize) {
    let (a, b) = (rows[upper], rows[lower]);
    rows[upper] = simd.min(a, b);
    rows[lower] = simd.max(a, b);
}

/// Sorts 16 rows in registers: the network of 60 comparators in ten layers (Green, 1969), the fewest known.
#[inline(always)]
pub(super) fn sort_block<S: Simd<W>, const W: usize>(simd: S, rows: &mut [S::Keys; BLOCK]) {
    macro_rules! layers {
        ($(($upper:literal, $lower:literal))+) => { $(compare::<S, W>(simd, rows, $upper, $lower);)+ };
    }
    layers! {
        (0, 13) (1, 12) (2, 15) (3, 14) (4, 8) (5, 6) (7, 11) (9, 10)
        (0, 5) (1, 7) (2, 9) (3, 4) (6, 13) (8, 14) (10, 15) (11, 12)
        (0, 1) (2, 3) (4, 5) (6, 8) (7, 9) (10, 11) (12, 13) (14, 15)
        (0, 2) (1, 3) (4, 10) (5, 11) (6, 7) (8, 9) (12, 14) (13, 15)
        (1, 2) (3, 12) (4, 6) (5, 7) (8, 10) (9, 11) (13, 14)
        (1, 4) (2, 6) (5, 8) (7, 10) (9, 13) (11, 14)
        (2, 4) (3, 6) (9, 12) (11, 13)
        (3, 5) (6, 8) (7, 9) (10, 12)
        (3, 4) (5, 6) (7, 8) (9, 10) (11, 12)
        (6, 7) (8, 9)
    }
}

#[cfg(test)]
mod tests {
    use blemore_simd::Plain;

    use super::*;

    /// A network that sorts all sequences of zeros and ones sorts everything.
    #[test]
    fn sixteen_rows_of_zeros_and_ones_are_sorted() {
        for pattern in 0..1_u32 << BLOCK {
            let mut rows: [[i32; 1]; BLOCK] = std::array::from_fn(|row| [(pattern >> row & 1) as i32]);
            sort_block::<_, 1>(Plain, &mut rows);
            assert!(rows.is_sorted(), "{pattern:b}");
        }
    }
}
