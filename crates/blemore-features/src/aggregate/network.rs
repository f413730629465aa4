//! Sorting networks over the rows of a tile: blocks of 16 rows sorted in registers, then merged two by two.
//!
//! A tile holds W columns side by side, one row a frame; a comparator takes two *rows* and leaves the smaller key of every column in the
//! upper row, so that W columns are sorted at once and no decision depends on data.
//!
//! Two sorted runs of p rows merge in three kinds of steps, each a pass over rows that fit the registers:
//! 1. [`Step::Mirror`]: row i against row 2p-1-i, after which the upper p rows hold the p smallest keys, then the next strides (p/2, p/4,
//!    p/8) of both halves while the rows are in registers;
//! 2. [`Step::Halve`]: one more stride, until runs of 16 rows are left;
//! 3. [`Step::Finish`]: strides 8, 4, 2, 1 on 16 rows.
//!
//! All comparators point downwards, so rows past the end act as +infinity and every comparator that would reach them is left out: the
//! cost follows T, not the next power of two. The last merge resolves only the blocks in which a wanted rank lies.

use super::simd::Simd;

/// Rows that are sorted in registers.
pub(super) const BLOCK: usize = 16;

/// Rows of each half that a [`Step::Mirror`] holds in registers at once.
const MIRROR_ROWS: usize = 8;

/// One pass of a merge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Step {
    /// Rows `start..start + half` against the mirrored `half` rows after them, then strides down to `half / chunks`.
    /// `present` of the second half's `chunks` exist; of all 2 x `chunks`, those in the bit set `keep` are needed afterwards.
    Mirror { start: usize, half: usize, chunks: usize, present: usize, keep: u32 },
    /// Rows `start..start + stride` against the `stride` rows after them.
    Halve { start: usize, stride: usize },
    /// Sorts each of `blocks` blocks of 16 rows that are bitonic.
    Finish { start: usize, blocks: usize },
}

/// Number of rows that a run of `frames` occupies: whole chunks of every merge.
pub(super) fn padded(frames: usize) -> usize {
    let half = frames.next_power_of_two() / 2;
    frames.next_multiple_of(BLOCK.max(half / MIRROR_ROWS))
}

/// Appends the merges that sort `rows` rows from sorted blocks of 16; with `ranks`, only rows of these ranks are right in the end.
pub(super) fn plan_merges(rows: usize, ranks: Option<&[usize]>, steps: &mut Vec<Step>) {
    let mut half = BLOCK;
    while half < rows {
        let wanted = ranks.filter(|_| 2 * half >= rows);
        for start in (0..rows - half).step_by(2 * half) {
            plan_merge(start, half, (rows - start - half).min(half), wanted, steps);
        }
        half *= 2;
    }
}

/// Appends the merge of `half` rows from `start` with the `second` rows after them.
fn plan_merge(start: usize, half: usize, second: usize, ranks: Option<&[usize]>, steps: &mut Vec<Step>) {
    let wanted = |first: usize, rows: usize| match ranks {
        None => true,
        Some(ranks) => ranks.iter().any(|&rank| (first..first + rows).contains(&rank)),
    };
    let chunks = MIRROR_ROWS.min(half / BLOCK);
    let size = half / chunks;
    let present = second.div_ceil(size);
    let keep = (0..chunks + present).filter(|&c| wanted(start + c * size, size)).fold(0, |set, c| set | 1 << c);
    steps.push(Step::Mirror { start, half, chunks, present, keep });

    let end = start + half + present * size;
    let mut stride = size / 2;
    while stride >= BLOCK {
        let pairs = (start..end).step_by(2 * stride).filter(|&first| wanted(first, 2 * stride));
        steps.extend(pairs.map(|start| Step::Halve { start, stride }));
        stride /= 2;
    }
    for first in (start..end).step_by(BLOCK).filter(|&first| wanted(first, BLOCK)) {
        match steps.last_mut() {
            Some(Step::Finish { start, blocks }) if *start + *blocks * BLOCK == first => *blocks += 1,
            _ => steps.push(Step::Finish { start: first, blocks: 1 }),
        }
    }
}

