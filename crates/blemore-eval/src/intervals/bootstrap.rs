//! The bootstrap over actors.

use std::num::NonZeroUsize;

use rand_pcg::Pcg64Dxsm;
use serde::Serialize;

use super::interval::Distribution;
use super::replicates::{Plan, Tally, draw, jackknife, resample, total};
use super::{Caveat, Comparison, Interval, Measure, PairedScores};
use crate::{ActorScores, Error, Scores};

/// Replicates that give the ends of a 95 % interval to about two decimals of a percentage.
const DEFAULT_REPLICATES: usize = 10_000;
const DEFAULT_CONFIDENCE: f64 = 0.95;
const DEFAULT_SEED: u64 = 42;
/// An accuracy lies in this range.
const ACCURACIES: Interval = Interval { low: 0.0, high: 1.0 };
/// The difference of two accuracies lies in this range.
pub(super) const DIFFERENCES: Interval = Interval { low: -1.0, high: 1.0 };

/// Confidence intervals of scores, by resampling actors with replacement.
///
/// Two kinds are given: the percentile interval, and the bias-corrected and accelerated one (BCa), which corrects for
/// skewness and is the one to report. With few actors both are somewhat too narrow: at eleven actors, as in the test set,
/// a nominal 95 % covers about 92 %.
///
/// ```
/// use blemore_eval::{ActorScores, Bootstrap, Count, Measure, Scores};
///
/// let actor = |name: &str, correct| ActorScores {
///     actor: name.into(),
///     is_known: true,
///     scores: Scores { presence: Count { correct, total: 10 }, salience: Count::default() },
/// };
/// let actors = [actor("A1", 2), actor("A2", 3), actor("A3", 4), actor("A4", 7)];
/// let estimate = Bootstrap::default().seed(1).replicates(2_000).estimate(&actors, Measure::Presence)?;
/// assert_eq!(estimate.value, 0.4);
/// assert!(estimate.bca.low > 0.2 && estimate.bca.high < 0.7);
/// # Ok::<(), blemore_eval::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    plan: Plan,
    confidence: f64,
}

impl Default for Bootstrap {
    /// 10,000 replicates, 95 %, seed 42, as many threads as the machine has processors.
    fn default() -> Self {
        let plan = Plan { replicates: DEFAULT_REPLICATES, seed: DEFAULT_SEED, threads: None };
        Self { plan, confidence: DEFAULT_CONFIDENCE }
    }
}

impl Bootstrap {
    /// Sets the number of replicates, 1 to 10,000,000.
    #[must_use]
    pub fn replicates(mut self, replicates: usize) -> Self {
        self.plan.replicates = replicates;
        self
    }

    /// Sets the confidence level, between 0 and 1.
    #[must_use]
    pub fn confidence(mut self, confidence: f64) -> Self {
        self.confidence = confidence;
        self
    }

