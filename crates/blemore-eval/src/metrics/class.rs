//! Precision, recall and F1 of single classes, and their means.

use blemore_labels::{Emotion, PresenceClass};

use crate::Count;

/// How well one class is found, from exact counts.
///
/// A ratio whose denominator is 0 (the precision of a class that is never predicted) is 0, as scikit-learn has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassMetrics<C> {
    /// The class.
    pub class: C,
    /// Clips of the class that were predicted to be of it.
    pub true_positives: u64,
    /// Clips of other classes that were predicted to be of it.
    pub false_positives: u64,
    /// Clips of the class that were predicted to be something else.
    pub false_negatives: u64,
}

impl<C> ClassMetrics<C> {
    /// The share of right ones among the predictions of the class, from 0 to 1.
    pub fn precision(&self) -> f64 {
        ratio(self.true_positives, self.true_positives + self.false_positives)
    }

    /// The share of found ones among the clips of the class, from 0 to 1.
    pub fn recall(&self) -> f64 {
        ratio(self.true_positives, self.support())
    }

    /// The harmonic mean of precision and recall, from 0 to 1.
    pub fn f1(&self) -> f64 {
        let doubled = 2 * self.true_positives;
        ratio(doubled, doubled + self.false_positives + self.false_negatives)
    }

    /// The number of clips of the class.
    pub fn support(&self) -> u64 {
        self.true_positives + self.false_negatives
    }

    fn occurs(&self) -> bool {
        self.support() + self.false_positives > 0
    }
}

fn ratio(correct: u64, total: u64) -> f64 {
    Count { correct, total }.ratio()
}

/// Unweighted means over classes: every class counts the same, however rare.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct AverageMetrics {
    /// Mean precision over the classes that occur in the truth or in the predictions, as scikit-learn's `macro`.
    pub precision: f64,
    /// Mean recall over the same classes.
    pub recall: f64,
    /// Mean F1 over the same classes.
    pub f1: f64,
    /// Unweighted average recall: mean recall over the classes that occur in the truth (balanced accuracy).
    pub uar: f64,
    /// The number of classes that occur in the truth or in the predictions.
    pub classes: usize,
}

impl AverageMetrics {
    /// Means over classes; all 0 when none occurs.
    pub(super) fn of<C>(classes: &[ClassMetrics<C>]) -> Self {
        let occurring: Vec<&ClassMetrics<C>> = classes.iter().filter(|class| class.occurs()).collect();
        let mean = |classes: &[&ClassMetrics<C>], of: fn(&ClassMetrics<C>) -> f64| {
            classes.iter().copied().map(of).sum::<f64>() / classes.len().max(1) as f64
        };
        let in_truth: Vec<&ClassMetrics<C>> =
            occurring.iter().copied().filter(|class| class.support() > 0).collect();
        Self {
            precision: mean(&occurring, ClassMetrics::precision),
            recall: mean(&occurring, ClassMetrics::recall),
            f1: mean(&occurring, ClassMetrics::f1),
            uar: mean(&in_truth, ClassMetrics::recall),
            classes: occurring.len(),
        }
    }
}

/// Each emotion as a yes-or-no question: is it among the emotions of the clip? A prediction that is no presence class
/// answers no to all.
pub(super) fn of_emotions(
    sets: impl Iterator<Item = (PresenceClass, Option<PresenceClass>)>,
) -> Vec<ClassMetrics<Emotion>> {
    let empty = |class| ClassMetrics { class, true_positives: 0, false_positives: 0, false_negatives: 0 };
    let mut emotions = Emotion::ALL.map(empty);
    for (truth, predicted) in sets {
        for metrics in &mut emotions {
            let is_there = truth.contains(metrics.class);
            let is_predicted = predicted.is_some_and(|class| class.contains(metrics.class));
            metrics.true_positives += u64::from(is_there && is_predicted);
            metrics.false_positives += u64::from(is_predicted && !is_there);
            metrics.false_negatives += u64::from(is_there && !is_predicted);
        }
    }
    emotions.to_vec()
}
