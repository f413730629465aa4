//! Choosing thresholds without looking at the clips that they are scored on.
//!
//! The paper tunes the two thresholds of a fold on that fold's own clips and names this as a limitation: the scores
//! are those of the best thresholds seen afterwards. Here each fold is decoded by what the other folds chose, and both
//! scores stand beside each other.

use std::collections::BTreeSet;

use blemore_labels::Label;

use crate::scores::{MeanStd, PerMeasure, Scores};
use crate::{Error, Probabilities, Probability, Thresholds, decode_all};

/// Chooses thresholds for each fold on the clips of all other folds and scores them on the fold; beside them, chooses
/// some on the fold itself, as the paper does.
///
/// `choose` is a search, of a grid or exact. `probabilities` has shape `(N, 6)` and must be out-of-fold: the row of a clip
/// comes from a model that was not trained on that clip's fold. `folds` has the fold of each clip; any numbers do.
///
/// # Errors
/// [`Error::LengthMismatch`] unless labels and folds have one entry a clip, [`Error::TooFewFolds`] with fewer than two
/// different folds, and the errors of `choose`.
///
/// ```
/// use blemore_eval::{GridSearch, Probabilities, nested_selection};
///
/// let probabilities = Probabilities::new(vec![
///     [0.50, 0.40, 0.10, 0.00, 0.00, 0.0],
///     [0.00, 0.85, 0.15, 0.00, 0.00, 0.0],
///     [0.00, 0.00, 0.45, 0.55, 0.00, 0.0],
///     [0.00, 0.00, 0.30, 0.00, 0.70, 0.0],
/// ])?;
/// let labels = ["ang+disg 50/50", "disg", "fea+hap 50/50", "sad"].map(|label| label.parse().unwrap());
/// let selection = nested_selection(&probabilities, &labels, &[0, 0, 1, 1], |probabilities, labels| {
///     Ok(GridSearch::default().search(probabilities, labels)?.thresholds)
/// })?;
/// assert_eq!(selection.look_ahead().accuracies.presence.mean, 1.0);
/// assert_eq!(selection.nested().accuracies.presence.mean, 0.75); // fold 0 chose an alpha too low for the last clip
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn nested_selection<P: Probability>(
    probabilities: &Probabilities<P>,
    labels: &[Label],
    folds: &[i64],
    choose: impl Fn(&Probabilities<P>, &[Label]) -> Result<Thresholds, Error>,
) -> Result<NestedSelection, Error> {
    probabilities.check_parallel("labels", labels.len())?;
    probabilities.check_parallel("folds", folds.len())?;
    let different: BTreeSet<i64> = folds.iter().copied().collect();
    if different.len() < 2 {
        return Err(Error::TooFewFolds { what: "nested selection", found: different.len() });
    }
    let part = |belongs: &dyn Fn(i64) -> bool| -> Result<(Probabilities<P>, Vec<Label>), Error> {
        let clips: Vec<usize> = (0..folds.len()).filter(|&clip| belongs(folds[clip])).collect();
        Ok((probabilities.select(&clips)?, clips.iter().map(|&clip| labels[clip]).collect()))
    };
    let of_fold = |fold| {
        let (own, own_labels) = part(&|other| other == fold)?;
        let (others, other_labels) = part(&|other| other != fold)?;
        let selection = |thresholds| -> Result<Selection, Error> {
            let scores = Scores::of_labels(&own_labels, &decode_all(&own, thresholds))?;
            Ok(Selection { thresholds, scores })
        };
        let nested = selection(choose(&others, &other_labels)?)?;
        Ok(FoldSelection { fold, nested, look_ahead: selection(choose(&own, &own_labels)?)? })
    };
    Ok(NestedSelection { folds: different.into_iter().map(of_fold).collect::<Result<_, Error>>()? })
}

/// What [`nested_selection`] finds.
#[derive(Debug, Clone, PartialEq)]
pub struct NestedSelection {
    /// Each fold, by ascending number.
    pub folds: Vec<FoldSelection>,
}

impl NestedSelection {
    /// The scores with thresholds that other folds chose.
    pub fn nested(&self) -> SelectionSummary {
        SelectionSummary::of(self.folds.iter().map(|fold| fold.nested.scores))
    }

    /// The scores with thresholds that each fold chose for itself, as the paper reports them.
    pub fn look_ahead(&self) -> SelectionSummary {
        SelectionSummary::of(self.folds.iter().map(|fold| fold.look_ahead.scores))
    }
}

/// Both ways of choosing for one fold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FoldSelection {
    /// The fold that is scored.
    pub fold: i64,
    /// Chosen on all other folds.
    pub nested: Selection,
    /// Chosen on the scored fold itself.
    pub look_ahead: Selection,
}

/// Thresholds and what they score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Selection {
    /// The thresholds chosen.
    pub thresholds: Thresholds,
    /// Their scores on the fold.
    pub scores: Scores,
}

/// Scores over the folds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SelectionSummary {
    /// Mean and sample standard deviation of both accuracies over the folds.
    pub accuracies: PerMeasure<MeanStd>,
    /// All clips of all folds together.
    pub pooled: Scores,
}

impl SelectionSummary {
    fn of(scores: impl Iterator<Item = Scores> + Clone) -> Self {
        let accuracies = PerMeasure::spread(scores.clone().map(Scores::accuracies));
        Self { accuracies, pooled: scores.sum() }
    }
}
