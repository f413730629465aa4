//! Confusion matrices over the 16 presence classes and the 36 labels.

use std::marker::PhantomData;

use blemore_labels::{Label, PresenceClass};

use super::ClassMetrics;

/// A finite set of classes in a fixed order. Nobody else can name it: it is not exported.
pub trait Class: Copy {
    /// Number of classes.
    const COUNT: usize;

    /// The classes, each at its index.
    fn all() -> impl Iterator<Item = Self>;

    /// The position among all classes.
    fn index(self) -> usize;
}

macro_rules! class {
    ($type:ty) => {
        impl Class for $type {
            const COUNT: usize = <$type>::COUNT;

            fn all() -> impl Iterator<Item = Self> {
                <$type>::all()
            }

            fn index(self) -> usize {
                <$type>::index(self)
            }
        }
    };
}

class!(PresenceClass);
class!(Label);

/// How often each class is taken for each other, shape `(COUNT, COUNT + 1)`: rows are the truth, columns the prediction,
/// and the last column holds predictions that are none of the classes. The classes are the 16 of [`PresenceClass`] or the
/// 36 of [`Label`].
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
    /// Row-major.
    counts: Vec<u64>,
    class: PhantomData<C>,
}

impl<C: Class> ConfusionMatrix<C> {
    fn at(&self, truth: usize, predicted: usize) -> u64 {
        self.counts.get(truth * (C::COUNT + 1) + predicted).copied().unwrap_or_default()
    }

    /// The clips of class `truth` that were predicted to be of class `predicted`.
    pub fn count(&self, truth: C, predicted: C) -> u64 {
        self.at(truth.index(), predicted.index())
    }

    /// The clips of class `truth` whose prediction is none of the classes.
    pub fn unclassified(&self, truth: C) -> u64 {
        self.at(truth.index(), C::COUNT)
    }

    /// The clips of class `truth`.
    pub fn support(&self, truth: C) -> u64 {
        (0..=C::COUNT).map(|predicted| self.at(truth.index(), predicted)).sum()
    }

    /// Precision, recall and F1 of every class, in class order.
    pub fn classes(&self) -> Vec<ClassMetrics<C>> {
        let of_class = |class: C| {
            let true_positives = self.count(class, class);
            let predicted: u64 = C::all().map(|truth| self.count(truth, class)).sum();
            ClassMetrics {
                class,
                true_positives,
                false_positives: predicted - true_positives,
                false_negatives: self.support(class) - true_positives,
            }
        };
        C::all().map(of_class).collect()
    }
}

impl<C: Class> FromIterator<(C, Option<C>)> for ConfusionMatrix<C> {
    fn from_iter<I: IntoIterator<Item = (C, Option<C>)>>(pairs: I) -> Self {
        let mut counts = vec![0; C::COUNT * (C::COUNT + 1)];
        for (truth, predicted) in pairs {
            let column = predicted.map_or(C::COUNT, C::index);
            if let Some(count) = counts.get_mut(truth.index() * (C::COUNT + 1) + column) {
                *count += 1;
            }
        }
        Self { counts, class: PhantomData }
    }
}
