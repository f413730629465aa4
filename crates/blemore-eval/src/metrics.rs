//! Beyond the two accuracies: which classes are found, what they are taken for, and how far probabilities can be trusted.

mod calibration;
mod class;
mod confusion;
mod divergence;
mod split;

use blemore_labels::{Emotion, Label, PresenceClass};
use serde::Serialize;

pub use self::calibration::{Calibration, ReliabilityBin, ReliabilityCurve};
pub use self::class::{AverageMetrics, ClassMetrics};
pub use self::confusion::{Class, ConfusionMatrix};
pub use self::divergence::Divergence;
pub use self::split::{Split, SplitComparison};
use crate::scores::check_parallel;
use crate::{Error, ScoreReport, Scores};

/// Everything that counts of labels can say of a system.
///
/// ```
/// use blemore_eval::Metrics;
/// use blemore_labels::{Emotion, Label};
///
/// let truth: [Label; 3] = ["ang".parse()?, "ang+hap 70/30".parse()?, "sad".parse()?];
/// let predicted: [Label; 3] = ["ang".parse()?, "ang+hap 50/50".parse()?, "ang".parse()?];
/// let metrics = Metrics::of_labels(&truth, &predicted)?;
/// assert_eq!(metrics.scores.presence.to_string(), "2/3");
/// let anger = &metrics.emotions[Emotion::Anger.index()];
/// assert_eq!((anger.precision(), anger.recall()), (2.0 / 3.0, 1.0));
/// assert_eq!(metrics.presence_confusion.count("sad".parse()?, "ang".parse()?), 1);
/// assert_eq!(metrics.split.predicted.equal, 1);
/// # Ok::<(), blemore_eval::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Metrics {
    /// ACC_presence and ACC_salience.
    pub scores: Scores,
    /// Each of the six emotions, in emotion order: whether it is among the emotions of a clip.
    pub emotions: Vec<ClassMetrics<Emotion>>,
    /// Each of the 16 presence classes, ten of them blends, in the order of [`PresenceClass::all`].
    pub presence_classes: Vec<ClassMetrics<PresenceClass>>,
    /// Each of the 36 labels, in the order of [`Label::all`].
    pub labels: Vec<ClassMetrics<Label>>,
    /// Unweighted means over the emotions that occur.
    pub emotion_average: AverageMetrics,
    /// Unweighted means over the presence classes that occur.
    pub presence_average: AverageMetrics,
    /// Unweighted means over the labels that occur.
    pub label_average: AverageMetrics,
    /// What each presence class is taken for.
    pub presence_confusion: ConfusionMatrix<PresenceClass>,
    /// What each label is taken for.
    pub label_confusion: ConfusionMatrix<Label>,
    /// How clips split over single emotions, 50/50 and 70/30 blends, in truth and as predicted.
    pub split: SplitComparison,
}

impl Metrics {
    /// Compares labels, both shape `(N,)` and in the same order.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] unless there is one predicted label for each true one.
    pub fn of_labels(truth: &[Label], predicted: &[Label]) -> Result<Self, Error> {
        check_parallel("true labels", truth.len(), "predicted labels", predicted.len())?;
        Ok(Self::of_guesses(truth.iter().zip(predicted).map(|(&truth, &label)| Guess {
            truth,
            label: Some(label),
            presence: Some(label.presence()),
        })))
    }

    /// Metrics of scored predictions, some of which may be none of the 36 labels: these count as wrong, in the
    /// column of their own that a [`ConfusionMatrix`] has for them.
    pub fn of_report(report: &ScoreReport) -> Self {
        let guesses = report.outcomes.iter().map(|outcome| Guess {
            truth: outcome.truth,
            label: outcome.label,
            presence: outcome.presence,
        });
        Self { scores: report.scores, ..Self::of_guesses(guesses) }
    }

    fn of_guesses(guesses: impl Iterator<Item = Guess> + Clone) -> Self {
        let label_confusion: ConfusionMatrix<Label> =
            guesses.clone().map(|guess| (guess.truth, guess.label)).collect();
        let presence_confusion: ConfusionMatrix<PresenceClass> =
            guesses.clone().map(|guess| (guess.truth.presence(), guess.presence)).collect();
        let emotions = class::of_emotions(guesses.clone());
        let (presence_classes, labels) = (presence_confusion.classes(), label_confusion.classes());
        Self {
            scores: guesses.clone().map(Guess::scores).sum(),
            emotion_average: AverageMetrics::of(&emotions),
            presence_average: AverageMetrics::of(&presence_classes),
            label_average: AverageMetrics::of(&labels),
            emotions,
            presence_classes,
            labels,
            presence_confusion,
            label_confusion,
            split: SplitComparison::of(guesses),
        }
    }
}

/// The truth of one clip and what was predicted.
#[derive(Debug, Clone, Copy)]
struct Guess {
    truth: Label,
    label: Option<Label>,
    presence: Option<PresenceClass>,
}

impl Guess {
    fn scores(self) -> Scores {
        let presence = self.presence == Some(self.truth.presence());
        Scores::of_clip(
            self.truth,
            crate::scores::Verdict { presence, salience: self.label == Some(self.truth) },
        )
    }
}
