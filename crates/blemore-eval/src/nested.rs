//! Choosing a decoder without looking at the clips that it is scored on.
//!
//! The paper tunes the two thresholds of a fold on that fold's own clips and names this as a limitation: the scores
//! are those of the best thresholds seen afterwards. Here each fold is decoded by what the other folds chose, and both
//! scores stand beside each other.

use std::collections::BTreeSet;

use blemore_labels::{Emotion, Label};

use crate::decoder::{Decoder, FitDecoder, Training};
use crate::scores::{MeanStd, PerMeasure, Scores};
use crate::{Error, Probabilities, Probability};

/// Fits a decoder for each fold on the clips of all other folds and scores it on the fold; beside it, fits one on the
/// fold itself, as the paper does.
///
/// `probabilities` has shape `(N, CLASSES)` and must be out-of-fold: the row of a clip comes from a model that was not
/// trained on that clip's fold. `folds` has the fold of each clip; any numbers do.
///
/// # Errors
/// [`Error::LengthMismatch`] unless labels and folds have one entry a clip, [`Error::TooFewFolds`] with fewer than two
/// different folds, and the errors of fitting.
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
/// let selection = nested_selection(&probabilities, &labels, &[0, 0, 1, 1], &GridSearch::default())?;
/// assert_eq!(selection.look_ahead().accuracies.presence.mean, 1.0);
/// assert_eq!(selection.nested().accuracies.presence.mean, 0.75); // fold 0 chose an alpha too low for the last clip
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn nested_selection<P, F, const CLASSES: usize>(
    probabilities: &Probabilities<P, CLASSES>,
    labels: &[Label],
    folds: &[i64],
    fit: &F,
) -> Result<NestedSelection<F::Fitted>, Error>
where
    P: Probability,
    F: FitDecoder<P, CLASSES>,
{
    let all = Training::new(probabilities, labels)?.with_folds(folds)?;
    let different = different_folds(folds);
    if different.len() < 2 {
        return Err(Error::TooFewFolds { what: "nested selection", found: different.len() });
    }
    let folds = different
        .into_iter()
        .map(|fold| {
            let others = Part::of(&all, folds, |other| other != fold)?;
            let own = Part::of(&all, folds, |other| other == fold)?;
            Ok(FoldSelection {
                fold,
                nested: Selection::make(fit, &others, &own)?,
                look_ahead: Selection::make(fit, &own, &own)?,
            })
        })
        .collect::<Result<_, Error>>()?;
    Ok(NestedSelection { folds })
}

/// What [`nested_selection`] finds, with decoders of type `D`.
#[derive(Debug, Clone, PartialEq)]
pub struct NestedSelection<D> {
    /// Each fold, by ascending number.
    pub folds: Vec<FoldSelection<D>>,
}

impl<D> NestedSelection<D> {
    /// The scores with decoders that other folds chose.
    pub fn nested(&self) -> SelectionSummary {
        SelectionSummary::of(self.folds.iter().map(|fold| fold.nested.scores))
    }

    /// The scores with decoders that each fold chose for itself, as the paper reports them.
    pub fn look_ahead(&self) -> SelectionSummary {
        SelectionSummary::of(self.folds.iter().map(|fold| fold.look_ahead.scores))
    }
}

/// Both ways of choosing for one fold.
#[derive(Debug, Clone, PartialEq)]
pub struct FoldSelection<D> {
    /// The fold that is scored.
    pub fold: i64,
    /// Chosen on all other folds.
    pub nested: Selection<D>,
    /// Chosen on the scored fold itself.
    pub look_ahead: Selection<D>,
}

/// A decoder and what it scores.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection<D> {
    /// The decoder chosen.
    pub decoder: D,
    /// Its scores on the fold.
    pub scores: Scores,
}

impl<D> Selection<D> {
    fn make<P, F, const CLASSES: usize>(
        fit: &F,
        chosen_on: &Part<P, CLASSES>,
        scored_on: &Part<P, CLASSES>,
    ) -> Result<Self, Error>
    where
        P: Probability,
        F: FitDecoder<P, CLASSES, Fitted = D>,
        D: Decoder<P, CLASSES>,
    {
        let decoder = fit.fit(&chosen_on.training()?)?;
        let scores = Scores::of_labels(&scored_on.labels, &decoder.decode_all(&scored_on.probabilities))?;
        Ok(Self { decoder, scores })
    }
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

/// The folds that there are, ascending.
pub(crate) fn different_folds(folds: &[i64]) -> BTreeSet<i64> {
    folds.iter().copied().collect()
}

/// The clips of some folds, with nothing of the others.
pub(crate) struct Part<P, const CLASSES: usize = { Emotion::COUNT }> {
    probabilities: Probabilities<P, CLASSES>,
    labels: Vec<Label>,
    folds: Vec<i64>,
}

impl<P: Probability, const CLASSES: usize> Part<P, CLASSES> {
    pub(crate) fn of(
        all: &Training<'_, P, CLASSES>,
        folds: &[i64],
        belongs: impl Fn(i64) -> bool,
    ) -> Result<Self, Error> {
        let positions: Vec<usize> = (0..folds.len()).filter(|&clip| belongs(folds[clip])).collect();
        Ok(Self {
            probabilities: all.probabilities().select(&positions)?,
            labels: positions.iter().map(|&clip| all.labels()[clip]).collect(),
            folds: positions.iter().map(|&clip| folds[clip]).collect(),
        })
    }

    pub(crate) fn training(&self) -> Result<Training<'_, P, CLASSES>, Error> {
        Training::new(&self.probabilities, &self.labels)?.with_folds(&self.folds)
    }
}
