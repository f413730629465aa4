//! The optimum over all real thresholds.
//!
//! The objective changes only where alpha passes the second probability of a clip, or beta the difference of a clip's
//! two largest: these values cut the plane of thresholds into rectangles of equal scores. The sweep lets alpha fall
//! from infinity, past one second probability after the other. Each clip that it passes changes the count of right
//! presences, and the counts of right saliences from one beta on; a tree over the betas keeps the largest of those
//! counts, at the cost of one path to its root for each clip. So all `O(N^2)` rectangles are seen in `O(N log N)`.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::Range;

use blemore_labels::Label;
use serde::Serialize;

use super::evidence::{Evidence, SalienceEvidence};
use super::{PUBLISHED_PRESENCE_WEIGHT, check_clips, check_presence_weight};
use crate::scores::{Count, Scores};
use crate::{Error, Probabilities, Probability, Thresholds};

/// The thresholds that score best on labelled clips, among all real numbers.
///
/// Its objective is the one of [`GridSearch`](crate::GridSearch) and is never lower than that of any grid. Of several
/// rectangles of thresholds that reach it, it takes one with the widest range of alpha, then of beta, and answers with
/// the middle: small changes of the thresholds then change nothing. Being the optimum on the clips that it is given, it
/// is also the choice that flatters them most: score it on other clips, as
/// [`nested_selection`](crate::nested_selection) does.
///
/// Time grows with `N log N` for N clips, memory with N.
///
/// ```
/// use blemore_eval::{ExactSearch, GridSearch, Probabilities};
///
/// // The thresholds that tell these two apart lie between two values of the published grid.
/// let probabilities = Probabilities::new(vec![
///     [0.51, 0.49, 0.0, 0.0, 0.0, 0.0],
///     [0.50, 0.47, 0.03, 0.0, 0.0, 0.0],
/// ])?;
/// let truths = ["ang+disg 50/50".parse()?, "ang+disg 70/30".parse()?];
/// let exact = ExactSearch::new().search(&probabilities, &truths)?;
/// assert_eq!(exact.objective, 1.0);
/// assert!((exact.thresholds.beta - 0.025).abs() < 1e-9);
/// assert_eq!(GridSearch::default().search(&probabilities, &truths)?.objective, 0.75);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExactSearch {
    presence_weight: f64,
}

impl ExactSearch {
    /// A search with the published weight of 0.5.
    pub fn new() -> Self {
        Self { presence_weight: PUBLISHED_PRESENCE_WEIGHT }
    }

    /// Sets the weight of ACC_presence in the objective, from 0 to 1; checked when the search runs.
    #[must_use]
    pub fn presence_weight(mut self, weight: f64) -> Self {
        self.presence_weight = weight;
        self
    }

    /// Finds the best thresholds for `probabilities` of shape `(N, 6)` and the N true labels.
    ///
    /// # Errors
    /// [`Error::NoClips`] for an empty input, [`Error::LengthMismatch`] unless there is one label for each clip, and
    /// [`Error::Setting`] for a weight outside `[0, 1]`.
    pub fn search<P: Probability>(
        &self,
        probabilities: &Probabilities<P>,
        truths: &[Label],
    ) -> Result<ExactResult, Error> {
        let presence_weight = check_presence_weight(self.presence_weight)?;
        check_clips(probabilities, truths)?;
        let plane = Plane::new(probabilities, truths, presence_weight);
        Ok(plane.describe(plane.sweep()))
    }
}

impl Default for ExactSearch {
    fn default() -> Self {
        Self::new()
    }
}

/// What an [`ExactSearch`] finds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExactResult {
    /// The middle of the region.
    pub thresholds: Thresholds,
    /// Thresholds that all reach the best objective.
    pub region: ThresholdRegion,
    /// The scores at `thresholds`.
    pub scores: Scores,
    /// The best objective, `w * ACC_presence + (1 - w) * ACC_salience`.
    pub objective: f64,
    /// The best ACC_presence of any thresholds, whatever their ACC_salience.
    pub presence_only: f64,
    /// The best ACC_salience of any thresholds, whatever their ACC_presence.
    pub salience_only: f64,
}