    /// Sets the seed: the same seed gives the same result, on any machine and any number of threads.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.plan.seed = seed;
        self
    }

    /// Sets the number of threads, which does not change the result.
    #[must_use]
    pub fn threads(mut self, threads: NonZeroUsize) -> Self {
        self.plan.threads = Some(threads);
        self
    }

    /// The value of a measure with its intervals, from the counts of each actor.
    ///
    /// Actors without a clip that counts for the measure are left out. Where the actors say nothing, the result says so
    /// in [`Estimate::caveat`] and is never NaN: without clips, or with one actor, the interval is the whole range
    /// `[0, 1]`; when all actors have the same value (all right, say), it has no width.
    ///
    /// # Errors
    /// [`Error::Setting`] for a number of replicates or a confidence out of range, [`Error::PresenceWeight`].
    pub fn estimate(&self, actors: &[ActorScores], measure: Measure) -> Result<Estimate, Error> {
        measure.check()?;
        let informed: Vec<&ActorScores> =
            actors.iter().filter(|actor| measure.is_informed_by(actor.scores)).collect();
        let scores: Vec<Scores> = informed.iter().map(|actor| actor.scores).collect();
        let mut resampled = self.resample(&scores, |scores| measure.of(scores), ACCURACIES)?;
        if informed.len() > 1 && informed.iter().any(|actor| !actor.is_known) {
            resampled.caveat = Some(Caveat::UnknownActors);
        }
        Ok(resampled.estimate(self.confidence, informed.len()))
    }

    /// The difference of two systems (first minus second) with its intervals and a p-value, both systems resampled
    /// together.
    ///
    /// The p-value is two-sided: the share of replicates that lie at least as far from the observed difference as
    /// that lies from 0, the observed one included. It is 1 when fewer than two actors count.
    ///
    /// # Errors
    /// As [`Bootstrap::estimate`].
    ///
    /// ```
    /// use blemore_eval::{Bootstrap, Measure, PairedScores, Predictions, Scorer};
    /// use blemore_labels::Label;
    ///
    /// let predictions = Predictions::from_iter([("A1_sad_int1_ver1".parse()?, "sad".parse::<Label>()?)]);
    /// let report = Scorer::from_names().score(&predictions)?;
    /// let pairs = PairedScores::new(&report, &report)?;
    /// let comparison = Bootstrap::default().compare(&pairs, Measure::Presence)?;
    /// assert_eq!((comparison.difference, comparison.p_value), (0.0, 1.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn compare(&self, pairs: &PairedScores, measure: Measure) -> Result<Comparison, Error> {
        measure.check()?;
        let informed = pairs.informed(measure);
        let (first, second) = total(&informed);
        let resampled = self.resample(&informed, |pair| difference(measure, pair), DIFFERENCES)?;
        Ok(Comparison {
            first: measure.of(first),
            second: measure.of(second),
            difference: resampled.value,
            percentile: resampled.percentile,
            bca: resampled.bca,
            standard_error: resampled.standard_error,
            p_value: resampled.p_value,
            confidence: self.confidence,
            actors: informed.len(),
            caveat: resampled.caveat,
        })
    }

    /// The value of any statistic of some units (actors, say), with its intervals: the units are drawn with replacement.
    ///
    /// `statistic` gets as many units as there are, some of them several times; for the BCa interval also all but one.
    /// The range of the statistic is `range`, which is the interval where there are fewer than two units.
    ///
    /// # Errors
    /// [`Error::Setting`] as [`Bootstrap::estimate`].
    ///
    /// ```
    /// use blemore_eval::{Bootstrap, Interval};
    ///
    /// let recalls = [0.2, 0.5, 0.4, 0.9, 0.3, 0.6, 0.7, 0.1, 0.5, 0.4, 0.8];
    /// let mean = |actors: &[&f64]| actors.iter().copied().sum::<f64>() / actors.len() as f64;
    /// let range = Interval { low: 0.0, high: 1.0 };
    /// let estimate = Bootstrap::default().replicates(1000).estimate_with(&recalls, mean, range)?;
    /// assert!(estimate.bca.contains(0.5) && estimate.bca.low > 0.3);
    /// # Ok::<(), blemore_eval::Error>(())
    /// ```
    pub fn estimate_with<T: Sync>(
        &self,
        units: &[T],
        statistic: impl Fn(&[&T]) -> f64 + Sync,
        range: Interval,
    ) -> Result<Estimate, Error> {
        let all: Vec<&T> = units.iter().collect();
        let draw = |rng: &mut Pcg64Dxsm| statistic(&draw(&all, rng));
        let without = |left_out: usize| {
            let kept = all.iter().enumerate().filter(|(unit, _)| *unit != left_out);
            statistic(&kept.map(|(_, unit)| *unit).collect::<Vec<_>>())
        };
        let jackknife = || (0..all.len()).map(without).collect();
        let resampled = self.replicate(all.len(), || statistic(&all), draw, jackknife, range)?;
        Ok(resampled.estimate(self.confidence, all.len()))
    }

    fn resample<T: Tally>(
        &self,
        actors: &[T],
        statistic: impl Fn(T) -> f64 + Sync,
        range: Interval,
    ) -> Result<Resampled, Error> {
        let value = || statistic(total(actors));
        let draw = |rng: &mut Pcg64Dxsm| statistic(resample(actors, rng));
        self.replicate(actors.len(), value, draw, || jackknife(actors, &statistic), range)
    }

    /// The value on all units, of which `draw` gives a replicate and `jackknife` the values without each.
    fn replicate(
        &self,
        units: usize,
        value: impl Fn() -> f64,
        draw: impl Fn(&mut Pcg64Dxsm) -> f64 + Sync,
        jackknife: impl Fn() -> Vec<f64>,
        range: Interval,
    ) -> Result<Resampled, Error> {
        self.check()?;
        let value = value();
        let uninformative = match units {
            0 => Some(Caveat::NoClips),
            1 => Some(Caveat::OneActor),
            _ => None,
        };
        if uninformative.is_some() {
            let (percentile, bca) = (range, range);
            return Ok(Resampled {
                value,
                percentile,
                bca,
                standard_error: 0.0,
                p_value: 1.0,
                caveat: uninformative,
            });
        }
        let replicates = self.plan.run(draw);
        let constant = replicates.iter().all(|replicate| *replicate == value);
        let p_value = shifted_p_value(value, &replicates);
        let distribution = Distribution::new(replicates);
        let caveat = if constant {
            Some(Caveat::NoVariation)
        } else {
            (units < Caveat::FEW_ACTORS).then_some(Caveat::FewActors)
        };
        Ok(Resampled {
            value,
            percentile: distribution.percentile(self.confidence),
            bca: distribution.bca(value, &jackknife(), self.confidence),
            standard_error: distribution.standard_error(),
            p_value,
            caveat,
        })
    }

    fn check(&self) -> Result<(), Error> {
        self.plan.check("the number of replicates")?;
        if self.confidence > 0.0 && self.confidence < 1.0 {
            return Ok(());
        }
        let found = self.confidence.to_string();
        Err(Error::Setting {
            setting: "the confidence level",
            found,
            expected: "a number between 0 and 1, such as 0.95",
        })
    }
}

