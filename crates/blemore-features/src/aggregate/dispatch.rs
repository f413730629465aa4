//! From a matrix to the kernel: cuts the columns into pieces of the processor's width, and copies frames
//! whose values do not lie side by side in memory into a panel where they do.

use std::ops::Range;

use blemore_simd::{InstructionSet, MAX_LANES as WIDE};
use ndarray::{ArrayView2, ArrayViewMut2, s};

use super::tile::{Columns, Frames};
use super::workspace::Prepared;

/// Columns of a tile of most instructions, and of the narrower tiles of the others.
const NARROW: usize = 8;

/// Writes the statistics of some columns of (T, D) frames, T at least 1, to `out`; false where a value is not finite.
pub(super) fn aggregate(
    instructions: InstructionSet,
    frames: ArrayView2<'_, f32>,
    columns: Range<usize>,
    prepared: Prepared<'_>,
    out: &mut [f32],
) -> bool {
    let Prepared { plan, tile, panel } = prepared;
    let (start, dimensions) = (columns.start, columns.len());
    let side_by_side = frames.to_slice();
    let mut finite = true;
    for (columns, width) in pieces(dimensions, instructions.lanes()) {
        let narrower = width < instructions.lanes();
        let instructions = if narrower { InstructionSet::Avx2 } else { instructions };
        let mut run = |frames: Frames<'_>, first: usize, count: usize, out_first: usize, wanted: usize| {
            let (out, finite, scratch) = (&mut out[out_first..], &mut finite, &mut *tile);
            instructions.run(Columns {
                plan,
                frames,
                first,
                count,
                wanted,
                scratch,
                out,
                dimensions,
                finite,
            });
        };
        if let Some(values) = side_by_side.filter(|_| columns.len() >= width) {
            let (first, count) = (columns.start, columns.len());
            run(Frames { values, stride: frames.ncols() }, start + first, count, first, count);
            continue;
        }
        for first in columns.clone().step_by(width) {
            let wanted = width.min(columns.end - first);
            copy(frames.slice(s![.., start + first..start + first + wanted]), width, panel);
            run(Frames { values: panel, stride: width }, 0, width, first, wanted);
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