/// A rectangle of thresholds, `alpha_above < alpha <= alpha_to` and `beta_from <= beta < beta_below`; the open sides
/// are infinite where no clip bounds them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ThresholdRegion {
    /// Lower end of alpha, excluded.
    pub alpha_above: f64,
    /// Upper end of alpha, included.
    pub alpha_to: f64,
    /// Lower end of beta, included.
    pub beta_from: f64,
    /// Upper end of beta, excluded.
    pub beta_below: f64,
}

impl ThresholdRegion {
    /// Whether the thresholds lie in the region.
    pub fn contains(&self, thresholds: Thresholds) -> bool {
        self.alpha_above < thresholds.alpha
            && thresholds.alpha <= self.alpha_to
            && (self.beta_from..self.beta_below).contains(&thresholds.beta)
    }

    /// The middle of the part of the region within `[0, 1]`, or a point of the region where that part is empty.
    pub fn middle(&self) -> Thresholds {
        let alpha = middle(self.alpha_above, self.alpha_to);
        let beta = middle(self.beta_from, self.beta_below);
        // Between two neighbouring floats there is no middle: the end that belongs to the region is taken.
        Thresholds {
            alpha: if alpha > self.alpha_above { alpha } else { self.alpha_to },
            beta: if beta < self.beta_below { beta } else { self.beta_from },
        }
    }
}

/// The middle between two different bounds, either of which may be infinite; such a side is cut at 0 or 1 when the
/// other bound allows it.
fn middle(lower: f64, upper: f64) -> f64 {
    let lower = match lower {
        f64::NEG_INFINITY if upper > 0.0 => 0.0,
        f64::NEG_INFINITY => upper - 1.0,
        finite => finite,
    };
    let upper = match upper {
        f64::INFINITY if lower < 1.0 => 1.0,
        f64::INFINITY => lower + 1.0,
        finite => finite,
    };
    lower + (upper - lower) / 2.0
}

/// The length of the part of an interval within `[0, 1]`.
fn useful_width(lower: f64, upper: f64) -> f64 {
    (upper.min(1.0) - lower.max(0.0)).max(0.0)
}

/// What changes when alpha falls to the second probability of a clip.
#[derive(Debug, Clone)]
struct Step {
    /// The second probability.
    alpha: f64,
    /// +1 for a blend, -1 for a single emotion.
    presence: i64,
    /// The columns of betas in which the salience becomes right.
    right: Range<usize>,
}

/// Right presences and saliences.
#[derive(Debug, Clone, Copy)]
struct Counts {
    presence: i64,
    salience: i64,
}

/// The plane of thresholds, cut by the clips: rows of alphas, and columns of betas of which the first is below all
/// differences and each other one starts at a difference.
struct Plane {
    /// By falling alpha.
    steps: Vec<Step>,
    /// Different differences, ascending; column `c` is from `differences[c - 1]` to below `differences[c]`.
    differences: Vec<f64>,
    /// Right presences above every second probability, where every clip is decoded as a single emotion.
    presence_at_top: i64,
    clips: u64,
    blends: u64,
    presence_weight: f64,
}

/// A row of the plane that reaches the best objective.
#[derive(Debug, Clone, Copy)]
struct Best {
    objective: f64,
    counts: Counts,
    /// The steps that alpha has passed in this row.
    passed: usize,
    width: f64,
    presence_only: i64,
    salience_only: i64,
}

