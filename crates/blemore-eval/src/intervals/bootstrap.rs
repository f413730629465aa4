//! The bootstrap over actors.

use std::num::NonZeroUsize;

use rand_pcg::Pcg64Dxsm;
use serde::Serialize;

use super::crowd::Crowd;
use super::interval::Distribution;
use super::replicates::{Plan, draw, jackknife, plan_setters, total};
use super::{Caveat, Comparison, Interval, Measure, PairedScores};
use crate::{ActorScores, Error, Scores};

/// An accuracy lies in this range.
const ACCURACIES: Interval = Interval { low: 0.0, high: 1.0 };
/// The difference of two accuracies lies in this range.
const DIFFERENCES: Interval = Interval { low: -1.0, high: 1.0 };

/// Confidence intervals of scores, by resampling actors with replacement.
///
/// Two kinds are given: the percentile interval, and the bias-corrected and accelerated one (BCa), which corrects for
/// skewness and is the one to report. With few actors both are somewhat too narrow: at eleven actors, as in the test set,
/// a nominal 95 % covers about 92 %.
///
/// Of more than 10,000 actors, those with equal counts are drawn together where they are 64 or more: a replicate draws how
/// often it takes any of them, which has the same distribution. A million actors then take seconds.
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
        Self { plan: Plan::default(), confidence: 0.95 }
    }
}

impl Bootstrap {
    plan_setters!(replicates);

    /// Sets the confidence level, between 0 and 1.
    #[must_use]
    pub fn confidence(mut self, confidence: f64) -> Self {
        self.confidence = confidence;
        self
    }

    /// The value of a measure with its intervals, from the counts of each actor.
    ///
    /// Actors without a clip that counts for the measure are left out. Where the actors say nothing, the result says so
    /// in [`Estimate::caveat`] and is never NaN: without clips, or with one actor, the interval is the whole range
    /// `[0, 1]`; when all actors have the same value (all right, say), it has no width.
    ///
    /// # Errors
    /// [`Error::Setting`] for a number of replicates, a confidence or a weight out of range.
    pub fn estimate(&self, actors: &[ActorScores], measure: Measure) -> Result<Estimate, Error> {
        measure.check()?;
        let informed: Vec<&ActorScores> =
            actors.iter().filter(|actor| measure.is_informed_by(actor.scores)).collect();
        let scores: Vec<[Scores; 1]> = informed.iter().map(|actor| [measure.counted(actor.scores)]).collect();
        let (mut estimate, _) = self.resample(&scores, |[scores]| measure.of(scores), ACCURACIES)?;
        estimate.note_unknown(informed.iter().all(|actor| actor.is_known));
        Ok(estimate)
    }

    /// The difference of two systems (first minus second) with its intervals and a p-value, both systems resampled
    /// together.
    ///
    /// The p-value is two-sided: the share of replicates that lie at least as far from the observed difference as
    /// that lies from 0, the observed one included. It is 1 when fewer than two actors count.
    ///
    /// # Errors
    /// As [`Bootstrap::estimate`].
    pub fn compare(&self, pairs: &PairedScores, measure: Measure) -> Result<Comparison, Error> {
        measure.check()?;
        let informed = pairs.informed(measure);
        let (mut estimate, p_value) =
            self.resample(&informed, |pair| difference(measure, pair), DIFFERENCES)?;
        estimate.note_unknown(pairs.are_known(measure));
        let [first, second] = total(informed.iter().copied()).map(|scores| measure.of(scores));
        Ok(Comparison {
            first,
            second,
            difference: estimate.value,
            percentile: estimate.percentile,
            bca: estimate.bca,
            standard_error: estimate.standard_error,
            p_value,
            confidence: estimate.confidence,
            actors: estimate.actors,
            caveat: estimate.caveat,
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
        let replicate =
            |rng: &mut Pcg64Dxsm| statistic(&draw(&all, all.len(), rng).copied().collect::<Vec<_>>());
        let jackknife = || {
            let without = |unit: usize| statistic(&[&all[..unit], &all[unit + 1..]].concat());
            (0..all.len()).map(without).collect()
        };
        Ok(self.replicate(all.len(), statistic(&all), replicate, jackknife, range)?.0)
    }

    fn resample<const N: usize>(
        &self,
        actors: &[[Scores; N]],
        statistic: impl Fn([Scores; N]) -> f64 + Sync,
        range: Interval,
    ) -> Result<(Estimate, f64), Error> {
        let crowd = Crowd::new(actors);
        let replicate = |rng: &mut Pcg64Dxsm| statistic(crowd.resampled(rng));
        let jackknife = || jackknife(actors, &statistic);
        self.replicate(actors.len(), statistic(total(actors.iter().copied())), replicate, jackknife, range)
    }

    /// The value on all units with its intervals and p-value; `draw` gives the value of a replicate, `jackknife` the values
    /// without each unit.
    fn replicate(
        &self,
        units: usize,
        value: f64,
        draw: impl Fn(&mut Pcg64Dxsm) -> f64 + Sync,
        jackknife: impl Fn() -> Vec<f64>,
        range: Interval,
    ) -> Result<(Estimate, f64), Error> {
        self.check()?;
        let uninformative = match units {
            0 => Some(Caveat::NoClips),
            1 => Some(Caveat::OneActor),
            _ => None,
        };
        let estimate = |percentile, bca, standard_error, caveat| Estimate {
            value,
            percentile,
            bca,
            standard_error,
            confidence: self.confidence,
            actors: units,
            caveat,
        };
        if uninformative.is_some() {
            return Ok((estimate(range, range, 0.0, uninformative), 1.0));
        }
        let replicates = self.plan.run(draw);
        let caveat = if replicates.iter().all(|replicate| *replicate == value) {
            Some(Caveat::NoVariation)
        } else {
            (units < Caveat::FEW_ACTORS).then_some(Caveat::FewActors)
        };
        let p_value = shifted_p_value(value, &replicates);
        let distribution = Distribution::new(replicates);
        let percentile = distribution.percentile(self.confidence);
        let bca = distribution.bca(value, &jackknife(), self.confidence);
        Ok((estimate(percentile, bca, distribution.standard_error(), caveat), p_value))
    }

    fn check(&self) -> Result<(), Error> {
        self.plan.check("the number of replicates")?;
        if self.confidence > 0.0 && self.confidence < 1.0 {
            return Ok(());
        }
        Err(Error::Setting {
            setting: "the confidence level",
            found: self.confidence.to_string(),
            expected: "a number between 0 and 1, such as 0.95",
        })
    }
}

/// First minus second.
pub(super) fn difference(measure: Measure, [first, second]: [Scores; 2]) -> f64 {
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

/// A score with what resampling says of its precision.
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

impl Estimate {
    /// Of several units of which some are no actors, this is what matters most.
    fn note_unknown(&mut self, are_known: bool) {
        if self.actors > 1 && !are_known {
            self.caveat = Some(Caveat::UnknownActors);
        }
    }
}

impl std::fmt::Display for Estimate {
    /// Writes the value and its BCa interval, and the caveat if there is one.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let decimals = f.precision().unwrap_or(3);
        write!(f, "{:.decimals$} {:.decimals$}", self.value, self.bca)?;
        self.caveat.map_or(Ok(()), |caveat| write!(f, " ({caveat})"))
    }
}