/// First minus second.
pub(super) fn difference(measure: Measure, (first, second): (Scores, Scores)) -> f64 {
    measure.of(first) - measure.of(second)
}

/// Rounding of a difference of two accuracies is far below this, the smallest true difference far above.
pub(super) const ROUNDING: f64 = 1e-12;

/// The p-value under the hypothesis that the true value is 0, from the replicates moved there.
fn shifted_p_value(value: f64, replicates: &[f64]) -> f64 {
    let extreme =
        replicates.iter().filter(|replicate| (*replicate - value).abs() >= value.abs() - ROUNDING).count();
    (1 + extreme) as f64 / (1 + replicates.len()) as f64
}

struct Resampled {
    value: f64,
    percentile: Interval,
    bca: Interval,
    standard_error: f64,
    p_value: f64,
    caveat: Option<Caveat>,
}

impl Resampled {
    fn estimate(self, confidence: f64, actors: usize) -> Estimate {
        let Self { value, percentile, bca, standard_error, p_value: _, caveat } = self;
        Estimate { value, percentile, bca, standard_error, confidence, actors, caveat }
    }
}

/// A score with what resampling says of its precision.
///
/// ```
/// use blemore_eval::{Bootstrap, Measure};
/// let estimate = Bootstrap::default().estimate(&[], Measure::Presence)?;
/// let said = "0.000 [0.000, 1.000] (no clip counts for this measure: the interval is the whole range)";
/// assert_eq!(estimate.to_string(), said);
/// # Ok::<(), blemore_eval::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The measure on all clips, from 0 to 1.
    pub value: f64,
    /// The percentile interval.
    pub percentile: Interval,
    /// The bias-corrected and accelerated interval.
    pub bca: Interval,
    /// The standard deviation of the replicates.
    pub standard_error: f64,
    /// The level of both intervals.
    pub confidence: f64,
    /// The number of actors that were resampled.
    pub actors: usize,
    /// Why the intervals say less than they seem to, if they do.
    pub caveat: Option<Caveat>,
}

impl std::fmt::Display for Estimate {
    /// Writes the value and its BCa interval, and the caveat if there is one.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let decimals = f.precision().unwrap_or(3);
        write!(f, "{:.decimals$} {:.decimals$}", self.value, self.bca)?;
        self.caveat.map_or(Ok(()), |caveat| write!(f, " ({caveat})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Count;

    fn actors(counts: &[(u64, u64)]) -> Vec<ActorScores> {
        let of = |(number, &(correct, total)): (usize, &(u64, u64))| ActorScores {
            actor: format!("A{number}"),
            is_known: true,
            scores: Scores { presence: Count { correct, total }, salience: Count::default() },
        };
        counts.iter().enumerate().map(of).collect()
    }

    #[test]
    fn one_actor_all_right_and_no_blend_are_defined() {
        let bootstrap = Bootstrap::default().replicates(200);
        let one = bootstrap.estimate(&actors(&[(3, 4)]), Measure::Presence).unwrap();
        assert_eq!((one.value, one.bca, one.caveat), (0.75, ACCURACIES, Some(Caveat::OneActor)));
        let right = bootstrap.estimate(&actors(&[(4, 4), (2, 2), (9, 9)]), Measure::Presence).unwrap();
        assert_eq!((right.bca, right.caveat), (Interval { low: 1.0, high: 1.0 }, Some(Caveat::NoVariation)));
        let blends = bootstrap.estimate(&actors(&[(4, 4), (2, 2)]), Measure::Salience).unwrap();
        assert_eq!((blends.value, blends.percentile, blends.actors), (0.0, ACCURACIES, 0));
        assert_eq!(blends.caveat, Some(Caveat::NoClips));
    }

    #[test]
    fn standard_error_is_that_of_a_mean_over_actors() {
        let counts: Vec<(u64, u64)> = (0..40).map(|actor| (actor % 11, 10)).collect();
        let estimate = Bootstrap::default().estimate(&actors(&counts), Measure::Presence).unwrap();
        let rates: Vec<f64> = counts.iter().map(|(correct, _)| *correct as f64 / 10.0).collect();
        // The plug-in standard error has N in its denominator, not N - 1.
        let exact = crate::MeanStd::sample(&rates).std / 40_f64.sqrt() * (39.0_f64 / 40.0).sqrt();
        assert!((estimate.standard_error / exact - 1.0).abs() < 0.03, "{} {exact}", estimate.standard_error);
    }
}
