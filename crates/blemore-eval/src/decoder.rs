//! From probabilities to labels: the paper's two thresholds, and two other ways.
//!
//! A decoder is made in two steps that the types keep apart. *Fitting* sees probabilities and true labels, of training
//! clips, as a [`Training`]. *Decoding* sees probabilities alone. So no decoder can look at the labels that it will be
//! scored on, unless the caller trains it on them; [`nested_selection`](crate::nested_selection) never does.

mod argmax;
mod candidates;
mod expected_score;
mod label_model;
mod thresholds;

pub use argmax::ArgmaxDecoder;
pub use candidates::{Candidates, ChosenDecoder};
pub use expected_score::{ExpectedScoreDecoder, ExpectedScoreFit};
pub use label_model::{LabelModel, ModelledDecoder, ModelledFit};
pub use thresholds::ThresholdDecoder;

use blemore_labels::{Emotion, Label};

use crate::{Error, Probabilities, Probability};

/// Turns the probabilities of a clip into its label, without any label to look at.
///
/// `CLASSES` is 6 for the emotions, 36 for the labels in the order of [`Label::all`].
///
/// ```
/// use blemore_eval::{Decoder, Probability};
/// use blemore_labels::{Emotion, Label};
///
/// /// Answers with the largest probability.
/// struct SingleEmotion;
///
/// impl<P: Probability> Decoder<P> for SingleEmotion {
///     fn decode(&self, row: &[P; 6]) -> Label {
///         let largest = (1..6).fold(0, |best, index| if row[index] > row[best] { index } else { best });
///         Label::Single(Emotion::ALL[largest])
///     }
/// }
///
/// assert_eq!(SingleEmotion.decode(&[0.1, 0.2, 0.6, 0.1, 0.0, 0.0]).to_string(), "fea");
/// ```
pub trait Decoder<P: Probability, const CLASSES: usize = { Emotion::COUNT }> {
    /// The label of one clip.
    fn decode(&self, row: &[P; CLASSES]) -> Label;

    /// The label of each clip, in order.
    fn decode_all(&self, probabilities: &Probabilities<P, CLASSES>) -> Vec<Label> {
        probabilities.iter().map(|row| self.decode(row)).collect()
    }
}

/// Learns a [`Decoder`] from labelled training clips.
///
/// ```
/// use blemore_eval::{Decoder, FitDecoder, GridSearch, Probabilities, Training};
///
/// let probabilities = Probabilities::new(vec![[0.6, 0.4, 0.0, 0.0, 0.0, 0.0]])?;
/// let labels = ["ang+disg 70/30".parse()?];
/// let decoder = GridSearch::default().fit(&Training::new(&probabilities, &labels)?)?;
/// assert_eq!(decoder.decode(&[0.0, 0.0, 0.3_f64, 0.7, 0.0, 0.0]).to_string(), "fea+hap 30/70");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait FitDecoder<P: Probability, const CLASSES: usize = { Emotion::COUNT }> {
    /// What fitting gives.
    type Fitted: Decoder<P, CLASSES>;

    /// Learns from the training clips.
    ///
    /// # Errors
    /// [`Error::NoClips`] where there is nothing to learn from, and those of the decoder.
    fn fit(&self, training: &Training<'_, P, CLASSES>) -> Result<Self::Fitted, Error>;
}

/// The clips that a decoder is fitted on: N rows of probabilities, N true labels, and maybe the fold of each clip.
///
/// ```
/// use blemore_eval::{Error, Probabilities, Training};
///
/// let probabilities = Probabilities::new(vec![[0.6, 0.4, 0.0, 0.0, 0.0, 0.0]])?;
/// let refused = Training::new(&probabilities, &[]);
/// assert!(matches!(refused, Err(Error::LengthMismatch { .. })));
/// # Ok::<(), blemore_eval::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Training<'a, P, const CLASSES: usize = { Emotion::COUNT }> {
    probabilities: &'a Probabilities<P, CLASSES>,
    labels: &'a [Label],
    folds: Option<&'a [i64]>,
}

impl<'a, P: Probability, const CLASSES: usize> Training<'a, P, CLASSES> {
    /// Joins probabilities and labels.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] unless there is one label for each row.
    pub fn new(probabilities: &'a Probabilities<P, CLASSES>, labels: &'a [Label]) -> Result<Self, Error> {
        probabilities.check_parallel("labels", labels.len())?;
        Ok(Self { probabilities, labels, folds: None })
    }

    /// Adds the fold of each clip, for decoders that are chosen by cross-validation within the training clips.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] unless there is one fold for each row.
    pub fn with_folds(mut self, folds: &'a [i64]) -> Result<Self, Error> {
        self.probabilities.check_parallel("folds", folds.len())?;
        self.folds = Some(folds);
        Ok(self)
    }

    /// The probabilities, shape `(N, CLASSES)`.
    pub fn probabilities(&self) -> &'a Probabilities<P, CLASSES> {
        self.probabilities
    }

    /// The N true labels.
    pub fn labels(&self) -> &'a [Label] {
        self.labels
    }

    /// The N folds, if they were given.
    pub fn folds(&self) -> Option<&'a [i64]> {
        self.folds
    }

    /// Refuses an empty training set.
    fn check_not_empty(&self, what: &'static str) -> Result<(), Error> {
        if self.labels.is_empty() { Err(Error::NoClips { what }) } else { Ok(()) }
    }
}
