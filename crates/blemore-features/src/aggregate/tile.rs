//! The kernel: statistics of W neighbouring columns at once.
//!
//! One pass reads the frames, 16 at a time, into registers: it adds to the sums, notes the smallest and
//! largest keys, sorts the 16 and stores them. The steps of the plan then merge what was stored, and the
//! statistics are read off the rows that hold the wanted ranks. Where nothing has to be sorted the first pass
//! is all.

use blemore_simd::{self as simd, Simd, Work};

use super::column::{self, Moments};
use super::network;
use super::plan::{Between, MOST_TILES, OrderStatistic, Output, Plan};
use super::schedule::{BLOCK, Schedule, Step};

/// Frames that are asked for ahead of their use: they lie a whole row of the clip apart, too far for the
/// processor to guess. They go into the second-level cache: where a row is a power of two long, they would push each other
/// out of the few places that the first level has for them.
const PREFETCH_FRAMES: usize = 4 * BLOCK;

/// Repeats a block for each row of a [`BLOCK`], its number a constant, so that an array indexed with it stays
/// in registers.
macro_rules! unrolled {
    ($row:ident => $body:block) => { unrolled!($row $body 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15) };
    ($row:ident $body:block $($number:literal)+) => {
        $({
            const $row: usize = $number;
            $body
        })+
    };
}

/// Frames whose values lie side by side in memory, one frame `stride` values after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frames<'a> {
    pub(super) values: &'a [f32],
    pub(super) stride: usize,
}

impl<'a> Frames<'a> {
    /// W columns of a frame from `column` on.
    #[inline(always)]
    fn row<const W: usize>(&self, frame: usize, column: usize) -> &'a [f32; W] {
        match self.values[frame * self.stride + column..].first_chunk() {
            Some(row) => row,
            None => unreachable!("columns are cut so that W of them exist"),
        }
    }
}

/// The statistics of some columns of a clip.
pub(super) struct Columns<'a, 'w> {
    pub(super) plan: &'a Plan,
    pub(super) frames: Frames<'a>,
    /// First of the columns in `frames`.
    pub(super) first: usize,
    /// Number of columns, at least W.
    pub(super) count: usize,
    /// Of which this many are wanted.
    pub(super) wanted: usize,
    /// Room for the tiles that the plan has take turns.
    pub(super) scratch: &'w mut [i32],
    /// Where the statistics go: for each one, the value of the first column here and the others after it.
    pub(super) out: &'w mut [f32],
    /// Distance from one statistic to the next in `out`.
    pub(super) dimensions: usize,
    /// Set to false by a value that is not finite.
    pub(super) finite: &'w mut bool,
}

impl Work for Columns<'_, '_> {
    #[inline(always)]
    fn run<S: Simd<W>, const W: usize>(mut self, simd: S) {
        let in_turns = self.plan.tiles_in_turns(W);
        for start in (0..self.count).step_by(in_turns * W) {
            let count = (self.count - start).div_ceil(W).min(in_turns);
            // The last tile overlaps its neighbour where W does not divide the columns: the same values
            // twice.
            let offset = |tile: usize| (start + tile * W).min(self.count - W);
            self.tiles::<S, W>(simd, count, std::array::from_fn(offset));
        }
    }
}

impl Columns<'_, '_> {
    /// The statistics of `count` tiles, whose columns begin at these offsets.
    ///
    /// Several tiles take turns, so that a cache line with columns of two of them is still in a cache when
    /// its second half is needed.
    #[inline(always)]
    fn tiles<S: Simd<W>, const W: usize>(&mut self, simd: S, count: usize, offsets: [usize; MOST_TILES]) {
        let (plan, frames) = (self.plan, self.frames);
        let columns = offsets.map(|offset| self.first + offset);
        let mut seen = [Seen::start(simd, frames.row(0, columns[0])); MOST_TILES];
        for (seen, column) in seen.iter_mut().zip(columns) {
            *seen = Seen::start(simd, frames.row(0, column));
        }
        let tiles = self.scratch.as_chunks_mut::<W>().0;
        let rows = plan.rows();
        for segment in plan.schedule().into_iter().flat_map(Schedule::segments) {
            for tile in 0..count {
                let rows = &mut tiles[tile * rows..][..rows];
                for step in segment {
                    match *step {
                        Step::Load { start, blocks } => {
                            let seen = &mut seen[tile];
                            seen.load(
                                simd,
                                plan,
                                frames,
                                columns[tile],
                                start,
                                &mut rows[start..][..blocks * BLOCK],
                            );
                        }
                        _ => merge(simd, step, rows),
                    }
                }
            }
        }
        for tile in 0..count {
            if plan.schedule().is_none() {
                seen[tile].scan(simd, plan, frames, columns[tile]);
            }
            let found = seen[tile].finish(simd, plan.frames());
            *self.finite &= found.is_finite();
            let lanes = W.min(self.wanted.saturating_sub(offsets[tile]));
            let rows = &tiles[tile * rows..][..rows];
            for (block, output) in plan.outputs().iter().enumerate() {
                let first = block * self.dimensions + offsets[tile];
                let values = found.output(output, rows);
                match self.out[first..first + lanes].first_chunk_mut::<W>() {
                    Some(out) => *out = values,
                    None => self.out[first..first + lanes].copy_from_slice(&values[..lanes]),
                }
            }
        }
    }
}

