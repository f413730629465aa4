//! The optimum over all real thresholds.
//!
//! The objective changes only where alpha passes the second probability of a clip, or beta the difference of a clip's
//! two largest: these values cut the plane of thresholds into rectangles of equal scores (`plane.rs`). Which row of
//! rectangles is the best is found without looking at all of them (`best_row.rs`).

mod best_row;
mod plane;

use blemore_labels::Label;
use serde::Serialize;

use self::best_row::best_row;
use self::plane::Plane;
use super::{PUBLISHED_PRESENCE_WEIGHT, check_clips, check_presence_weight};
use crate::scores::Scores;
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
    /// [`Error::Setting`] for a weight outside `[0, 1]`, and [`Error::TooManyClips`] for 2^31 clips and more.
    pub fn search<P: Probability>(
        &self,
        probabilities: &Probabilities<P>,
        truths: &[Label],
    ) -> Result<ExactResult, Error> {
        let presence_weight = check_presence_weight(self.presence_weight)?;
        check_clips(probabilities, truths)?;
        check_count(truths.len())?;
        let plane = Plane::new(probabilities, truths, presence_weight);
        Ok(plane.describe(best_row(&plane)))
    }
}

/// Steps of the plane number their columns, and count clips, in 32 bits: half the memory is half the time.
fn check_count(clips: usize) -> Result<(), Error> {
    let limit = i32::MAX as usize;
    if clips > limit { Err(Error::TooManyClips { clips, limit }) } else { Ok(()) }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_clips_than_can_be_counted_are_refused() {
        assert!(
            check_count(1 << 31).is_err_and(|error| error.to_string().contains("at most 2147483647 clips"))
        );
        assert!(check_count((1 << 31) - 1).is_ok());
    }
}
