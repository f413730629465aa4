//! How clips split over single emotions and the kinds of blends.

use blemore_labels::{Label, Ratio};
use serde::Serialize;

use super::Guess;

/// How many clips are single emotions, 50/50 blends and 70/30 blends (in either direction).
///
/// ```
/// use blemore_eval::Split;
/// use blemore_labels::Label;
///
/// let split: Split = Label::all().map(Some).collect();
/// assert_eq!(split, Split { single: 6, equal: 10, unequal: 20, other: 0 });
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Split {
    /// Single emotions.
    pub single: u64,
    /// 50/50 blends.
    pub equal: u64,
    /// 70/30 and 30/70 blends.
    pub unequal: u64,
    /// What is none of the 36 labels; 0 in the truth.
    pub other: u64,
}

impl Split {
    /// All clips.
    pub fn total(self) -> u64 {
        self.single + self.equal + self.unequal + self.other
    }
}

impl FromIterator<Option<Label>> for Split {
    fn from_iter<I: IntoIterator<Item = Option<Label>>>(labels: I) -> Self {
        let mut split = Self::default();
        for label in labels {
            match label {
                Some(Label::Single(_)) => split.single += 1,
                Some(Label::Blend(blend)) if blend.ratio() == Ratio::Equal => split.equal += 1,
                Some(Label::Blend(_)) => split.unequal += 1,
                None => split.other += 1,
            }
        }
        split
    }
}

/// The split of the truth beside that of the predictions: a system that never predicts 50/50 shows here.
///
/// ```
/// use blemore_eval::Metrics;
///
/// let split = Metrics::of_labels(&["ang+sad 50/50".parse()?], &["ang+sad 70/30".parse()?])?.split;
/// assert_eq!((split.truth.equal, split.predicted.unequal), (1, 1));
/// # Ok::<(), blemore_eval::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SplitComparison {
    /// What the clips show.
    pub truth: Split,
    /// What was predicted for them.
    pub predicted: Split,
}

impl SplitComparison {
    pub(super) fn of(guesses: impl Iterator<Item = Guess> + Clone) -> Self {
        Self {
            truth: guesses.clone().map(|guess| Some(guess.truth)).collect(),
            predicted: guesses.map(|guess| guess.label).collect(),
        }
    }
}
