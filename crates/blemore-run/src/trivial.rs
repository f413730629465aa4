//! The paper's two trivial baselines (section V): always the most frequent single emotion, always the most frequent blend.

use blemore_data::{Folds, Metadata};
use blemore_eval::{MeanStd, PerMeasure, Scores};
use blemore_labels::Label;
use serde::Serialize;

use crate::Error;

/// Both trivial baselines, on the validation folds and on the test clips.
///
/// Serialises to the document that `blemore trivial --json` prints.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrivialBaselines {
    /// Always the most frequent single emotion.
    pub single: TrivialBaseline,
    /// Always the most frequent blend, ratio included.
    pub blend: TrivialBaseline,
}

/// One trivial baseline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrivialBaseline {
    /// The class of each fold is counted on the other folds.
    pub validation: PerMeasure<MeanStd>,
    /// The class is counted on the whole training partition.
    pub test: PerMeasure<f64>,
}

/// The trivial baselines of a training partition with folds and a test partition.
///
/// Of equally frequent classes the one that comes first in [`Label::all`] is taken.
///
/// # Errors
/// When a clip or an actor is in both partitions, a clip has no label, or the training metadata has no usable folds.
pub fn trivial_baselines(train: &Metadata, test: &Metadata) -> Result<TrivialBaselines, Error> {
    train.require_separate(test)?;
    let train_labels = train.labels()?;
    let test_labels = test.labels()?;
    let folds = Folds::new(train)?;
    let baseline = |kind: Kind| -> Result<TrivialBaseline, Error> {
        let mut scores = Vec::with_capacity(folds.count());
        for &fold in folds.names() {
            let split = folds.split(fold)?;
            let class = kind.most_frequent(split.train.iter().map(|row| train_labels[*row]));
            let held_out: Vec<Label> = split.validation.iter().map(|row| train_labels[*row]).collect();
            scores.push(kind.score_constant(class, &held_out)?);
        }
        let class = kind.most_frequent(train_labels.iter().copied());
        Ok(TrivialBaseline {
            validation: PerMeasure::spread(scores.into_iter().map(Scores::accuracies)),
            test: kind.score_constant(class, &test_labels)?.accuracies(),
        })
    };
    Ok(TrivialBaselines { single: baseline(Kind::Single)?, blend: baseline(Kind::Blend)? })
}

#[derive(Clone, Copy)]
enum Kind {
    Single,
    Blend,
}

impl Kind {
    fn most_frequent(self, labels: impl Iterator<Item = Label>) -> Option<Label> {
        let mut counts = [0u64; Label::COUNT];
        for label in labels {
            counts[label.index()] += 1;
        }
        let mut winner: Option<Label> = None;
        for label in Label::all().filter(|label| label.is_blend() == matches!(self, Kind::Blend)) {
            let most = winner.map_or(0, |label| counts[label.index()]);
            if counts[label.index()] > most {
                winner = Some(label);
            }
        }
        winner
    }

    /// The scores of giving every clip the same class.
    fn score_constant(self, class: Option<Label>, truth: &[Label]) -> Result<Scores, Error> {
        let kind = match self {
            Self::Single => "single emotion",
            Self::Blend => "blend",
        };
        let class = class.ok_or(Error::NoClassToLearn { kind })?;
        Ok(Scores::of_labels(truth, &vec![class; truth.len()])?)
    }
}