/// Carries out `steps` on the rows of `tile`.
#[inline(always)]
pub(super) fn execute<S: Simd<W>, const W: usize>(simd: S, steps: &[Step], tile: &mut [[i32; W]]) {
    for step in steps {
        match *step {
            Step::Mirror { start, half, chunks, present, keep } => {
                let whole = present == chunks && keep.count_ones() as usize == 2 * chunks;
                let rows = &mut tile[start..start + half + present * (half / chunks)];
                match (chunks, whole) {
                    (1, _) => mirror_whole::<S, W, 1>(simd, rows),
                    (2, true) => mirror_whole::<S, W, 2>(simd, rows),
                    (4, true) => mirror_whole::<S, W, 4>(simd, rows),
                    (8, true) => mirror_whole::<S, W, 8>(simd, rows),
                    (2, false) => mirror_part::<S, W, 2>(simd, rows, half, present, keep),
                    (4, false) => mirror_part::<S, W, 4>(simd, rows, half, present, keep),
                    _ => mirror_part::<S, W, 8>(simd, rows, half, present, keep),
                }
            }
            Step::Halve { start, stride } => halve(simd, &mut tile[start..start + 2 * stride]),
            Step::Finish { start, blocks } => {
                for block in tile[start..start + blocks * BLOCK].as_chunks_mut().0 {
                    finish(simd, block);
                }
            }
        }
    }
}

/// [`Step::Mirror`] with nothing missing and everything wanted.
#[inline(always)]
fn mirror_whole<S: Simd<W>, const W: usize, const K: usize>(simd: S, rows: &mut [[i32; W]]) {
    let half = rows.len() / 2;
    let size = half / K;
    for row in 0..size {
        let opposite = half + size - 1 - row;
        let mut low = [simd.splat(i32::MAX); K];
        let mut high = [simd.splat(i32::MAX); K];
        for chunk in 0..K {
            low[chunk] = simd.load(&rows[row + chunk * size]);
            high[chunk] = simd.load(&rows[opposite + chunk * size]);
        }
        mirror(simd, &mut low, &mut high);
        for chunk in 0..K {
            simd.store(low[chunk], &mut rows[row + chunk * size]);
            simd.store(high[chunk], &mut rows[opposite + chunk * size]);
        }
    }
}

/// [`Step::Mirror`] where chunks of the second half are missing (+infinity) or chunks are not wanted afterwards.
#[inline(always)]
fn mirror_part<S: Simd<W>, const W: usize, const K: usize>(
    simd: S,
    rows: &mut [[i32; W]],
    half: usize,
    present: usize,
    keep: u32,
) {
    let size = half / K;
    for row in 0..size {
        let opposite = half + size - 1 - row;
        let mut low = [simd.splat(i32::MAX); K];
        let mut high = [simd.splat(i32::MAX); K];
        for chunk in 0..K {
            low[chunk] = simd.load(&rows[row + chunk * size]);
            if chunk < present {
                high[chunk] = simd.load(&rows[opposite + chunk * size]);
            }
        }
        mirror(simd, &mut low, &mut high);
        for chunk in 0..K {
            if keep & (1 << chunk) != 0 {
                simd.store(low[chunk], &mut rows[row + chunk * size]);
            }
            if keep & (1 << (K + chunk)) != 0 {
                simd.store(high[chunk], &mut rows[opposite + chunk * size]);
            }
        }
    }
}

/// The comparators of [`Step::Mirror`] on one row of every chunk.
#[inline(always)]
fn mirror<S: Simd<W>, const W: usize, const K: usize>(simd: S, low: &mut [S::Keys; K], high: &mut [S::Keys; K]) {
    for chunk in 0..K {
        let (a, b) = (low[chunk], high[K - 1 - chunk]);
        low[chunk] = simd.min(a, b);
        high[K - 1 - chunk] = simd.max(a, b);
    }
    merge_bitonic(simd, low);
    merge_bitonic(simd, high);
}

/// [`Step::Halve`].
#[inline(always)]
fn halve<S: Simd<W>, const W: usize>(simd: S, rows: &mut [[i32; W]]) {
    let (low, high) = rows.split_at_mut(rows.len() / 2);
    for (low, high) in low.iter_mut().zip(high) {
        let (a, b) = (simd.load(low), simd.load(high));
        simd.store(simd.min(a, b), low);
        simd.store(simd.max(a, b), high);
    }
}

/// [`Step::Finish`] of one block.
#[inline(always)]
fn finish<S: Simd<W>, const W: usize>(simd: S, block: &mut [[i32; W]; BLOCK]) {
    let mut rows = [simd.splat(i32::MAX); BLOCK];
    for (register, row) in rows.iter_mut().zip(block.iter()) {
        *register = simd.load(row);
    }
    merge_bitonic(simd, &mut rows);
    for (&register, row) in rows.iter().zip(block) {
        simd.store(register, row);
    }
}

/// Sorts a bitonic sequence of N = 1, 2, 4, 8 or 16 rows in registers.
#[inline(always)]
fn merge_bitonic<S: Simd<W>, const W: usize, const N: usize>(simd: S, rows: &mut [S::Keys; N]) {
    for stride in [8, 4, 2, 1] {
        if stride < N {
            for upper in 0..N {
                if upper & stride == 0 {
                    compare::<S, W>(simd, rows, upper, upper + stride);
                }
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