/// Carries out a step on rows that were brought in.
#[inline(always)]
fn merge<S: Simd<W>, const W: usize>(simd: S, step: &Step, rows: &mut [[i32; W]]) {
    match *step {
        Step::Load { .. } => {}
        Step::Pair { start } => {
            if let Some(rows) = rows[start..].first_chunk_mut() {
                network::pair(simd, rows);
            }
        }
        Step::Mirror { start, half, chunks, present, keep } => {
            let rows = &mut rows[start..start + half + present * (half / chunks)];
            match chunks {
                2 => network::mirror::<S, W, 2>(simd, rows, half, present, keep),
                4 => network::mirror::<S, W, 4>(simd, rows, half, present, keep),
                _ => network::mirror::<S, W, 8>(simd, rows, half, present, keep),
            }
        }
        Step::Split { start, rows: count, ways } => {
            let rows = &mut rows[start..start + count];
            match ways {
                2 => network::split::<S, W, 2>(simd, rows),
                4 => network::split::<S, W, 4>(simd, rows),
                8 => network::split::<S, W, 8>(simd, rows),
                _ => network::split::<S, W, 16>(simd, rows),
            }
        }
        Step::Finish { start, blocks } => {
            for block in rows[start..start + blocks * BLOCK].as_chunks_mut().0 {
                network::finish(simd, block);
            }
        }
    }
}

/// What one look at each frame gives.
#[derive(Clone, Copy)]
struct Seen<S: Simd<W>, const W: usize> {
    /// The first frame: the sums are of differences to it, so that a large common offset costs no digits.
    origin: S::Doubles,
    sum: S::Doubles,
    squares: S::Doubles,
    low: S::Keys,
    high: S::Keys,
}

impl<S: Simd<W>, const W: usize> Seen<S, W> {
    #[inline(always)]
    fn start(simd: S, first: &[f32; W]) -> Self {
        let keys = simd.keys(first);
        Self {
            origin: simd.widen(first),
            sum: simd.zero_doubles(),
            squares: simd.zero_doubles(),
            low: keys,
            high: keys,
        }
    }

    /// Frames from `start` on, as sorted blocks of rows.
    #[inline(always)]
    fn load(
        &mut self,
        simd: S,
        plan: &Plan,
        frames: Frames<'_>,
        column: usize,
        start: usize,
        rows: &mut [[i32; W]],
    ) {
        // Loops, not closures: a closure would be compiled for any processor, and could not be inlined.
        for (block, start) in rows.as_chunks_mut().0.iter_mut().zip((start..).step_by(BLOCK)) {
            if plan.moments() {
                self.block::<true>(simd, frames, plan.frames(), column, start, block);
            } else {
                self.block::<false>(simd, frames, plan.frames(), column, start, block);
            }
        }
    }

