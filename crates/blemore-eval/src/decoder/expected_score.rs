//! The label that is worth most on average.

use blemore_labels::{Label, PresenceClass};

use super::Decoder;
use super::argmax::best_label;
use crate::search::check_presence_weight;
use crate::{Error, Probability};

/// The label with the largest expected share of the composite score `w * ACC_presence + (1 - w) * ACC_salience`.
///
/// Of N clips, M blended, a clip adds `w / N` when its emotions are right and, if its truth is a blend, `(1 - w) / M`
/// when its saliences are right too. With a probability q for each of the 36 labels and the share M / N of blended
/// clips, a label is therefore worth `w * sum(q of the labels with its emotions)`, and a blend
/// `(1 - w) / (M / N) * q(label)` more. This differs from the most probable label: a blend that is uncertain only in
/// its ratio is worth more than any of its three labels' probabilities says.
///
/// ```
/// use blemore_eval::{ArgmaxDecoder, Decoder, ExpectedScoreDecoder};
/// use blemore_labels::Label;
///
/// let mut row = [0.0; 36];
/// for (label, probability) in [("hap", 0.34), ("ang+hap 50/50", 0.33), ("ang+hap 30/70", 0.33)] {
///     row[label.parse::<Label>()?.index()] = probability;
/// }
/// assert_eq!(ArgmaxDecoder.decode(&row).to_string(), "hap");
/// let decoder = ExpectedScoreDecoder::new(0.5, 0.5)?;
/// assert_eq!(decoder.decode(&row).to_string(), "ang+hap 50/50");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExpectedScoreDecoder {
    presence_weight: f64,
    /// The worth of right saliences: `(1 - w) / (M / N)`, or 0 where no clip is blended.
    salience_worth: f64,
}

impl ExpectedScoreDecoder {
    /// A decoder for the weight `w` of ACC_presence and the share of blended clips, both from 0 to 1.
    ///
    /// # Errors
    /// [`Error::Setting`] for numbers out of range.
    pub fn new(presence_weight: f64, blend_share: f64) -> Result<Self, Error> {
        let presence_weight = check_presence_weight(presence_weight)?;
        Error::check_share("the share of blended clips", blend_share)?;
        // A share that is not 0 but so small that the quotient overflows would make the worth infinite.
        let worth = (1.0 - presence_weight) / blend_share;
        let salience_worth = if blend_share > 0.0 { worth.min(f64::MAX) } else { 0.0 };
        Ok(Self { presence_weight, salience_worth })
    }
}

impl<P: Probability> Decoder<P, { Label::COUNT }> for ExpectedScoreDecoder {
    fn decode(&self, row: &[P; Label::COUNT]) -> Label {
        let mut presence = [0.0; PresenceClass::COUNT];
        for label in Label::all() {
            presence[label.presence().index()] += row[label.index()].into();
        }
        best_label(|label| {
            let of_presence = self.presence_weight * presence[label.presence().index()];
            let of_salience =
                if label.is_blend() { self.salience_worth * row[label.index()].into() } else { 0.0 };
            of_presence + of_salience
        })
    }
}
