//! The most probable label.

use blemore_labels::Label;

use super::Decoder;
use crate::Probability;

/// The most probable of the 36 labels; of equal ones, the first in the order of [`Label::all`].
///
/// It needs a probability for each label, from a model with 36 outputs or from a [`LabelModel`](crate::LabelModel).
///
/// ```
/// use blemore_eval::{ArgmaxDecoder, Decoder};
/// use blemore_labels::Label;
///
/// let expected: Label = "fea+sad 30/70".parse()?;
/// let mut row = [0.02; 36];
/// row[expected.index()] = 0.3;
/// assert_eq!(ArgmaxDecoder.decode(&row), expected);
/// # Ok::<(), blemore_labels::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ArgmaxDecoder;

impl<P: Probability> Decoder<P, { Label::COUNT }> for ArgmaxDecoder {
    fn decode(&self, row: &[P; Label::COUNT]) -> Label {
        best_label(|label| row[label.index()].into())
    }
}

/// The label with the largest value; of equal ones, the first.
pub(super) fn best_label(value: impl Fn(Label) -> f64) -> Label {
    let first = Label::Single(blemore_labels::Emotion::ALL[0]);
    let mut best = (first, value(first));
    for label in Label::all().skip(1) {
        let value = value(label);
        if value > best.1 {
            best = (label, value);
        }
    }
    best.0
}