    /// Frames from `start` on, as sorted rows; +infinity where there are no more.
    #[inline(always)]
    fn block<const MOMENTS: bool>(
        &mut self,
        simd: S,
        frames: Frames<'_>,
        count: usize,
        column: usize,
        start: usize,
        block: &mut [[i32; W]; BLOCK],
    ) {
        let mut registers = [simd.splat_key(i32::MAX); BLOCK];
        if start + BLOCK <= count {
            unrolled!(ROW => {
                if start + ROW + PREFETCH_FRAMES < count {
                    let ahead: &[f32; W] = frames.row(start + ROW + PREFETCH_FRAMES, column);
                    // They may lie on two cache lines.
                    simd.prefetch_second_level(&ahead[0]);
                    simd.prefetch_second_level(&ahead[W - 1]);
                }
                registers[ROW] = self.look::<MOMENTS>(simd, frames.row(start + ROW, column));
            });
            network::sort_block(simd, &mut registers);
            self.low = simd.min(self.low, registers[0]);
            self.high = simd.max(self.high, registers[BLOCK - 1]);
        } else {
            unrolled!(ROW => {
                if start + ROW < count {
                    let keys = self.look::<MOMENTS>(simd, frames.row(start + ROW, column));
                    self.low = simd.min(self.low, keys);
                    self.high = simd.max(self.high, keys);
                    registers[ROW] = keys;
                }
            });
            network::sort_block(simd, &mut registers);
        }
        for row in 0..BLOCK {
            simd.store_keys(registers[row], &mut block[row]);
        }
    }

    /// All frames, without sorting.
    #[inline(always)]
    fn scan(&mut self, simd: S, plan: &Plan, frames: Frames<'_>, column: usize) {
        if plan.moments() {
            for frame in 0..plan.frames() {
                self.extremes::<true>(simd, frames.row(frame, column));
            }
        } else {
            for frame in 0..plan.frames() {
                self.extremes::<false>(simd, frames.row(frame, column));
            }
        }
    }

    #[inline(always)]
    fn extremes<const MOMENTS: bool>(&mut self, simd: S, values: &[f32; W]) {
        let keys = self.look::<MOMENTS>(simd, values);
        self.low = simd.min(self.low, keys);
        self.high = simd.max(self.high, keys);
    }

    /// The keys of a frame, which also enters the sums.
    #[inline(always)]
    fn look<const MOMENTS: bool>(&mut self, simd: S, values: &[f32; W]) -> S::Keys {
        if MOMENTS {
            let difference = simd.subtract_doubles(simd.widen(values), self.origin);
            self.sum = simd.add_doubles(self.sum, difference);
            self.squares = simd.add_doubles(self.squares, simd.multiply_doubles(difference, difference));
        }
        simd.keys(values)
    }

    #[inline(always)]
    fn finish(&self, simd: S, frames: usize) -> Found<W> {
        let [mut low, mut high] = [[0; W]; 2];
        simd.store_keys(self.low, &mut low);
        simd.store_keys(self.high, &mut high);
        let (origin, sum, squares) =
            (simd.to_array(self.origin), simd.to_array(self.sum), simd.to_array(self.squares));
        Found { frames, origin, sum, squares, low, high }
    }
}

/// What was found in W columns, besides the sorted rows.
struct Found<const W: usize> {
    frames: usize,
    origin: [f64; W],
    sum: [f64; W],
    squares: [f64; W],
    low: [i32; W],
    high: [i32; W],
}

impl<const W: usize> Found<W> {
    #[inline(always)]
    fn is_finite(&self) -> bool {
        let (least, greatest) = (simd::key(f32::MIN), simd::key(f32::MAX));
        self.low.iter().all(|&key| key >= least) && self.high.iter().all(|&key| key <= greatest)
    }

    #[inline(always)]
    fn output(&self, output: &Output, rows: &[[i32; W]]) -> [f32; W] {
        let moments = |lane: usize| Moments {
            frames: self.frames,
            origin: self.origin[lane],
            sum: self.sum[lane],
            squares: self.squares[lane],
        };
        match *output {
            Output::Mean => std::array::from_fn(|lane| moments(lane).mean()),
            Output::StandardDeviation => std::array::from_fn(|lane| moments(lane).standard_deviation()),
            Output::Variance => std::array::from_fn(|lane| moments(lane).variance() as f32),
            Output::Minimum => self.low.map(simd::value),
            Output::Maximum => self.high.map(simd::value),
            Output::Quantile(between) => self.quantile(between, rows),
        }
    }

    #[inline(always)]
    fn quantile(&self, between: Between, rows: &[[i32; W]]) -> [f32; W] {
        let lower = self.keys(between.lower, rows).map(simd::value);
        let upper = self.keys(between.upper, rows).map(simd::value);
        column::interpolate(&lower, &upper, between.fraction)
    }

    #[inline(always)]
    fn keys<'a>(&'a self, statistic: OrderStatistic, rows: &'a [[i32; W]]) -> &'a [i32; W] {
        match statistic {
            OrderStatistic::Smallest => &self.low,
            OrderStatistic::Largest => &self.high,
            OrderStatistic::Row(row) => &rows[row],
        }
    }
}
