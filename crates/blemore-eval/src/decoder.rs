//! From probabilities to labels in two other ways than by the paper's thresholds.
//!
//! A decoder sees probabilities alone. What is learned from labels, of training clips, is a [`LabelModel`].

mod argmax;
mod expected_score;
mod label_model;

pub use argmax::ArgmaxDecoder;
pub use expected_score::ExpectedScoreDecoder;
pub use label_model::LabelModel;

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

/// The clips that a [`LabelModel`] is fitted on: N rows of probabilities and N true labels.
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
pub struct Training<'a, P> {
    probabilities: &'a Probabilities<P>,
    labels: &'a [Label],
}

impl<'a, P: Probability> Training<'a, P> {
    /// Joins probabilities and labels.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] unless there is one label for each row.
    pub fn new(probabilities: &'a Probabilities<P>, labels: &'a [Label]) -> Result<Self, Error> {
        probabilities.check_parallel("labels", labels.len())?;
        Ok(Self { probabilities, labels })
    }

    /// The probabilities, shape `(N, 6)`.
    pub fn probabilities(&self) -> &'a Probabilities<P> {
        self.probabilities
    }

    /// The N true labels.
    pub fn labels(&self) -> &'a [Label] {
        self.labels
    }

    /// Refuses an empty training set.
    fn check_not_empty(&self, what: &'static str) -> Result<(), Error> {
        if self.labels.is_empty() { Err(Error::NoClips { what }) } else { Ok(()) }
    }
}
