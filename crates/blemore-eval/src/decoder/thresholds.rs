//! The paper's decoder.

use blemore_labels::{Emotion, Label};

use super::{Decoder, FitDecoder, Training};
use crate::{Error, ExactSearch, GridSearch, Probability, Thresholds, decode};

/// The paper's way from six probabilities to a label: [`decode`] at fixed [`Thresholds`].
///
/// It is fitted by a [`GridSearch`] or an [`ExactSearch`].
///
/// ```
/// use blemore_eval::{Decoder, ThresholdDecoder, Thresholds};
///
/// let decoder = ThresholdDecoder { thresholds: Thresholds { alpha: 0.1, beta: 0.2 } };
/// assert_eq!(decoder.decode(&[0.5_f32, 0.4, 0.1, 0.0, 0.0, 0.0]).to_string(), "ang+disg 50/50");
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ThresholdDecoder {
    /// The presence and the salience threshold.
    pub thresholds: Thresholds,
}

impl<P: Probability> Decoder<P> for ThresholdDecoder {
    fn decode(&self, row: &[P; Emotion::COUNT]) -> Label {
        decode(row, self.thresholds)
    }
}

impl<P: Probability> FitDecoder<P> for GridSearch {
    type Fitted = ThresholdDecoder;

    fn fit(&self, training: &Training<'_, P>) -> Result<ThresholdDecoder, Error> {
        let found = self.search(training.probabilities(), training.labels())?;
        Ok(ThresholdDecoder { thresholds: found.thresholds })
    }
}

impl<P: Probability> FitDecoder<P> for ExactSearch {
    type Fitted = ThresholdDecoder;

    fn fit(&self, training: &Training<'_, P>) -> Result<ThresholdDecoder, Error> {
        let found = self.search(training.probabilities(), training.labels())?;
        Ok(ThresholdDecoder { thresholds: found.thresholds })
    }
}
