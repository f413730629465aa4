//! From six probabilities to a label by two thresholds: the paper's aggregation of a model's output.

use blemore_labels::{Blend, Emotion, Label, Ratio};
use serde::{Deserialize, Serialize};

use crate::{Probabilities, Probability};

/// The presence threshold alpha and the salience threshold beta (section "From probabilities to predictions").
///
/// An emotion counts as present when its probability is at least `alpha`; two present emotions count as equally
/// salient when their probabilities differ by at most `beta`. Any real number is allowed; useful ones lie in
/// `[0, 0.5]` and `[0, 1]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// Least probability of an emotion that is present.
    pub alpha: f64,
    /// Largest difference of the probabilities of two emotions that are equally salient.
    pub beta: f64,
}

impl std::fmt::Display for Thresholds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "alpha {}, beta {}", self.alpha, self.beta)
    }
}

/// The label that six probabilities, in the order of [`Emotion::ALL`], stand for.
///
/// 1. Only the two largest count; of equal ones, those that come first in the order of the emotions.
/// 2. If the second is below alpha, the largest alone is the label.
/// 3. If one of the two is neutral, the larger alone is the label: no blend holds neutral.
/// 4. Otherwise it is a blend: 50/50 if the two differ by at most beta, else 70/30 for the larger.
///
/// Two equal probabilities with a negative beta give 30/70, as in the published code. The difference is taken in `P`;
/// the comparisons with the thresholds in `f64`. The values need not be probabilities: NaNs are never the larger of
/// two values.
///
/// ```
/// use blemore_eval::{Thresholds, decode};
///
/// let thresholds = Thresholds { alpha: 0.1, beta: 0.15 };
/// assert_eq!(decode(&[0.02, 0.9, 0.02, 0.02, 0.02, 0.02], thresholds).to_string(), "disg");
/// assert_eq!(decode(&[0.4, 0.05, 0.05, 0.45, 0.05, 0.0], thresholds).to_string(), "ang+hap 50/50");
/// assert_eq!(decode(&[0.6, 0.05, 0.05, 0.3, 0.0, 0.0], thresholds).to_string(), "ang+hap 70/30");
/// assert_eq!(decode(&[0.3, 0.0, 0.0, 0.1, 0.0, 0.6], thresholds).to_string(), "neu");
/// ```
pub fn decode<P: Probability>(probabilities: &[P; Emotion::COUNT], thresholds: Thresholds) -> Label {
    let pair = TopTwo::of(probabilities);
    let single = Label::Single(pair.first);
    if pair.is_single_at(thresholds.alpha) {
        return single;
    }
    let ratio = if pair.difference <= thresholds.beta { Ratio::Equal } else { pair.dominance };
    let (early, late) = pair.in_emotion_order();
    // Two different emotions, neither of them neutral, always form a blend.
    Blend::new(early, late, ratio).map_or(single, Label::Blend)
}

/// The label of each clip, in order.
pub fn decode_all<P: Probability>(probabilities: &Probabilities<P>, thresholds: Thresholds) -> Vec<Label> {
    probabilities.iter().map(|row| decode(row, thresholds)).collect()
}

/// All that decoding needs to know of a row: the two largest probabilities.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TopTwo {
    /// The emotion with the largest probability.
    pub(crate) first: Emotion,
    /// The one after it.
    pub(crate) second: Emotion,
    /// The second largest probability.
    pub(crate) runner_up: f64,
    /// How far the two are apart, subtracted in the precision of the row.
    pub(crate) difference: f64,
    /// The ratio when they are further apart than beta.
    pub(crate) dominance: Ratio,
}

impl TopTwo {
    pub(crate) fn of<P: Probability>(row: &[P; Emotion::COUNT]) -> Self {
        let (mut first, mut second) = if row[1] > row[0] { (1, 0) } else { (0, 1) };
        for candidate in 2..Emotion::COUNT {
            if row[candidate] > row[first] {
                (first, second) = (candidate, first);
            } else if row[candidate] > row[second] {
                second = candidate;
            }
        }
        let earlier_is_larger = row[first.min(second)] > row[first.max(second)];
        Self {
            first: Emotion::ALL[first],
            second: Emotion::ALL[second],
            runner_up: row[second].into(),
            difference: row[first].distance(row[second]),
            dominance: if earlier_is_larger { Ratio::FirstDominant } else { Ratio::SecondDominant },
        }
    }

    /// Whether the pair can be a blend at all.
    pub(crate) fn can_blend(&self) -> bool {
        self.first.blends() && self.second.blends()
    }

    /// Whether only the largest is left at this presence threshold.
    ///
    /// The largest being below alpha needs no test of its own: then the second is below it too, and the largest alone
    /// is the label in both cases. With a neutral in the pair the larger one wins, the earlier of equal ones, which is
    /// `first` again.
    fn is_single_at(&self, alpha: f64) -> bool {
        !self.can_blend() || self.runner_up < alpha
    }

    pub(crate) fn in_emotion_order(&self) -> (Emotion, Emotion) {
        if self.first.index() < self.second.index() {
            (self.first, self.second)
        } else {
            (self.second, self.first)
        }
    }
}
