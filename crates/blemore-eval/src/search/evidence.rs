//! What one clip says about the thresholds.

use blemore_labels::{Emotion, Label, Ratio};

use crate::Probability;
use crate::thresholds::TopTwo;

/// Where in the plane of thresholds a clip is decoded right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Evidence {
    /// Nowhere.
    Never,
    /// Everywhere: a single emotion whose pair cannot blend.
    Always,
    /// A single emotion, right where alpha is above `runner_up`.
    Single {
        /// Second largest probability.
        runner_up: f64,
    },
    /// A blend, its presence right where alpha is at most `runner_up`.
    Blend {
        /// Second largest probability.
        runner_up: f64,
        /// Where its salience is right as well.
        salience: SalienceEvidence,
    },
}

/// For which beta the salience of a blend is right, given that its presence is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum SalienceEvidence {
    /// For none: the truth is dominated by the emotion with the smaller probability.
    Never,
    /// Truth 50/50: where beta is at least this difference.
    AtLeast(f64),
    /// Truth 70/30 for the larger one: where beta is below this difference.
    Below(f64),
}

impl Evidence {
    pub(super) fn of<P: Probability>(row: &[P; Emotion::COUNT], truth: Label) -> Self {
        let pair = TopTwo::of(row);
        match truth {
            Label::Single(emotion) if emotion != pair.first => Self::Never,
            Label::Single(_) if pair.can_blend() => Self::Single { runner_up: pair.runner_up },
            Label::Single(_) => Self::Always,
            Label::Blend(blend) => {
                if pair.in_emotion_order() != (blend.first(), blend.second()) {
                    return Self::Never;
                }
                let salience = match blend.ratio() {
                    Ratio::Equal => SalienceEvidence::AtLeast(pair.difference),
                    ratio if ratio == pair.dominance => SalienceEvidence::Below(pair.difference),
                    _ => SalienceEvidence::Never,
                };
                Self::Blend { runner_up: pair.runner_up, salience }
            }
        }
    }
}
