//! What can be wrong with a file of predictions, clip by clip.

use std::fmt;
use std::sync::Arc;

use blemore_base::text::Excerpt;
use blemore_labels::Emotion;
use serde::{Serialize, Serializer};

/// One thing that is wrong with the predictions, and the clip that it is about.
///
/// As JSON it has the keys `clip`, `kind` (such as `no_truth`) and `message`.
#[derive(Debug, Clone, PartialEq)]
pub struct Issue {
    /// The clip, or the key of the file where it is no clip name.
    pub clip: Arc<str>,
    /// What is wrong.
    pub kind: IssueKind,
}

impl Issue {
    /// Joins a clip and what is wrong with its prediction.
    pub fn new(clip: impl Into<Arc<str>>, kind: IssueKind) -> Self {
        Self { clip: clip.into(), kind }
    }
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", Excerpt(&self.clip).bare(), self.kind)
    }
}

impl Serialize for Issue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let message = self.kind.to_string();
        serializer.collect_map([("clip", &*self.clip), ("kind", self.kind.name()), ("message", &message)])
    }
}

/// What is wrong with the prediction of a clip; its text says what to do.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum IssueKind {
    /// A key that is no clip name.
    #[error("not a clip of the dataset: {problem}")]
    NotAClip {
        /// What is wrong with the name.
        problem: String,
    },
    /// A prediction for a clip whose truth is not known; it is not scored.
    #[error("there is a prediction but no truth: give the clip's label, or leave the prediction out")]
    NoTruth,
    /// A clip whose truth is known but that has no prediction; it is not scored.
    #[error("there is no prediction: add one")]
    NoPrediction,
    /// A clip that comes more than once; the last one counts, as JSON readers have it.
    #[error("predicted {times} times, of which the last counts: keep one")]
    DuplicateClip {
        /// How often the clip comes.
        times: usize,
    },
    /// A code that is none of the six emotions.
    #[error("unknown emotion {}: use one of ang, disg, fea, hap, sad, neu", Excerpt(found))]
    UnknownEmotion {
        /// The code.
        found: Arc<str>,
    },
    /// An emotion that comes more than once.
    #[error("{emotion} comes more than once: give each emotion one salience")]
    DuplicateEmotion {
        /// The emotion.
        emotion: Emotion,
    },
    /// A NaN or an infinity for a salience.
    #[error("the salience of {} is {found}: give a percentage from 0 to 100", Excerpt(emotion).bare())]
    NonFiniteSalience {
        /// The emotion's code.
        emotion: Box<str>,
        /// The salience.
        found: f64,
    },
    /// A salience below 0.
    #[error("the salience of {} is {found}: give a percentage from 0 to 100", Excerpt(emotion).bare())]
    NegativeSalience {
        /// The emotion's code.
        emotion: Box<str>,
        /// The salience.
        found: f64,
    },
    /// A text for a salience; it counts as the number that it holds.
    #[error(
        "the salience of {} is the text {}: write a number, without quotation marks",
        Excerpt(emotion).bare(),
        Excerpt(found)
    )]
    TextSalience {
        /// The emotion's code.
        emotion: Box<str>,
        /// The text.
        found: Box<str>,
    },
    /// A clip beside the map of predictions instead of in it; it is not scored.
    #[error("stands beside the key \"predictions\", and does not count: move it inside")]
    OutsidePredictions,
    /// A value that is not a list of `{"emotion": .., "salience": ..}`; it counts as wrong.
    #[error("{problem}: give a list such as [{{\"emotion\": \"hap\", \"salience\": 100.0}}]")]
    Malformed {
        /// What was found in its place.
        problem: String,
    },
    /// A clip that is not among those that a submission is expected to have.
    #[error("not among the expected clips: leave it out")]
    UnexpectedClip,
    /// A list without emotions.
    #[error("no emotion: give one, or the two of a blend")]
    NoEmotion,
    /// A list of more than two emotions.
    #[error("{found} emotions: give one, or the two of a blend")]
    TooManyEmotions {
        /// How many there are.
        found: usize,
    },
    /// Neutral beside another emotion.
    #[error("neutral is never part of a blend: predict it alone, or leave it out")]
    NeutralInBlend,
    /// Saliences that are not 100 (or 1) alone, 50/50, 70/30 or 30/70.
    #[error("saliences {found}: give 100 for a single emotion, 50/50, 70/30 or 30/70 for a blend")]
    IllegalSaliences {
        /// The saliences, in the order of the file.
        found: String,
    },
}

impl IssueKind {
    /// The kind in JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotAClip { .. } => "not_a_clip",
            Self::NoTruth => "no_truth",
            Self::NoPrediction => "no_prediction",
            Self::DuplicateClip { .. } => "duplicate_clip",
            Self::UnknownEmotion { .. } => "unknown_emotion",
            Self::DuplicateEmotion { .. } => "duplicate_emotion",
            Self::NonFiniteSalience { .. } => "non_finite_salience",
            Self::NegativeSalience { .. } => "negative_salience",
            Self::TextSalience { .. } => "text_salience",
            Self::OutsidePredictions => "outside_predictions",
            Self::Malformed { .. } => "malformed",
            Self::UnexpectedClip => "unexpected_clip",
            Self::NoEmotion => "no_emotion",
            Self::TooManyEmotions { .. } => "too_many_emotions",
            Self::NeutralInBlend => "neutral_in_blend",
            Self::IllegalSaliences { .. } => "illegal_saliences",
        }
    }
}
