//! ACC_presence and ACC_salience, kept as counts so that sums over clips, actors and folds are exact.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

use blemore_labels::Label;
use serde::{Deserialize, Serialize};

/// Right ones of some.
///
/// ```
/// use blemore_eval::Count;
///
/// let count: Count = [true, false, false, false].into_iter().collect();
/// assert_eq!(count, Count { correct: 1, total: 4 });
/// assert_eq!(count.ratio(), 0.25);
/// assert_eq!(Count::default().ratio(), 0.0);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// How many are right.
    pub correct: u64,
    /// Out of how many.
    pub total: u64,
}

impl Count {
    /// The share of right ones, from 0 to 1; 0 of nothing, as the published scorer has it.
    ///
    /// ```
    /// assert_eq!(blemore_eval::Count { correct: 3, total: 3 }.ratio(), 1.0);
    /// ```
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

/// The two measures of the paper (section "Evaluation"): presence over all clips, salience over the blended ones.
///
/// ```
/// use blemore_eval::Scores;
///
/// let truth = ["ang+hap 70/30".parse()?, "fea".parse()?];
/// let predicted = ["ang+hap 50/50".parse()?, "fea".parse()?];
/// let scores = Scores::of_labels(&truth, &predicted);
/// assert_eq!((scores.acc_presence(), scores.acc_salience()), (1.0, 0.0));
/// assert_eq!((scores + scores).presence.total, 4);
/// # Ok::<(), blemore_labels::Error>(())
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
    /// Nothing is dropped in silence: a clip of `truth` that `predicted` is too short for counts as wrong. What
    /// `predicted` has beyond `truth` has nothing to be compared with and does not count.
    ///
    /// ```
    /// # use blemore_eval::Scores;
    /// assert_eq!(Scores::of_labels(&[], &[]), Scores::default());
    /// assert_eq!(Scores::of_labels(&["ang".parse()?], &[]).presence.to_string(), "0/1");
    /// # Ok::<(), blemore_labels::Error>(())
    /// ```
    pub fn of_labels(truth: &[Label], predicted: &[Label]) -> Self {
        let padded = predicted.iter().copied().map(Some).chain(std::iter::repeat(None));
        truth
            .iter()
            .zip(padded)
            .map(|(&truth, predicted)| {
                let presence = predicted.is_some_and(|label| label.presence() == truth.presence());
                Self::of_clip(truth, Verdict { presence, salience: predicted == Some(truth) })
            })
            .sum()
    }

    /// The scores of one clip, of which the salience counts only where the truth is a blend.
    pub(crate) fn of_clip(truth: Label, verdict: Verdict) -> Self {
        let count = |correct| Count { correct: u64::from(correct), total: 1 };
        Self {
            presence: count(verdict.presence),
            salience: if truth.is_blend() { count(verdict.salience) } else { Count::default() },
        }
    }

    /// ACC_presence, from 0 to 1.
    ///
    /// ```
    /// # use blemore_eval::Scores;
    /// assert_eq!(Scores::of_labels(&["ang".parse()?], &["ang".parse()?]).acc_presence(), 1.0);
    /// # Ok::<(), blemore_labels::Error>(())
    /// ```
    pub fn acc_presence(self) -> f64 {
        self.presence.ratio()
    }

    /// ACC_salience, from 0 to 1; 0 where no clip is blended.
    ///
    /// ```
    /// # use blemore_eval::Scores;
    /// assert_eq!(Scores::of_labels(&["ang".parse()?], &["ang".parse()?]).acc_salience(), 0.0);
    /// # Ok::<(), blemore_labels::Error>(())
    /// ```
    pub fn acc_salience(self) -> f64 {
        self.salience.ratio()
    }

    /// `presence_weight * ACC_presence + (1 - presence_weight) * ACC_salience`.
    ///
    /// ```
    /// # use blemore_eval::Scores;
    /// assert_eq!(Scores::of_labels(&["ang".parse()?], &["ang".parse()?]).composite(0.5), 0.5);
    /// # Ok::<(), blemore_labels::Error>(())
    /// ```
    pub fn composite(self, presence_weight: f64) -> f64 {
        presence_weight * self.acc_presence() + (1.0 - presence_weight) * self.acc_salience()
    }
}

/// Whether one clip's prediction is right, in its emotions and in its emotions with their saliences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) presence: bool,
    pub(crate) salience: bool,
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
///
/// ```
/// let summary = blemore_eval::MeanStd::sample(&[0.25, 0.75]);
/// assert_eq!(summary.to_string(), "0.500 ± 0.354");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct MeanStd {
    /// Arithmetic mean; 0 of nothing.
    pub mean: f64,
    /// Standard deviation with N - 1 in the denominator; 0 for fewer than two values.
    pub std: f64,
}

impl MeanStd {
    /// Summarises values with `ddof = 1`.
    ///
    /// ```
    /// use blemore_eval::MeanStd;
    /// assert_eq!(MeanStd::sample(&[0.5]), MeanStd { mean: 0.5, std: 0.0 });
    /// assert_eq!(MeanStd::sample(&[]), MeanStd { mean: 0.0, std: 0.0 });
    /// ```
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn salience_counts_blended_clips_only() {
        let labels: Vec<Label> = Label::all().collect();
        let scores = Scores::of_labels(&labels, &labels);
        assert_eq!(scores.presence, Count { correct: 36, total: 36 });
        assert_eq!(scores.salience, Count { correct: 30, total: 30 });
    }

    #[test]
    fn missing_predictions_are_wrong_and_surplus_ones_do_not_count() {
        let labels: Vec<Label> = Label::all().collect();
        let short = Scores::of_labels(&labels, &labels[..6]);
        assert_eq!((short.presence.to_string(), short.salience.to_string()), ("6/36".into(), "0/30".into()));
        assert_eq!(Scores::of_labels(&labels[..6], &labels).presence, Count { correct: 6, total: 6 });
    }

    #[test]
    fn standard_deviation_is_of_a_sample() {
        let summary = MeanStd::sample(&[1.0, 2.0, 3.0, 4.0]);
        assert_eq!(summary.mean, 2.5);
        assert!((summary.std - (5.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        assert_eq!(format!("{summary:.1}"), "2.5 ± 1.3");
    }
}
