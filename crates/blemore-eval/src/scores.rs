//! ACC_presence and ACC_salience, kept as counts so that sums over clips, actors and folds are exact.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

use blemore_labels::{Label, PresenceClass};
use serde::{Deserialize, Serialize};

use crate::{Error, Measure};

/// Right ones of some.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// How many are right.
    pub correct: u64,
    /// Out of how many.
    pub total: u64,
}

impl Count {
    /// The share of right ones, from 0 to 1; 0 of nothing, as the published scorer has it.
    pub fn ratio(self) -> f64 {
        if self.total == 0 { 0.0 } else { self.correct as f64 / self.total as f64 }
    }
}

impl Add for Count {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { correct: self.correct + other.correct, total: self.total + other.total }
    }
}

impl FromIterator<bool> for Count {
    fn from_iter<I: IntoIterator<Item = bool>>(outcomes: I) -> Self {
        outcomes
            .into_iter()
            .fold(Self::default(), |count, correct| count + Self { correct: u64::from(correct), total: 1 })
    }
}

impl fmt::Display for Count {
    /// Writes `3/4`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.correct, self.total)
    }
}

/// A value for each of the paper's two measures (section "Evaluation"). As JSON it has the keys `acc_presence` and
/// `acc_salience`.
///
/// ```
/// use blemore_eval::{MeanStd, PerMeasure};
///
/// let folds = [PerMeasure { presence: 0.25, salience: 0.1 }, PerMeasure { presence: 0.75, salience: 0.1 }];
/// let spread: PerMeasure<MeanStd> = PerMeasure::spread(folds);
/// assert_eq!(spread.presence.to_string(), "0.500 ± 0.354");
/// assert_eq!(spread.map(|spread| spread.mean).composite(0.5), 0.3);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerMeasure<T> {
    /// Of ACC_presence.
    #[serde(rename = "acc_presence")]
    pub presence: T,
    /// Of ACC_salience.
    #[serde(rename = "acc_salience")]
    pub salience: T,
}

impl<T> PerMeasure<T> {
    /// What `value` makes of each measure.
    ///
    /// # Errors
    /// Those of `value`.
    pub fn try_of<E>(value: impl Fn(Measure) -> Result<T, E>) -> Result<Self, E> {
        Ok(Self { presence: value(Measure::Presence)?, salience: value(Measure::Salience)? })
    }

    /// What `change` makes of both values.
    pub fn map<U>(self, change: impl Fn(T) -> U) -> PerMeasure<U> {
        PerMeasure { presence: change(self.presence), salience: change(self.salience) }
    }

    /// Both values with the names of their measures.
    pub fn named(self) -> [(&'static str, T); 2] {
        [("ACC_presence", self.presence), ("ACC_salience", self.salience)]
    }
}

impl PerMeasure<f64> {
    /// `presence_weight * ACC_presence + (1 - presence_weight) * ACC_salience`: what the choice of thresholds and of the
    /// epoch maximises.
    pub fn composite(self, presence_weight: f64) -> f64 {
        presence_weight * self.presence + (1.0 - presence_weight) * self.salience
    }
}

impl PerMeasure<MeanStd> {
    /// Mean and sample standard deviation (ddof = 1) over folds.
    pub fn spread(folds: impl IntoIterator<Item = PerMeasure<f64>>) -> Self {
        let (presence, salience): (Vec<f64>, Vec<f64>) =
            folds.into_iter().map(|fold| (fold.presence, fold.salience)).unzip();
        Self { presence: MeanStd::sample(&presence), salience: MeanStd::sample(&salience) }
    }
}

/// How many clips are right: presence over all clips, salience over the blended ones.
///
/// ```
/// use blemore_eval::Scores;
///
/// let truth = ["ang+hap 70/30".parse()?, "fea".parse()?];
/// let predicted = ["ang+hap 50/50".parse()?, "fea".parse()?];
/// let scores = Scores::of_labels(&truth, &predicted)?;
/// assert_eq!((scores.acc_presence(), scores.acc_salience()), (1.0, 0.0));
/// assert_eq!((scores + scores).presence.total, 4);
/// # Ok::<(), blemore_eval::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scores {
    /// Clips whose set of emotions is right.
    pub presence: Count,
    /// Blended clips whose emotions and saliences are right.
    pub salience: Count,
}

impl Scores {
    /// Scores `predicted` against `truth`, both shape `(N,)` and in the same order.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] unless there is one predicted label for each true one.
    pub fn of_labels(truth: &[Label], predicted: &[Label]) -> Result<Self, Error> {
        Error::check_parallel(("true labels", truth.len()), ("predicted labels", predicted.len()))?;
        let pairs = truth.iter().zip(predicted);
        Ok(pairs.map(|(&truth, &label)| Self::of_clip(truth, Some(label.presence()), Some(label))).sum())
    }

    /// The scores of one clip, of which the salience counts only where the truth is a blend.
    pub(crate) fn of_clip(truth: Label, presence: Option<PresenceClass>, label: Option<Label>) -> Self {
        let presence = Count { correct: u64::from(presence == Some(truth.presence())), total: 1 };
        let total = u64::from(truth.is_blend());
        Self { presence, salience: Count { correct: total * u64::from(label == Some(truth)), total } }
    }

    /// ACC_presence, from 0 to 1.
    pub fn acc_presence(self) -> f64 {
        self.presence.ratio()
    }

    /// ACC_salience, from 0 to 1; 0 where no clip is blended.
    pub fn acc_salience(self) -> f64 {
        self.salience.ratio()
    }

    /// [`PerMeasure::composite`] of both accuracies.
    pub fn composite(self, presence_weight: f64) -> f64 {
        self.accuracies().composite(presence_weight)
    }

    /// Both accuracies.
    pub fn accuracies(self) -> PerMeasure<f64> {
        PerMeasure { presence: self.acc_presence(), salience: self.acc_salience() }
    }
}

impl Add for Scores {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { presence: self.presence + other.presence, salience: self.salience + other.salience }
    }
}

impl AddAssign for Scores {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Scores {
    fn sum<I: Iterator<Item = Self>>(scores: I) -> Self {
        scores.fold(Self::default(), Add::add)
    }
}

/// Mean and sample standard deviation over folds, as the paper's tables report them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct MeanStd {
    /// Arithmetic mean; 0 of nothing.
    pub mean: f64,
    /// Standard deviation with N - 1 in the denominator; 0 for fewer than two values.
    pub std: f64,
}

impl MeanStd {
    /// Summarises values with `ddof = 1`.
    pub fn sample(values: &[f64]) -> Self {
        if values.is_empty() {
            return Self::default();
        }
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let std = if values.len() < 2 { 0.0 } else { (squares / (count - 1.0)).sqrt() };
        Self { mean, std }
    }
}

impl fmt::Display for MeanStd {
    /// Writes `0.266 ± 0.021`, with three decimals as in the paper's tables unless a precision is given.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = f.precision().unwrap_or(3);
        write!(f, "{:.decimals$} ± {:.decimals$}", self.mean, self.std)
    }
}
