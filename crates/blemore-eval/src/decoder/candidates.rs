//! A choice among several decoders.

use std::fmt;

use blemore_labels::{Emotion, Label};

use super::{Decoder, FitDecoder, Training};
use crate::nested::{Part, different_folds};
use crate::search::{PUBLISHED_PRESENCE_WEIGHT, check_presence_weight};
use crate::{Error, Probability, Scores};

/// Ways to fit a decoder, of which the one that cross-validates best on the training clips is taken.
///
/// With the folds of the training clips at hand (two at least), each candidate is fitted on all of them but one and
/// scored on that one, in turn; the candidate with the best composite score over all clips is then fitted on all. Of
/// equal ones the earlier is taken. Without folds the candidates are scored on the very clips that they were fitted
/// on, which favours those that can bend the most.
///
/// ```
/// use blemore_eval::{
///     ArgmaxDecoder, Candidates, ExpectedScoreFit, FitDecoder, GridSearch, ModelledFit, Probabilities, Training,
/// };
///
/// let candidates = Candidates::new()
///     .with("thresholds", GridSearch::default())
///     .with("argmax", ModelledFit::new(ArgmaxDecoder))
///     .with("expected score", ModelledFit::new(ExpectedScoreFit::new()));
/// let probabilities = Probabilities::new(vec![[0.9, 0.1, 0.0, 0.0, 0.0, 0.0]; 4])?;
/// let labels = ["ang".parse()?; 4];
/// let training = Training::new(&probabilities, &labels)?.with_folds(&[0, 0, 1, 1])?;
/// assert_eq!(candidates.fit(&training)?.name(), "thresholds");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Candidates<P: Probability, const CLASSES: usize = { Emotion::COUNT }> {
    presence_weight: f64,
    candidates: Vec<Candidate<P, CLASSES>>,
}

struct Candidate<P: Probability, const CLASSES: usize> {
    name: String,
    fit: Box<dyn FitBoxed<P, CLASSES>>,
}

impl<P: Probability, const CLASSES: usize> Candidates<P, CLASSES> {
    /// No candidates yet, compared with the published weight of 0.5.
    pub fn new() -> Self {
        Self { presence_weight: PUBLISHED_PRESENCE_WEIGHT, candidates: Vec::new() }
    }

    /// Sets the weight of ACC_presence by which candidates are compared, from 0 to 1; checked when they are fitted.
    #[must_use]
    pub fn presence_weight(mut self, weight: f64) -> Self {
        self.presence_weight = weight;
        self
    }

    /// Adds a candidate under a name.
    #[must_use]
    pub fn with<F>(mut self, name: impl Into<String>, fit: F) -> Self
    where
        F: FitDecoder<P, CLASSES> + 'static,
        F::Fitted: 'static,
    {
        self.candidates.push(Candidate { name: name.into(), fit: Box::new(fit) });
        self
    }

    /// The composite score of a candidate on clips that it was not fitted on, where folds allow it.
    fn validate(
        &self,
        candidate: &Candidate<P, CLASSES>,
        training: &Training<'_, P, CLASSES>,
    ) -> Result<f64, Error> {
        let score = |fitted: &Training<'_, P, CLASSES>, scored: &Training<'_, P, CLASSES>| {
            let decoder = candidate.fit.fit_boxed(fitted)?;
            Scores::of_labels(scored.labels(), &decoder.decode_all(scored.probabilities()))
        };
        let mut total = Scores::default();
        match training.folds().map(|folds| (folds, different_folds(folds))) {
            Some((folds, different)) if different.len() > 1 => {
                for fold in different {
                    let others = Part::of(training, folds, |other| other != fold)?;
                    let held_out = Part::of(training, folds, |other| other == fold)?;
                    total += score(&others.training()?, &held_out.training()?)?;
                }
            }
            _ => total = score(training, training)?,
        }
        Ok(total.composite(self.presence_weight))
    }
}

impl<P: Probability, const CLASSES: usize> Default for Candidates<P, CLASSES> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Probability, const CLASSES: usize> fmt::Debug for Candidates<P, CLASSES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.candidates.iter().map(|candidate| &candidate.name)).finish()
    }
}

impl<P: Probability, const CLASSES: usize> FitDecoder<P, CLASSES> for Candidates<P, CLASSES> {
    type Fitted = ChosenDecoder<P, CLASSES>;

    fn fit(&self, training: &Training<'_, P, CLASSES>) -> Result<Self::Fitted, Error> {
        check_presence_weight(self.presence_weight)?;
        training.check_not_empty("a decoder")?;
        let mut best: Option<(&Candidate<P, CLASSES>, f64)> = None;
        for candidate in &self.candidates {
            let composite = self.validate(candidate, training)?;
            if best.is_none_or(|(_, best)| composite > best) {
                best = Some((candidate, composite));
            }
        }
        let (chosen, composite) = best.ok_or(Error::NoCandidates)?;
        let decoder = chosen.fit.fit_boxed(training)?;
        Ok(ChosenDecoder { name: chosen.name.clone(), composite, decoder })
    }
}

/// The decoder that [`Candidates`] chose.
///
/// ```
/// use blemore_eval::{Candidates, Decoder, FitDecoder, GridSearch, Probabilities, Training};
///
/// let probabilities = Probabilities::new(vec![[0.9, 0.1, 0.0, 0.0, 0.0, 0.0]])?;
/// let labels = ["ang".parse()?];
/// let chosen = Candidates::new()
///     .with("grid", GridSearch::default())
///     .fit(&Training::new(&probabilities, &labels)?)?;
/// assert_eq!((chosen.name(), chosen.composite()), ("grid", 0.5));
/// assert_eq!(chosen.decode(&[0.0, 1.0, 0.0, 0.0, 0.0, 0.0]).to_string(), "disg");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ChosenDecoder<P: Probability, const CLASSES: usize = { Emotion::COUNT }> {
    name: String,
    composite: f64,
    decoder: Box<dyn Decoder<P, CLASSES>>,
}

impl<P: Probability, const CLASSES: usize> ChosenDecoder<P, CLASSES> {
    /// The name under which the candidate was added.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The composite score that the choice was made by, from 0 to 1.
    pub fn composite(&self) -> f64 {
        self.composite
    }
}

impl<P: Probability, const CLASSES: usize> fmt::Debug for ChosenDecoder<P, CLASSES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChosenDecoder")
            .field("name", &self.name)
            .field("composite", &self.composite)
            .finish_non_exhaustive()
    }
}

impl<P: Probability, const CLASSES: usize> Decoder<P, CLASSES> for ChosenDecoder<P, CLASSES> {
    fn decode(&self, row: &[P; CLASSES]) -> Label {
        self.decoder.decode(row)
    }
}

/// [`FitDecoder`] without its associated type, so that different ones fit into one list.
trait FitBoxed<P: Probability, const CLASSES: usize> {
    fn fit_boxed(&self, training: &Training<'_, P, CLASSES>) -> Result<Box<dyn Decoder<P, CLASSES>>, Error>;
}

impl<P: Probability, const CLASSES: usize, F> FitBoxed<P, CLASSES> for F
where
    F: FitDecoder<P, CLASSES>,
    F::Fitted: 'static,
{
    fn fit_boxed(&self, training: &Training<'_, P, CLASSES>) -> Result<Box<dyn Decoder<P, CLASSES>>, Error> {
        Ok(Box::new(self.fit(training)?))
    }
}
