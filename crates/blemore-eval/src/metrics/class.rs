//! Precision, recall and F1 of single classes, and their means.

use std::fmt;

use blemore_labels::Emotion;
use serde::{Serialize, Serializer};

use super::Guess;

/// How well one class is found, from exact counts.
///
/// A ratio whose denominator is 0 (the precision of a class that is never predicted) is 0, as scikit-learn has it.
///
/// ```
/// use blemore_eval::ClassMetrics;
///
/// let class = ClassMetrics { class: "ang", true_positives: 3, false_positives: 1, false_negatives: 2 };
/// assert_eq!((class.precision(), class.recall()), (0.75, 0.6));
/// assert!((class.f1() - 2.0 / 3.0).abs() < 1e-15);
/// assert_eq!(class.support(), 5);
/// ```
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

impl<C: fmt::Display> Serialize for ClassMetrics<C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct View {
            class: String,
            precision: f64,
            recall: f64,
            f1: f64,
            support: u64,
            true_positives: u64,
            false_positives: u64,
            false_negatives: u64,
        }
        View {
            class: self.class.to_string(),
            precision: self.precision(),
            recall: self.recall(),
            f1: self.f1(),
            support: self.support(),
            true_positives: self.true_positives,
            false_positives: self.false_positives,
            false_negatives: self.false_negatives,
        }
        .serialize(serializer)
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Unweighted means over classes: every class counts the same, however rare.
///
/// ```
/// use blemore_eval::{AverageMetrics, ClassMetrics};
///
/// let class = |class, true_positives, false_positives, false_negatives| ClassMetrics {
///     class, true_positives, false_positives, false_negatives,
/// };
/// let average = AverageMetrics::of(&[class("ang", 1, 0, 1), class("sad", 2, 1, 0), class("fea", 0, 0, 0)]);
/// assert_eq!(average.uar, 0.75);
/// assert_eq!(average.classes, 2);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
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
    pub fn of<C>(classes: &[ClassMetrics<C>]) -> Self {
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
pub(super) fn of_emotions(guesses: impl Iterator<Item = Guess>) -> Vec<ClassMetrics<Emotion>> {
    let empty = |class| ClassMetrics { class, true_positives: 0, false_positives: 0, false_negatives: 0 };
    let mut emotions = Emotion::ALL.map(empty);
    for guess in guesses {
        for metrics in &mut emotions {
            let is_there = guess.truth.presence().contains(metrics.class);
            let is_predicted = guess.presence.is_some_and(|class| class.contains(metrics.class));
            match (is_there, is_predicted) {
                (true, true) => metrics.true_positives += 1,
                (false, true) => metrics.false_positives += 1,
                (true, false) => metrics.false_negatives += 1,
                (false, false) => {}
            }
        }
    }
    emotions.to_vec()
}
