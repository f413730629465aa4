//! The published search over a grid of thresholds, in one pass over the clips.

use std::num::NonZero;
use std::thread;

use blemore_labels::Label;

use super::evidence::{Evidence, SalienceEvidence};
use super::surface::Surface;
use super::{PUBLISHED_PRESENCE_WEIGHT, check_clips, check_presence_weight};
use crate::scores::Scores;
use crate::{Error, Probabilities, Probability, Thresholds};

/// First and last value and number of values of the published grid, the same for alpha and beta (section "From
/// probabilities to predictions").
const PUBLISHED_AXIS: (f64, f64, usize) = (0.05, 0.95, 20);

/// Below this many clips a further thread costs more than it saves.
const CLIPS_PER_THREAD: usize = 1 << 15;

/// `count` evenly spaced values from `start` to `stop`, both included, with the very bits that numpy's `linspace`
/// gives; none for a count of 0, and `start` alone for a count of 1.
pub fn linspace(start: f64, stop: f64, count: usize) -> Vec<f64> {
    let Some(last) = count.checked_sub(1).filter(|&last| last > 0) else {
        return vec![start; count];
    };
    let (delta, intervals) = (stop - start, last as f64);
    let step = delta / intervals;
    (0..count)
        .map(|position| match position as f64 {
            _ if position == last => stop,
            // A step that underflows: numpy divides before it multiplies.
            position if step == 0.0 => position / intervals * delta + start,
            position => position * step + start,
        })
        .collect()
}

/// The values of alpha and of beta that a [`GridSearch`] tries, in the order in which it prefers equal ones.
///
/// They need not be sorted, different, or within `[0, 1]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    alphas: Vec<f64>,
    betas: Vec<f64>,
}

impl Grid {
    /// The largest number of cells, alphas times betas: a table of them takes 256 MiB.
    pub const MAX_CELLS: usize = 1 << 25;

    /// The grid of the paper: twenty values from 0.05 to 0.95 for both thresholds.
    pub fn published() -> Self {
        let (start, stop, count) = PUBLISHED_AXIS;
        let axis = linspace(start, stop, count);
        Self { alphas: axis.clone(), betas: axis }
    }

    /// A grid of any values but NaN.
    ///
    /// # Errors
    /// [`Error::Grid`] for an axis without values, for a NaN, and over [`Grid::MAX_CELLS`].
    pub fn new(alphas: Vec<f64>, betas: Vec<f64>) -> Result<Self, Error> {
        let refused = |problem| Err(Error::Grid { problem });
        for (axis, values) in [("alpha", &alphas), ("beta", &betas)] {
            if values.is_empty() {
                return refused(format!("the grid has no values for {axis}: give at least one"));
            }
            if let Some(index) = values.iter().position(|value| value.is_nan()) {
                return refused(format!(
                    "value {index} of the grid for {axis} is not a number: thresholds must be comparable"
                ));
            }
        }
        let (rows, columns, limit) = (alphas.len(), betas.len(), Self::MAX_CELLS);
        if rows.saturating_mul(columns) > limit {
            return refused(format!(
                "a grid of {rows} x {columns} thresholds is over the limit of {limit} cells: use a coarser grid, or the \
                 exact search"
            ));
        }
        Ok(Self { alphas, betas })
    }

    /// The values of alpha, in the order given.
    pub fn alphas(&self) -> &[f64] {
        &self.alphas
    }

    /// The values of beta, in the order given.
    pub fn betas(&self) -> &[f64] {
        &self.betas
    }
}

/// The thresholds that score best on labelled clips, among those of a grid.
///
/// The objective is `w * ACC_presence + (1 - w) * ACC_salience`; of equal ones the first in alpha-major, beta-minor
/// order wins, as in the published search, whose result this is for any grid. The cost is one pass over the clips and
/// one over the grid.
///
/// ```
/// use blemore_eval::{Grid, GridSearch, Probabilities};
///
/// let probabilities = Probabilities::new(vec![
///     [0.45, 0.40, 0.05, 0.05, 0.05, 0.0],
///     [0.05, 0.05, 0.65, 0.15, 0.05, 0.05],
/// ])?;
/// let truths = ["ang+disg 50/50".parse()?, "fea".parse()?];
/// let found = GridSearch::new(Grid::published()).presence_weight(0.5).search(&probabilities, &truths)?;
/// assert_eq!(found.scores.acc_presence(), 1.0);
/// assert!(0.15 < found.thresholds.alpha && found.thresholds.alpha <= 0.40);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct GridSearch {
    grid: Grid,
    presence_weight: f64,
    threads: NonZero<usize>,
}

