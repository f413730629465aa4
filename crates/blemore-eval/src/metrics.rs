//! Beyond the two accuracies: which classes are found, what they are taken for, and how far probabilities can be trusted.

mod calibration;
mod class;
mod confusion;
mod divergence;

use blemore_labels::{Emotion, Label, PresenceClass};

pub use self::calibration::{Calibration, ReliabilityBin, ReliabilityCurve};
pub use self::class::{AverageMetrics, ClassMetrics};
pub use self::confusion::ConfusionMatrix;
pub use self::divergence::Divergence;
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
/// # Ok::<(), blemore_eval::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
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
}

impl Metrics {
    /// Compares labels, both shape `(N,)` and in the same order.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] unless there is one predicted label for each true one.
    pub fn of_labels(truth: &[Label], predicted: &[Label]) -> Result<Self, Error> {
        Error::check_parallel(("true labels", truth.len()), ("predicted labels", predicted.len()))?;
        let pairs = truth.iter().zip(predicted);
        Ok(Self::of_guesses(pairs.map(|(&truth, &label)| (truth, Some(label.presence()), Some(label)))))
    }

    /// Metrics of scored predictions, some of which may be none of the 36 labels: these count as wrong, in the
    /// column of their own that a [`ConfusionMatrix`] has for them.
    pub fn of_report(report: &ScoreReport) -> Self {
        Self::of_guesses(report.outcomes.iter().map(|clip| (clip.truth, clip.presence, clip.label)))
    }

    /// Of the truth of each clip, and of the set and the label predicted for it.
    fn of_guesses(
        guesses: impl Iterator<Item = (Label, Option<PresenceClass>, Option<Label>)> + Clone,
    ) -> Self {
        let sets = guesses.clone().map(|(truth, presence, _)| (truth.presence(), presence));
        let label_confusion: ConfusionMatrix<Label> =
            guesses.clone().map(|(truth, _, label)| (truth, label)).collect();
        let presence_confusion: ConfusionMatrix<PresenceClass> = sets.clone().collect();
        let emotions = class::of_emotions(sets);
        let (presence_classes, labels) = (presence_confusion.classes(), label_confusion.classes());
        Self {
            scores: guesses.map(|(truth, presence, label)| Scores::of_clip(truth, presence, label)).sum(),
            emotion_average: AverageMetrics::of(&emotions),
            presence_average: AverageMetrics::of(&presence_classes),
            label_average: AverageMetrics::of(&labels),
            emotions,
            presence_classes,
            labels,
            presence_confusion,
            label_confusion,
        }
    }
}
