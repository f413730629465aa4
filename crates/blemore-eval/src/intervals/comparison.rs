//! Two systems on the same clips.

use serde::Serialize;

use super::{Caveat, Interval, Measure};
use crate::{Error, ScoreReport, Scores};

/// The counts of two systems, actor by actor, on the same clips.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairedScores {
    /// First and second system, and whether the actor is known.
    actors: Vec<([Scores; 2], bool)>,
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
        let pairs = first.actors.iter().zip(&second.actors);
        let pair = pairs.map(|(first, second)| ([first.scores, second.scores], first.is_known));
        Ok(Self { actors: pair.collect() })
    }

    /// The counts that a measure is made of, of the actors that have a say for it.
    pub(super) fn informed(&self, measure: Measure) -> Vec<[Scores; 2]> {
        self.of_measure(measure).map(|(pair, _)| pair.map(|scores| measure.counted(scores))).collect()
    }

    /// Whether all actors that have a say for a measure are known.
    pub(super) fn are_known(&self, measure: Measure) -> bool {
        self.of_measure(measure).all(|(_, is_known)| *is_known)
    }

    fn of_measure(&self, measure: Measure) -> impl Iterator<Item = &([Scores; 2], bool)> {
        self.actors.iter().filter(move |([first, _], _)| measure.is_informed_by(*first))
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