impl Plane {
    fn new<P: Probability>(probabilities: &Probabilities<P>, truths: &[Label], presence_weight: f64) -> Self {
        let mut presence_at_top = 0;
        let mut unplaced = Vec::new();
        for (row, &truth) in probabilities.iter().zip(truths) {
            match Evidence::of(row, truth) {
                Evidence::Never => {}
                Evidence::Always => presence_at_top += 1,
                Evidence::Single { runner_up } => {
                    presence_at_top += 1;
                    unplaced.push((runner_up, -1, SalienceEvidence::Never));
                }
                Evidence::Blend { runner_up, salience } => unplaced.push((runner_up, 1, salience)),
            }
        }
        let difference = |evidence| match evidence {
            SalienceEvidence::Never => None,
            SalienceEvidence::AtLeast(difference) | SalienceEvidence::Below(difference) => Some(difference),
        };
        let mut differences: Vec<f64> =
            unplaced.iter().filter_map(|(.., evidence)| difference(*evidence)).collect();
        differences.sort_unstable_by(f64::total_cmp);
        differences.dedup();

        let column = |difference| differences.partition_point(|&other| other <= difference);
        let step = |(alpha, presence, evidence)| {
            let right = match evidence {
                SalienceEvidence::Never => 0..0,
                SalienceEvidence::AtLeast(difference) => column(difference)..differences.len() + 1,
                SalienceEvidence::Below(difference) => 0..column(difference),
            };
            Step { alpha, presence, right }
        };
        let mut steps: Vec<Step> = unplaced.into_iter().map(step).collect();
        steps.sort_unstable_by(|left, right| right.alpha.partial_cmp(&left.alpha).unwrap_or(Ordering::Equal));
        Self {
            steps,
            differences,
            presence_at_top,
            clips: truths.len() as u64,
            blends: truths.iter().filter(|truth| truth.is_blend()).count() as u64,
            presence_weight,
        }
    }

    fn scores(&self, counts: Counts) -> Scores {
        Scores {
            presence: Count { correct: counts.presence.cast_unsigned(), total: self.clips },
            salience: Count { correct: counts.salience.cast_unsigned(), total: self.blends },
        }
    }

    fn objective(&self, counts: Counts) -> f64 {
        self.scores(counts).composite(self.presence_weight)
    }

    /// The alphas of the row in which these many steps are passed: lower end excluded, upper end included.
    fn alphas(&self, passed: usize) -> (f64, f64) {
        let lower = self.steps.get(passed).map_or(f64::NEG_INFINITY, |step| step.alpha);
        let upper = passed.checked_sub(1).map_or(f64::INFINITY, |last| self.steps[last].alpha);
        (lower, upper)
    }

    /// The betas of these columns: lower end included, upper end excluded.
    fn betas(&self, columns: &Range<usize>) -> (f64, f64) {
        let lower = columns.start.checked_sub(1).map_or(f64::NEG_INFINITY, |last| self.differences[last]);
        let upper = self.differences.get(columns.end - 1).copied().unwrap_or(f64::INFINITY);
        (lower, upper)
    }

    /// Lets alpha fall through all rows, and keeps the best one; of equal ones the widest.
    fn sweep(&self) -> Best {
        let columns = self.differences.len() + 1;
        let mut tree = LargestPrefix::new(columns);
        let mut counts = Counts { presence: self.presence_at_top, salience: 0 };
        // Added at the first column, and so to all prefixes.
        let mut everywhere = 0;
        let mut best = Best {
            objective: f64::NEG_INFINITY,
            counts,
            passed: 0,
            width: 0.0,
            presence_only: 0,
            salience_only: 0,
        };
        let mut passed = 0;
        loop {
            let (lower, upper) = self.alphas(passed);
            let (objective, width) = (self.objective(counts), useful_width(lower, upper));
            if objective > best.objective || (objective == best.objective && width > best.width) {
                best = Best { objective, counts, passed, width, ..best };
            }
            best.presence_only = best.presence_only.max(counts.presence);
            best.salience_only = best.salience_only.max(counts.salience);

            let rest = &self.steps[passed..];
            if rest.is_empty() {
                return best;
            }
            let together = rest.iter().take_while(|step| step.alpha == lower).count();
            for step in &rest[..together] {
                counts.presence += step.presence;
                let Range { start, end } = step.right;
                if start < end {
                    let (column, by) = if start == 0 { (end, -1) } else { (start, 1) };
                    everywhere += i64::from(start == 0);
                    tree.add(column, by);
                }
            }
            passed += together;
            counts.salience = everywhere + tree.largest();
        }
    }