impl GridSearch {
    /// A search over this grid with the published weight of 0.5, on one thread.
    pub fn new(grid: Grid) -> Self {
        Self { grid, presence_weight: PUBLISHED_PRESENCE_WEIGHT, threads: NonZero::<usize>::MIN }
    }

    /// Sets the weight w of ACC_presence in the objective, from 0 to 1; checked when the search runs.
    #[must_use]
    pub fn presence_weight(mut self, weight: f64) -> Self {
        self.presence_weight = weight;
        self
    }

    /// Sets the most threads to use; the result is the same for any number. Small inputs stay on one thread.
    #[must_use]
    pub fn threads(mut self, threads: NonZero<usize>) -> Self {
        self.threads = threads;
        self
    }

    /// Finds the best thresholds for `probabilities` of shape `(N, 6)` and the N true labels.
    ///
    /// # Errors
    /// Those of [`GridSearch::surface`].
    pub fn search<P: Probability>(
        &self,
        probabilities: &Probabilities<P>,
        truths: &[Label],
    ) -> Result<SearchResult, Error> {
        self.surface(probabilities, truths).map(|surface| surface.best())
    }

    /// The accuracies at every cell of the grid, for plotting or for a choice of one's own.
    ///
    /// # Errors
    /// [`Error::NoClips`] for an empty input, [`Error::LengthMismatch`] unless there is one label for each clip, and
    /// [`Error::Setting`] for a weight outside `[0, 1]`.
    pub fn surface<P: Probability>(
        &self,
        probabilities: &Probabilities<P>,
        truths: &[Label],
    ) -> Result<Surface, Error> {
        let presence_weight = check_presence_weight(self.presence_weight)?;
        check_clips(probabilities, truths)?;
        let axes = Axes { alphas: Axis::new(&self.grid.alphas), betas: Axis::new(&self.grid.betas) };
        let steps = self.count_steps(&axes, probabilities.rows(), truths);
        Ok(steps.cumulate(&axes, &self.grid, presence_weight))
    }

