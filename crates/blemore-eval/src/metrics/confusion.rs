//! Confusion matrices over the 16 presence classes and the 36 labels.

use std::fmt;
use std::marker::PhantomData;
use std::ops::AddAssign;

use blemore_labels::{Label, PresenceClass};
use serde::{Serialize, Serializer};

use super::ClassMetrics;

/// A finite set of classes in a fixed order: the 16 of [`PresenceClass`] or the 36 of [`Label`]. It is sealed.
///
/// ```
/// use blemore_eval::Class;
/// assert_eq!(<blemore_labels::Label as Class>::COUNT, 36);
/// ```
pub trait Class: sealed::Sealed + Copy + fmt::Display {
    /// Number of classes.
    const COUNT: usize;

    /// The classes, each at its index.
    fn all() -> impl Iterator<Item = Self>;

    /// The position among all classes.
    fn index(self) -> usize;
}

impl Class for PresenceClass {
    const COUNT: usize = PresenceClass::COUNT;

    fn all() -> impl Iterator<Item = Self> {
        PresenceClass::all()
    }

    fn index(self) -> usize {
        PresenceClass::index(self)
    }
}

impl Class for Label {
    const COUNT: usize = Label::COUNT;

    fn all() -> impl Iterator<Item = Self> {
        Label::all()
    }

    fn index(self) -> usize {
        Label::index(self)
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for blemore_labels::PresenceClass {}
    impl Sealed for blemore_labels::Label {}
}

/// How often each class is taken for each other, shape `(COUNT, COUNT + 1)`: rows are the truth, columns the prediction,
/// and the last column holds predictions that are none of the classes.
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
/// assert_eq!((matrix.correct(), matrix.total()), (1, 3));
/// # Ok::<(), blemore_labels::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfusionMatrix<C> {
    /// Row-major.
    counts: Vec<u64>,
    class: PhantomData<C>,
}

impl<C: Class> Default for ConfusionMatrix<C> {
    fn default() -> Self {
        Self { counts: vec![0; C::COUNT * (C::COUNT + 1)], class: PhantomData }
    }
}

impl<C: Class> ConfusionMatrix<C> {
    /// The counts of one true class: one for each predicted class, and one for none.
    fn row(&self, truth: usize) -> &[u64] {
        let start = truth * (C::COUNT + 1);
        self.counts.get(start..=start + C::COUNT).unwrap_or_default()
    }

    fn at(&self, truth: usize, predicted: usize) -> u64 {
        self.row(truth).get(predicted).copied().unwrap_or_default()
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
        self.row(truth.index()).iter().sum()
    }

    /// The clips on the diagonal.
    pub fn correct(&self) -> u64 {
        (0..C::COUNT).map(|class| self.at(class, class)).sum()
    }

    /// All clips.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Precision, recall and F1 of every class, in class order.
    pub fn classes(&self) -> Vec<ClassMetrics<C>> {
        let of_class = |class: C| {
            let index = class.index();
            let true_positives = self.at(index, index);
            let predicted: u64 = (0..C::COUNT).map(|truth| self.at(truth, index)).sum();
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
        let mut matrix = Self::default();
        for (truth, predicted) in pairs {
            let column = predicted.map_or(C::COUNT, C::index);
            if let Some(count) = matrix.counts.get_mut(truth.index() * (C::COUNT + 1) + column) {
                *count += 1;
            }
        }
        matrix
    }
}

impl<C> AddAssign<&Self> for ConfusionMatrix<C> {
    fn add_assign(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
    }
}

impl<C: Class> Serialize for ConfusionMatrix<C> {
    /// A map of `classes` (their names), `counts` (a list a true class) and `unclassified` (a number a true class).
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct View<'a> {
            classes: Vec<String>,
            counts: Vec<&'a [u64]>,
            unclassified: Vec<u64>,
        }
        let counts = |class| self.row(class).get(..C::COUNT).unwrap_or_default();
        View {
            classes: C::all().map(|class| class.to_string()).collect(),
            counts: (0..C::COUNT).map(counts).collect(),
            unclassified: (0..C::COUNT).map(|class| self.at(class, C::COUNT)).collect(),
        }
        .serialize(serializer)
    }
}
