//! The accuracies over the whole grid.

use super::grid::{Grid, SearchResult};
use crate::Thresholds;
use crate::scores::{Count, Scores};

/// What each cell of a grid scores, with A values of alpha and B of beta: arrays of shape `(A, B)` in row-major order,
/// a row for each alpha, in the order of the grid.
///
/// ```
/// use blemore_eval::{Grid, GridSearch, Probabilities};
///
/// let probabilities = Probabilities::new(vec![[0.7, 0.3, 0.0, 0.0, 0.0, 0.0]])?;
/// let grid = Grid::new(vec![0.1, 0.5], vec![0.2, 0.6])?;
/// let surface = GridSearch::new(grid).surface(&probabilities, &["ang+disg 50/50".parse()?])?;
/// assert_eq!(surface.presence(), [1.0, 1.0, 0.0, 0.0]);
/// assert_eq!(surface.salience(), [0.0, 1.0, 0.0, 0.0]);
/// assert_eq!(surface.objective(), [0.5, 1.0, 0.0, 0.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Surface {
    pub(super) grid: Grid,
    pub(super) presence_weight: f64,
    pub(super) clips: u64,
    pub(super) blends: u64,
    /// Clips with the right presence at each alpha; beta makes no difference. Length A.
    pub(super) presence: Vec<u64>,
    /// Blended clips with the right salience. Shape `(A, B)`.
    pub(super) salience: Vec<u64>,
}

impl Surface {
    /// The values of alpha, a row each.
    pub fn alphas(&self) -> &[f64] {
        self.grid.alphas()
    }

    /// The values of beta, a column each.
    pub fn betas(&self) -> &[f64] {
        self.grid.betas()
    }

    /// The scores at one cell, by its row (alpha) and column (beta); `None` outside the grid.
    pub fn scores_at(&self, row: usize, column: usize) -> Option<Scores> {
        let columns = self.betas().len();
        let presence = *self.presence.get(row)?;
        let salience = *self.salience[row * columns..][..columns].get(column)?;
        Some(self.scores(presence, salience))
    }

    /// ACC_presence at each cell, from 0 to 1; shape `(A, B)`, equal along each row.
    pub fn presence(&self) -> Vec<f64> {
        self.each_cell(|scores| scores.acc_presence())
    }

    /// ACC_salience at each cell, from 0 to 1; shape `(A, B)`.
    pub fn salience(&self) -> Vec<f64> {
        self.each_cell(|scores| scores.acc_salience())
    }

    /// The weighted mean of both accuracies that the search maximised; shape `(A, B)`.
    pub fn objective(&self) -> Vec<f64> {
        self.each_cell(|scores| scores.composite(self.presence_weight))
    }

    /// The first cell with the largest objective, in alpha-major, beta-minor order.
    pub fn best(&self) -> SearchResult {
        let mut best = self.result_at(0, 0, self.scores(0, 0), f64::NEG_INFINITY);
        for (row, (&presence, saliences)) in
            self.presence.iter().zip(self.salience.chunks_exact(self.betas().len())).enumerate()
        {
            for (column, &salience) in saliences.iter().enumerate() {
                let scores = self.scores(presence, salience);
                let objective = scores.composite(self.presence_weight);
                if objective > best.objective {
                    best = self.result_at(row, column, scores, objective);
                }
            }
        }
        let largest = |counts: &[u64]| counts.iter().copied().max().unwrap_or(0);
        let alone = self.scores(largest(&self.presence), largest(&self.salience));
        SearchResult { presence_only: alone.acc_presence(), salience_only: alone.acc_salience(), ..best }
    }

    fn result_at(&self, row: usize, column: usize, scores: Scores, objective: f64) -> SearchResult {
        let thresholds = Thresholds { alpha: self.alphas()[row], beta: self.betas()[column] };
        SearchResult { thresholds, scores, objective, presence_only: 0.0, salience_only: 0.0 }
    }

    fn scores(&self, presence: u64, salience: u64) -> Scores {
        Scores {
            presence: Count { correct: presence, total: self.clips },
            salience: Count { correct: salience, total: self.blends },
        }
    }

    fn each_cell(&self, measure: impl Fn(Scores) -> f64) -> Vec<f64> {
        self.presence
            .iter()
            .zip(self.salience.chunks_exact(self.betas().len()))
            .flat_map(|(&presence, saliences)| saliences.iter().map(move |&salience| (presence, salience)))
            .map(|(presence, salience)| measure(self.scores(presence, salience)))
            .collect()
    }
}
