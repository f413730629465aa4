//! Which rows are compared with which, in what order: the sorting of a tile, planned once for a number of
//! frames.
//!
//! A plan is a list of [`Step`]s, each a pass over rows that fit the registers. It is made depth first,
//! so that small runs are merged while they are in the first-level cache. All comparators point downwards, so
//! that rows past the end act as +infinity and every comparator that would reach them is left out: the cost
//! follows T, not the next power of two.
//!
//! Two sorted runs of p rows merge as follows.
//! 1. [`Step::Mirror`]: row i against row 2p-1-i. Now the upper p rows hold the p smallest keys, and both
//!    halves are *bitonic*: row i against row i + p/2 splits a half into smaller and larger keys, and so on.
//!    The next three such splits happen in the same pass.
//! 2. [`Step::Split`]: up to four more splits a pass, until runs of 16 rows are left.
//! 3. [`Step::Finish`]: the last four splits, on 16 rows in registers.
//!
//! The last merge is not made to sort: a run that holds none of the wanted ranks is left as it is.

/// Rows that are sorted in registers.
pub(super) const BLOCK: usize = 16;

/// Comparisons that sort them there.
const SORT_BLOCK_COMPARISONS: usize = 60;

/// Rows of each half that a [`Step::Mirror`] holds in registers at once.
const MIRROR_ROWS: usize = 8;

/// Rows of a [`Step::Split`] that are in registers at once, as a power of two.
const SPLIT_LAYERS: u32 = 4;

/// Rows that one [`Step::Load`] brings in at most.
const LOAD_ROWS: usize = 64;

/// One pass of a sort.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Step {
    /// Reads `blocks` x 16 frames from frame `start` into the rows of the same numbers, each block sorted.
    Load { start: usize, blocks: usize },
    /// Merges the sorted blocks of 16 rows at `start` and `start + 16`.
    Pair { start: usize },
    /// Rows `start..start + half` against the mirrored `half` rows after them, then strides down to `half /
    /// chunks`. `present` of the second half's `chunks` exist; of all 2 x `chunks`, those in the bit set
    /// `keep` are needed afterwards.
    Mirror { start: usize, half: usize, chunks: usize, present: usize, keep: u32 },
    /// Splits a bitonic run of `rows` rows into `ways` runs, each bitonic and with no key above those of the
    /// next.
    Split { start: usize, rows: usize, ways: usize },
    /// Sorts each of `blocks` blocks of 16 rows that are bitonic.
    Finish { start: usize, blocks: usize },
}

impl Step {
    fn comparisons(&self) -> usize {
        // Sorting a bitonic run of so many rows.
        let bitonic = |rows: usize| rows / 2 * rows.ilog2() as usize;
        match *self {
            Self::Load { blocks, .. } => blocks * SORT_BLOCK_COMPARISONS,
            Self::Pair { .. } => BLOCK + 2 * bitonic(BLOCK),
            Self::Mirror { half, chunks, .. } => half / chunks * (chunks + 2 * bitonic(chunks)),
            Self::Split { rows, ways, .. } => rows / ways * bitonic(ways),
            Self::Finish { blocks, .. } => blocks * bitonic(BLOCK),
        }
    }
}

/// The steps that bring the frames of a clip in and sort them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Schedule {
    steps: Vec<Step>,
    rows: usize,
}

impl Schedule {
    /// Brings `frames` frames in and sorts as much as it takes for the rows of these `ranks` (ascending) to
    /// be right.
    pub(super) fn new(frames: usize, ranks: &[usize]) -> Self {
        let rows = padded(frames);
        let mut schedule = Self { steps: Vec::new(), rows };
        schedule.sort(0, rows, Some(ranks));
        schedule
    }

    /// The steps, cut before each [`Step::Load`].
    pub(super) fn segments(&self) -> impl Iterator<Item = &[Step]> {
        self.steps.chunk_by(|_, next| !matches!(next, Step::Load { .. }))
    }

    /// Comparisons of two rows of a tile.
    pub(super) fn comparisons(&self) -> usize {
        self.steps.iter().map(|step| step.comparisons()).sum()
    }

    /// Rows of a tile: the frames and some rows of padding.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Rows `start..start + rows`, of which only those of `ranks` have to be right if there are any given.
    fn sort(&mut self, start: usize, rows: usize, ranks: Option<&[usize]>) {
        if rows <= LOAD_ROWS {
            self.steps.push(Step::Load { start, blocks: rows / BLOCK });
        }
        if rows > BLOCK {
            let half = rows.next_power_of_two() / 2;
            if rows <= LOAD_ROWS {
                self.merge_blocks(start, half);
                self.merge_blocks(start + half, rows - half);
            } else {
                self.sort(start, half, None);
                self.sort(start + half, rows - half, None);
            }
            self.merge(start, half, rows - half, ranks);
        }
    }

    /// Sorts rows that a [`Step::Load`] brought in.
    fn merge_blocks(&mut self, start: usize, rows: usize) {
        if rows > BLOCK {
            let half = rows.next_power_of_two() / 2;
            self.merge_blocks(start, half);
            self.merge_blocks(start + half, rows - half);
            self.merge(start, half, rows - half, None);
        }
    }

    /// `half` sorted rows from `start` with the `second` sorted rows after them.
    fn merge(&mut self, start: usize, half: usize, second: usize, ranks: Option<&[usize]>) {
        if half == BLOCK {
            self.steps.push(Step::Pair { start });
            return;
        }
        let chunks = MIRROR_ROWS.min(half / BLOCK);
        let size = half / chunks;
        let present = second / size;
        let kept = |chunk: &usize| holds_any(ranks, start + chunk * size, size);
        let keep = (0..chunks + present).filter(kept).fold(0, |set, chunk| set | 1 << chunk);
        self.steps.push(Step::Mirror { start, half, chunks, present, keep });
        for chunk in (0..chunks + present).filter(kept) {
            self.split(start + chunk * size, size, ranks);
        }
    }

    /// Sorts a bitonic run.
    fn split(&mut self, start: usize, rows: usize, ranks: Option<&[usize]>) {
        if rows == BLOCK {
            return self.finish(start);
        }
        let layers = (rows / BLOCK).ilog2();
        let passes = layers.div_ceil(SPLIT_LAYERS);
        let ways = 1 << layers.div_ceil(passes);
        self.steps.push(Step::Split { start, rows, ways });
        let size = rows / ways;
        for run in (start..start + rows).step_by(size).filter(|&run| holds_any(ranks, run, size)) {
            self.split(run, size, ranks);
        }
    }

    fn finish(&mut self, first: usize) {
        match self.steps.last_mut() {
            Some(Step::Finish { start, blocks }) if *start + *blocks * BLOCK == first => *blocks += 1,
            _ => self.steps.push(Step::Finish { start: first, blocks: 1 }),
        }
    }
}

/// Number of rows that `frames` occupy: whole chunks of every merge.
fn padded(frames: usize) -> usize {
    let half = frames.next_power_of_two() / 2;
    frames.next_multiple_of(BLOCK.max(half / MIRROR_ROWS))
}

/// Whether one of the ranks lies in the `rows` rows from `first`; all do where none are given.
fn holds_any(ranks: Option<&[usize]>, first: usize, rows: usize) -> bool {
    ranks.is_none_or(|ranks| {
        ranks.get(ranks.partition_point(|&rank| rank < first)).is_some_and(|&rank| rank < first + rows)
    })
}
