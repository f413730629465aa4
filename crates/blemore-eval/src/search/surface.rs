//! The accuracies over the whole grid.

use super::grid::{Grid, SearchResult};
use crate::Thresholds;
use crate::scores::{Count, Scores};

/// What each cell of a grid scores, with A values of alpha and B of beta: arrays of shape `(A, B)` in row-major order, one
/// row for each alpha, in the order of the grid.
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

    /// The weighted mean of both accuracies that the search maximised; shape `(A, B)`.
    pub fn objective(&self) -> Vec<f64> {
        let columns = self.betas().len();
        let of_cell = |(cell, &salience)| self.scores(self.presence[cell / columns], salience);
        let scores = self.salience.iter().enumerate().map(of_cell);
        scores.map(|scores| scores.composite(self.presence_weight)).collect()
    }

    /// The first cell with the largest objective, in alpha-major, beta-minor order.
    pub fn best(&self) -> SearchResult {
        let (mut objective, mut place, mut best) = (f64::NEG_INFINITY, (0, 0), Scores::default());
        let rows = self.presence.iter().zip(self.salience.chunks_exact(self.betas().len()));
        for (row, (&presence, saliences)) in rows.enumerate() {
            for (column, &salience) in saliences.iter().enumerate() {
                let scores = self.scores(presence, salience);
                let found = scores.composite(self.presence_weight);
                if found > objective {
                    (objective, place, best) = (found, (row, column), scores);
                }
            }
        }
        let thresholds = Thresholds { alpha: self.alphas()[place.0], beta: self.betas()[place.1] };
        let largest = |counts: &[u64]| counts.iter().copied().max().unwrap_or(0);
        let alone = self.scores(largest(&self.presence), largest(&self.salience)).accuracies();
        let (presence_only, salience_only) = (alone.presence, alone.salience);
        SearchResult { thresholds, scores: best, objective, presence_only, salience_only }
    }

    fn scores(&self, presence: u64, salience: u64) -> Scores {
        Scores {
            presence: Count { correct: presence, total: self.clips },
            salience: Count { correct: salience, total: self.blends },
        }
    }
}
