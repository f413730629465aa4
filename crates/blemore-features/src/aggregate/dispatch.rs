//! From a matrix to the kernel: cuts the columns into pieces of the processor's width, and copies frames
//! whose values do not lie side by side in memory into a panel where they do.

use std::ops::Range;

use ndarray::{ArrayView2, ArrayViewMut2, s};

use super::instructions::InstructionSet;
use super::simd::Portable;
#[cfg(target_arch = "x86_64")]
use super::simd::{Avx2, Avx512};
use super::tile::{Columns, Frames, Task};
use super::workspace::Prepared;

/// Columns of a tile of most instructions, and of the narrower tiles of the others.
const NARROW: usize = 8;

/// Columns of a tile of 512-bit registers.
const WIDE: usize = 16;

/// Columns of a tile of these instructions.
fn width(instructions: InstructionSet) -> usize {
    match instructions {
        InstructionSet::Avx512 => WIDE,
        InstructionSet::Avx2 | InstructionSet::Portable => NARROW,
    }
}

/// Writes the statistics of (T, D) frames, T at least 1, to `out`; false where a value is not finite.
pub(super) fn aggregate(
    instructions: InstructionSet,
    frames: ArrayView2<'_, f32>,
    prepared: Prepared<'_>,
    out: &mut [f32],
) -> bool {
    let Prepared { plan, tile, panel } = prepared;
    let dimensions = frames.ncols();
    let side_by_side = frames.to_slice();
    let mut finite = true;
    for (columns, width) in pieces(dimensions, width(instructions)) {
        if let Some(values) = side_by_side.filter(|_| columns.len() >= width) {
            let source = Frames { values, stride: dimensions };
            let count = columns.len();
            let (out, finite) = (&mut out[columns.start..], &mut finite);
            let scratch = &mut *tile;
            let first = columns.start;
            let task = Columns {
                plan,
                frames: source,
                first,
                count,
                wanted: count,
                scratch,
                out,
                dimensions,
                finite,
            };
            run(instructions, width, task);
            continue;
        }
        for first in columns.clone().step_by(width) {
            let wanted = width.min(columns.end - first);
            copy(frames.slice(s![.., first..first + wanted]), width, panel);
            let source = Frames { values: panel, stride: width };
            let (out, finite) = (&mut out[first..], &mut finite);
            let scratch = &mut *tile;
            let task = Columns {
                plan,
                frames: source,
                first: 0,
                count: width,
                wanted,
                scratch,
                out,
                dimensions,
                finite,
            };
            run(instructions, width, task);
        }
    }
    finite
}

/// The columns from 0 to `dimensions` in pieces, each with the width of its tiles.
///
/// A few columns that are left over when wide tiles are cut are cheaper in one narrow tile.
fn pieces(dimensions: usize, width: usize) -> impl Iterator<Item = (Range<usize>, usize)> {
    let left_over = dimensions % width;
    let whole = dimensions - left_over;
    let pieces = if width == NARROW || dimensions < NARROW || (dimensions < WIDE && left_over > 0) {
        [(0..dimensions, NARROW), (0..0, NARROW)]
    } else if left_over == 0 || left_over > NARROW {
        [(0..dimensions, width), (0..0, width)]
    } else {
        [(0..whole, width), (dimensions - NARROW..dimensions, NARROW)]
    };
    pieces.into_iter().filter(|(columns, _)| !columns.is_empty())
}

/// A few columns side by side, `width` values per frame.
fn copy(columns: ArrayView2<'_, f32>, width: usize, panel: &mut Vec<f32>) {
    let (frames, wanted) = columns.dim();
    panel.clear();
    panel.resize(frames * width, 0.0);
    if let Ok(mut panel) = ArrayViewMut2::from_shape((frames, width), panel) {
        panel.slice_mut(s![.., ..wanted]).assign(&columns);
    }
}

/// Runs the task with these instructions, which [`InstructionSet::check`] found to be there, in tiles of this
/// width.
#[cfg_attr(not(target_arch = "x86_64"), expect(unused_variables, reason = "there is one width only"))]
fn run<T: Task>(instructions: InstructionSet, width: usize, task: T) {
    match instructions {
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx512 if width == WIDE => {
            if let Some(simd) = Avx512::detect() {
                return simd.run(task);
            }
        }
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx512 | InstructionSet::Avx2 => {
            if let Some(simd) = Avx2::detect() {
                return simd.run(task);
            }
        }
        _ => {}
    }
    task.run::<Portable, NARROW>(Portable);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_all_columns_and_never_reach_outside() {
        for width in [NARROW, WIDE] {
            for dimensions in 0..100 {
                let mut covered = vec![false; dimensions];
                for (columns, width) in pieces(dimensions, width) {
                    assert!(
                        columns.len() >= width || dimensions < NARROW,
                        "{dimensions} {columns:?} {width}"
                    );
                    covered[columns].fill(true);
                }
                assert!(covered.iter().all(|&c| c), "{dimensions}");
            }
        }
    }
}
