//! Confusion matrices over the 16 presence classes and the 36 labels.

use blemore_labels::{Label, PresenceClass};

use super::ClassMetrics;

/// How often each class is taken for each other, shape `(N, N + 1)`: rows are the truth, columns the prediction, and the
/// last column holds predictions that are none of the classes. The classes are the 16 of [`PresenceClass`] or the 36 of
/// [`Label`], in their order.
///
/// ```
/// use blemore_eval::ConfusionMatrix;
/// use blemore_labels::PresenceClass;
///
/// let (anger, sadness): (PresenceClass, PresenceClass) = ("ang".parse()?, "sad".parse()?);
/// let matrix: ConfusionMatrix<PresenceClass> =
///     [(anger, Some(anger)), (anger, Some(sadness)), (sadness, None)].into_iter().collect();
/// assert_eq!(matrix.count(anger, sadness), 1);
/// assert_eq!(matrix.unclassified(sadness), 1);
/// assert_eq!(matrix.support(anger), 2);
/// # Ok::<(), blemore_labels::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfusionMatrix<C> {
    classes: Vec<C>,
    /// Row-major.
    counts: Vec<u64>,
}

impl<C: Copy + PartialEq> ConfusionMatrix<C> {
    fn of(classes: Vec<C>, pairs: impl IntoIterator<Item = (C, Option<C>)>) -> Self {
        let counts = vec![0; classes.len() * (classes.len() + 1)];
        let mut matrix = Self { classes, counts };
        for (truth, predicted) in pairs {
            let cell = matrix.cell(truth, predicted);
            matrix.counts[cell] += 1;
        }
        matrix
    }

    fn cell(&self, truth: C, predicted: Option<C>) -> usize {
        let place = |class| self.classes.iter().take_while(|other| **other != class).count();
        place(truth) * (self.classes.len() + 1) + predicted.map_or(self.classes.len(), place)
    }

    /// The clips of class `truth` that were predicted to be of class `predicted`.
    pub fn count(&self, truth: C, predicted: C) -> u64 {
        self.counts[self.cell(truth, Some(predicted))]
    }

    /// The clips of class `truth` whose prediction is none of the classes.
    pub fn unclassified(&self, truth: C) -> u64 {
        self.counts[self.cell(truth, None)]
    }

    /// The clips of class `truth`.
    pub fn support(&self, truth: C) -> u64 {
        let end = self.cell(truth, None);
        self.counts[end - self.classes.len()..=end].iter().sum()
    }

    /// Precision, recall and F1 of every class, in class order.
    pub fn classes(&self) -> Vec<ClassMetrics<C>> {
        let of_class = |&class: &C| {
            let true_positives = self.count(class, class);
            let predicted: u64 = self.classes.iter().map(|&truth| self.count(truth, class)).sum();
            ClassMetrics {
                class,
                true_positives,
                false_positives: predicted - true_positives,
                false_negatives: self.support(class) - true_positives,
            }
        };
        self.classes.iter().map(of_class).collect()
    }
}

impl FromIterator<(PresenceClass, Option<PresenceClass>)> for ConfusionMatrix<PresenceClass> {
    fn from_iter<I: IntoIterator<Item = (PresenceClass, Option<PresenceClass>)>>(pairs: I) -> Self {
        Self::of(PresenceClass::all().collect(), pairs)
    }
}

impl FromIterator<(Label, Option<Label>)> for ConfusionMatrix<Label> {
    fn from_iter<I: IntoIterator<Item = (Label, Option<Label>)>>(pairs: I) -> Self {
        Self::of(Label::all().collect(), pairs)
    }
}