    fn describe(&self, best: Best) -> ExactResult {
        let columns = self.widest_columns(best);
        let (beta_from, beta_below) = self.betas(&columns);
        let (above, below) = self.steps.split_at(best.passed);
        let same_alpha = |left: &Step, right: &Step| left.alpha == right.alpha;
        let lowest = best.passed + self.passed_on_level(best, &columns, below.chunk_by(same_alpha), 1);
        let highest =
            best.passed - self.passed_on_level(best, &columns, above.chunk_by(same_alpha).rev(), -1);
        let region = ThresholdRegion {
            alpha_above: self.alphas(lowest).0,
            alpha_to: self.alphas(highest).1,
            beta_from,
            beta_below,
        };
        let alone = self.scores(Counts { presence: best.presence_only, salience: best.salience_only });
        ExactResult {
            thresholds: region.middle(),
            region,
            scores: self.scores(best.counts),
            objective: best.objective,
            presence_only: alone.acc_presence(),
            salience_only: alone.acc_salience(),
        }
    }

    /// The widest run of columns that have the most right saliences in the best row.
    fn widest_columns(&self, best: Best) -> Range<usize> {
        let columns = self.differences.len() + 1;
        let mut shifts = vec![0; columns + 1];
        for step in &self.steps[..best.passed] {
            shifts[step.right.start] += 1;
            shifts[step.right.end] -= 1;
        }
        let mut salience = 0;
        let mut widest = (0..columns, f64::NEG_INFINITY);
        let mut start = None;
        for (column, shift) in shifts.into_iter().enumerate() {
            salience += shift;
            match (column < columns && salience == best.counts.salience, start) {
                (true, None) => start = Some(column),
                (false, Some(first)) => {
                    let run = first..column;
                    let (lower, upper) = self.betas(&run);
                    let width = useful_width(lower, upper);
                    if width > widest.1 {
                        widest = (run, width);
                    }
                    start = None;
                }
                _ => {}
            }
        }
        widest.0
    }

    /// How many steps from the best row the same columns all keep the same objective, over `rows` of steps below it
    /// (`direction` 1) or above it (-1).
    fn passed_on_level<'a>(
        &self,
        best: Best,
        columns: &Range<usize>,
        rows: impl Iterator<Item = &'a [Step]>,
        direction: i64,
    ) -> usize {
        // Counts in the first of the columns, and where the salience changes between them, by how much.
        let (mut counts, mut shifts) = (best.counts, HashMap::new());
        let mut passed = 0;
        for row in rows {
            for step in row {
                counts.presence += direction * step.presence;
                counts.salience += direction * i64::from(step.right.contains(&columns.start));
                for (column, by) in [(step.right.start, direction), (step.right.end, -direction)] {
                    if columns.start < column && column < columns.end {
                        let shift = shifts.entry(column).or_insert(0);
                        *shift += by;
                        if *shift == 0 {
                            shifts.remove(&column);
                        }
                    }
                }
            }
            if !shifts.is_empty() || self.objective(counts) != best.objective {
                break;
            }
            passed += row.len();
        }
        passed
    }
}

/// Numbers, changed one at a time, with the largest of the sums of their prefixes: a binary tree whose nodes hold the
/// sum and the largest prefix sum of their leaves.
struct LargestPrefix {
    /// The root is at 1, the children of `i` at `2 i` and `2 i + 1`, the leaves start at half the length.
    nodes: Vec<PrefixNode>,
}

#[derive(Debug, Clone, Copy, Default)]
struct PrefixNode {
    sum: i64,
    largest: i64,
}

impl LargestPrefix {
    /// `len` zeros. The zeros that fill up the last level repeat the last prefix sum, so they change nothing.
    fn new(len: usize) -> Self {
        Self { nodes: vec![PrefixNode::default(); 2 * len.next_power_of_two()] }
    }

    fn add(&mut self, position: usize, by: i64) {
        let mut node = self.nodes.len() / 2 + position;
        self.nodes[node].sum += by;
        self.nodes[node].largest += by;
        while node > 1 {
            node /= 2;
            let (left, right) = (self.nodes[2 * node], self.nodes[2 * node + 1]);
            self.nodes[node] =
                PrefixNode { sum: left.sum + right.sum, largest: left.largest.max(left.sum + right.largest) };
        }
    }

    fn largest(&self) -> i64 {
        self.nodes[1].largest
    }
}
