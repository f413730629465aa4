//! Two systems on the same clips.

use serde::Serialize;

use super::{Caveat, Interval, Measure};
use crate::{Error, ScoreReport, Scores};

/// The counts of two systems, actor by actor, on the same clips.
///
/// ```
/// use blemore_eval::{PairedScores, Predictions, Scorer};
/// use blemore_labels::Label;
///
/// let scorer = Scorer::from_names();
/// let first = Predictions::from_iter([("A1_sad_int1_ver1".parse()?, "sad".parse::<Label>()?)]);
/// let second = Predictions::from_iter([("A1_sad_int1_ver1".parse()?, "ang".parse::<Label>()?)]);
/// let pairs = PairedScores::new(&scorer.score(&first)?, &scorer.score(&second)?)?;
/// assert_eq!(pairs.actors()[0].first.presence.correct, 1);
/// assert_eq!(pairs.actors()[0].second.presence.correct, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PairedScores {
    actors: Vec<PairedActor>,
}

/// What two systems made of one actor's clips.
///
/// ```
/// let actor = blemore_eval::PairedActor::default();
/// assert_eq!(actor.first, actor.second);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PairedActor {
    /// The actor.
    pub actor: String,
    /// The counts of the first system.
    pub first: Scores,
    /// The counts of the second system.
    pub second: Scores,
}

impl PairedScores {
    /// Joins the reports of two systems.
    ///
    /// # Errors
    /// [`Error::DifferentClips`] when a clip was scored for one of them only.
    pub fn new(first: &ScoreReport, second: &ScoreReport) -> Result<Self, Error> {
        let (first_only, second_only) = (only_in(first, second), only_in(second, first));
        if let Some(example) = first_only.iter().chain(&second_only).next() {
            return Err(Error::DifferentClips {
                first_only: first_only.len(),
                second_only: second_only.len(),
                example: (*example).to_owned(),
            });
        }
        // The same clips have the same actors, and both lists are in the order of the actors' names.
        let actors = first.actors.iter().zip(&second.actors).map(|(first, second)| PairedActor {
            actor: first.actor.clone(),
            first: first.scores,
            second: second.scores,
        });
        Ok(Self { actors: actors.collect() })
    }

    /// The actors, in the order of their names.
    pub fn actors(&self) -> &[PairedActor] {
        &self.actors
    }

    /// The counts of the actors that have a say for a measure.
    pub(super) fn informed(&self, measure: Measure) -> Vec<(Scores, Scores)> {
        let counts = self.actors.iter().map(|actor| (actor.first, actor.second));
        counts.filter(|(first, _)| measure.is_informed_by(*first)).collect()
    }
}

/// The clips of one report that another lacks; the clips of both are in order.
fn only_in<'a>(report: &'a ScoreReport, other: &ScoreReport) -> Vec<&'a str> {
    let clips = report.outcomes.iter().map(|outcome| &outcome.clip);
    clips
        .filter(|clip| other.outcomes.binary_search_by(|outcome| outcome.clip.cmp(clip)).is_err())
        .map(|clip| clip.as_str())
        .collect()
}

/// The difference of two systems with what the paired bootstrap says of it.
///
/// ```
/// use blemore_eval::{Bootstrap, Caveat, Measure, PairedScores, ScoreReport};
///
/// let none = ScoreReport::default();
/// let comparison = Bootstrap::default().compare(&PairedScores::new(&none, &none)?, Measure::Presence)?;
/// assert_eq!(comparison.caveat, Some(Caveat::NoClips));
/// # Ok::<(), blemore_eval::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Comparison {
    /// The measure of the first system, from 0 to 1.
    pub first: f64,
    /// The measure of the second system, from 0 to 1.
    pub second: f64,
    /// First minus second, from -1 to 1.
    pub difference: f64,
    /// The percentile interval of the difference.
    pub percentile: Interval,
    /// The bias-corrected and accelerated interval of the difference.
    pub bca: Interval,
    /// The standard deviation of the replicates.
    pub standard_error: f64,
    /// Two-sided p-value of "the systems are equally good".
    pub p_value: f64,
    /// The level of both intervals.
    pub confidence: f64,
    /// The number of actors that were resampled.
    pub actors: usize,
    /// Why the intervals say less than they seem to, if they do.
    pub caveat: Option<Caveat>,
}
