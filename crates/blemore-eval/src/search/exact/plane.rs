//! The plane of thresholds, cut by the clips: rows of alphas, columns of betas.

use std::collections::HashMap;
use std::ops::Range;

use blemore_labels::Label;

use super::best_row::Best;
use super::{ExactResult, ThresholdRegion};
use crate::scores::{Count, Scores};
use crate::search::evidence::{Evidence, SalienceEvidence};
use crate::{Probabilities, Probability};

/// The length of the part of an interval within `[0, 1]`.
pub(super) fn useful_width(lower: f64, upper: f64) -> f64 {
    (upper.min(1.0) - lower.max(0.0)).max(0.0)
}

/// What changes when alpha falls to the second probability of a clip, from one row to the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    /// The second probability.
    pub(super) alpha: f64,
    /// The change of right presences: 1 for a blend, -1 for a single emotion.
    pub(super) presence: i8,
    /// The change of right saliences from `column` on, against the columns before it: 1 where beta has to be at least the
    /// difference there, -1 where it has to be below, 0 where the salience is right nowhere.
    pub(super) salience: i8,
    column: u32,
}

impl Step {
    pub(super) fn new(alpha: f64, presence: i8, salience: i8) -> Self {
        Self { alpha, presence, salience, column: 0 }
    }

    /// The same in another column; there are at most as many as clips, whose number was checked.
    pub(super) fn at(self, column: usize) -> Self {
        Self { column: column as u32, ..self }
    }

    pub(super) fn column(self) -> usize {
        self.column as usize
    }

    /// The change of right saliences in the first column.
    pub(super) fn in_first(self) -> i64 {
        i64::from(self.salience < 0)
    }

    pub(super) fn same_row(&self, other: &Self) -> bool {
        self.alpha == other.alpha
    }
}

/// Right presences and saliences.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Counts {
    pub(super) presence: i64,
    pub(super) salience: i64,
}

/// The plane of thresholds, cut by the clips: rows of alphas, and columns of betas of which the first is below all
/// differences and each other one starts at a difference.
#[derive(Debug)]
pub(super) struct Plane {
    /// By falling alpha.
    pub(super) steps: Vec<Step>,
    /// Different differences, ascending; column `c` is from `differences[c - 1]` to below `differences[c]`.
    pub(super) differences: Vec<f64>,
    /// Right presences above every second probability, where every clip is decoded as a single emotion.
    pub(super) presence_at_top: i64,
    pub(super) clips: u64,
    pub(super) blends: u64,
    pub(super) presence_weight: f64,
}

impl Plane {
    pub(super) fn new<P: Probability>(
        probabilities: &Probabilities<P>,
        truths: &[Label],
        presence_weight: f64,
    ) -> Self {
        let mut presence_at_top = 0;
        let mut steps = Vec::with_capacity(truths.len());
        // Each with the step whose column begins there.
        let mut differences_of = Vec::with_capacity(truths.len());
        for (row, &truth) in probabilities.iter().zip(truths) {
            match Evidence::of(row, truth) {
                Evidence::Never => {}
                Evidence::Always => presence_at_top += 1,
                Evidence::Single { runner_up } => {
                    presence_at_top += 1;
                    steps.push(Step::new(runner_up, -1, 0));
                }
                Evidence::Blend { runner_up, salience } => {
                    let (difference, salience) = match salience {
                        SalienceEvidence::Never => (None, 0),
                        SalienceEvidence::AtLeast(difference) => (Some(difference), 1),
                        SalienceEvidence::Below(difference) => (Some(difference), -1),
                    };
                    differences_of.extend(difference.map(|difference| (difference, steps.len() as u32)));
                    steps.push(Step::new(runner_up, 1, salience));
                }
            }
        }
        differences_of.sort_unstable_by(|(left, _), (right, _)| left.total_cmp(right));
        let mut differences: Vec<f64> = Vec::new();
        for (difference, step) in differences_of {
            if differences.last() != Some(&difference) {
                differences.push(difference);
            }
            let step = &mut steps[step as usize];
            *step = step.at(differences.len());
        }
        steps.sort_unstable_by(|left, right| right.alpha.total_cmp(&left.alpha));
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

    pub(super) fn objective(&self, counts: Counts) -> f64 {
        self.scores(counts).composite(self.presence_weight)
    }

    /// The alphas of the row in which these many steps are passed: lower end excluded, upper end included.
    pub(super) fn alphas(&self, passed: usize) -> (f64, f64) {
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

    pub(super) fn describe(&self, best: Best) -> ExactResult {
        let columns = self.widest_columns(best);
        let (beta_from, beta_below) = self.betas(&columns);
        let (above, below) = self.steps.split_at(best.passed);
        let lowest = best.passed + self.passed_on_level(best, &columns, below.chunk_by(Step::same_row), 1);
        let highest =
            best.passed - self.passed_on_level(best, &columns, above.chunk_by(Step::same_row).rev(), -1);
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
        let mut shifts = vec![0; columns];
        for step in &self.steps[..best.passed] {
            shifts[0] += step.in_first();
            shifts[step.column()] += i64::from(step.salience);
        }
        let mut salience = 0;
        let mut widest = (0..columns, f64::NEG_INFINITY);
        let mut start = None;
        // One past the last, to end a run.
        for column in 0..=columns {
            salience += shifts.get(column).unwrap_or(&0);
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
                let by = direction * i64::from(step.salience);
                counts.presence += direction * i64::from(step.presence);
                counts.salience += direction * step.in_first();
                let column = step.column();
                if column <= columns.start {
                    counts.salience += by;
                } else if column < columns.end {
                    let shift = shifts.entry(column).or_insert(0);
                    *shift += by;
                    if *shift == 0 {
                        shifts.remove(&column);
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