    /// The steps of all clips. Each thread counts a share of them; sums of integers do not depend on the shares.
    fn count_steps<P: Probability>(&self, axes: &Axes, rows: &[[P; 6]], truths: &[Label]) -> Steps {
        let threads = self.threads.get().min(rows.len() / CLIPS_PER_THREAD).max(1);
        if threads == 1 {
            return Steps::count(axes, rows, truths);
        }
        let share = rows.len().div_ceil(threads);
        let mut total = Steps::new(axes);
        thread::scope(|scope| {
            let workers: Vec<_> = rows
                .chunks(share)
                .zip(truths.chunks(share))
                .map(|(rows, truths)| scope.spawn(|| Steps::count(axes, rows, truths)))
                .collect();
            for worker in workers {
                match worker.join() {
                    Ok(steps) => total.add(&steps),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
        total
    }
}

impl Default for GridSearch {
    /// The published search: its grid, and equal weights.
    fn default() -> Self {
        Self::new(Grid::published())
    }
}

/// What a [`GridSearch`] finds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SearchResult {
    /// The first thresholds that reach the best objective.
    pub thresholds: Thresholds,
    /// The scores at these thresholds.
    pub scores: Scores,
    /// The best objective, `w * ACC_presence + (1 - w) * ACC_salience`.
    pub objective: f64,
    /// The best ACC_presence of any cell, whatever its ACC_salience.
    pub presence_only: f64,
    /// The best ACC_salience of any cell, whatever its ACC_presence.
    pub salience_only: f64,
}

/// The values of one threshold in ascending order, with the place of each in the grid.
struct Axis {
    sorted: Vec<f64>,
    places: Vec<usize>,
}

impl Axis {
    fn new(values: &[f64]) -> Self {
        let mut places: Vec<usize> = (0..values.len()).collect();
        places.sort_by(|&left, &right| values[left].total_cmp(&values[right]));
        Self { sorted: places.iter().map(|&place| values[place]).collect(), places }
    }

    /// How many values are at most `bound`.
    fn count_at_most(&self, bound: f64) -> usize {
        self.sorted.partition_point(|&value| value <= bound)
    }

    /// How many values are below `bound`.
    fn count_below(&self, bound: f64) -> usize {
        self.sorted.partition_point(|&value| value < bound)
    }
}

struct Axes {
    alphas: Axis,
    betas: Axis,
}

/// The histogram of the steps that the clips make in the tables of right presences and saliences.
///
/// Positions are ranks in the sorted axes. A clip with the second probability q and the difference d has the alpha
/// rank `a`, the number of alphas at most q, and the beta rank `b`, the number of betas below d: its blend is decoded
/// at the alphas of rank below `a`, and as 50/50 at the betas of rank `b` and above.
struct Steps {
    /// Clips that are right at every threshold.
    always: i64,
    /// Blended truths.
    blends: u64,
    clips: u64,
    /// Change of right presences from alpha rank `a` on: a single of rank `a` is gained, a blend is lost. Length A + 1.
    presence: Vec<i64>,
    /// Right blends of alpha rank `a`, counted at every beta: 70/30 ones. Length A + 1.
    dominant: Vec<i64>,
    /// Change of right saliences from beta rank `b` on, of clips of alpha rank `a`: +1 for 50/50, -1 for 70/30.
    /// Shape `(A + 1, B + 1)`.
    salience: Vec<i64>,
}

impl Steps {
    fn new(axes: &Axes) -> Self {
        let (rows, columns) = (axes.alphas.sorted.len() + 1, axes.betas.sorted.len() + 1);
        Self {
            always: 0,
            blends: 0,
            clips: 0,
            presence: vec![0; rows],
            dominant: vec![0; rows],
            salience: vec![0; rows * columns],
        }
    }

    fn count<P: Probability>(axes: &Axes, rows: &[[P; 6]], truths: &[Label]) -> Self {
        let mut steps = Self::new(axes);
        steps.clips = truths.len() as u64;
        let columns = axes.betas.sorted.len() + 1;
        for (row, &truth) in rows.iter().zip(truths) {
            steps.blends += u64::from(truth.is_blend());
            match Evidence::of(row, truth) {
                Evidence::Never => {}
                Evidence::Always => steps.always += 1,
                Evidence::Single { runner_up } => steps.presence[axes.alphas.count_at_most(runner_up)] += 1,
                Evidence::Blend { runner_up, salience } => {
                    let a = axes.alphas.count_at_most(runner_up);
                    steps.presence[a] -= 1;
                    match salience {
                        SalienceEvidence::Never => {}
                        SalienceEvidence::AtLeast(difference) => {
                            steps.salience[a * columns + axes.betas.count_below(difference)] += 1;
                        }
                        SalienceEvidence::Below(difference) => {
                            steps.dominant[a] += 1;
                            steps.salience[a * columns + axes.betas.count_below(difference)] -= 1;
                        }
                    }
                    // Right at every alpha until its rank takes it back.
                    steps.always += 1;
                }
            }
        }
        steps
    }

    fn add(&mut self, other: &Self) {
        self.always += other.always;
        self.blends += other.blends;
        self.clips += other.clips;
        for (mine, theirs) in [
            (&mut self.presence, &other.presence),
            (&mut self.dominant, &other.dominant),
            (&mut self.salience, &other.salience),
        ] {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                *mine += theirs;
            }
        }
    }

    /// Sums the steps to the counts at each cell, and puts the cells where the grid has them.
    fn cumulate(&self, axes: &Axes, grid: &Grid, presence_weight: f64) -> Surface {
        let (alphas, betas) = (&axes.alphas.places, &axes.betas.places);
        let mut presence = vec![0; alphas.len()];
        let mut right = self.always;
        for (&place, &step) in alphas.iter().zip(&self.presence) {
            right += step;
            presence[place] = right.cast_unsigned();
        }

        let columns = betas.len() + 1;
        let mut salience = vec![0; alphas.len() * betas.len()];
        let mut column_steps = vec![0; columns];
        let mut dominant = 0;
        // A blend of alpha rank `a` is decoded at the ranks below `a`, so the rows are summed from the last to the first.
        for rank in (0..alphas.len()).rev() {
            let gained = rank + 1;
            dominant += self.dominant[gained];
            for (sum, step) in column_steps.iter_mut().zip(&self.salience[gained * columns..]) {
                *sum += step;
            }
            let row = &mut salience[alphas[rank] * betas.len()..][..betas.len()];
            let mut right = dominant;
            for (&place, step) in betas.iter().zip(&column_steps) {
                right += step;
                row[place] = right.cast_unsigned();
            }
        }
        Surface {
            grid: grid.clone(),
            presence_weight,
            clips: self.clips,
            blends: self.blends,
            presence,
            salience,
        }
    }
}
