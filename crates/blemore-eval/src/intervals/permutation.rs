//! The permutation test for two systems on the same clips.

use std::num::NonZeroUsize;

use serde::Serialize;

use super::bootstrap::{ROUNDING, difference};
use super::crowd::{Crowd, exchanged};
use super::replicates::{Plan, plan_setters, total};
use super::{Measure, PairedScores};
use crate::Error;

/// Tests whether two systems differ: if they are equally good, then exchanging their results for any of the actors should
/// make no difference.
///
/// The exchanges of all subsets of actors are enumerated when there are no more than the number of permutations asked
/// for (13 actors for the default of 10,000; the test set has eleven), and drawn at random otherwise, by default from seed
/// 42 on as many threads as the machine has processors. Of more than 10,000 actors, those with equal counts are exchanged
/// together, as [`Bootstrap`](crate::Bootstrap) draws them.
///
/// ```
/// use blemore_eval::{Enumeration, Measure, PairedScores, PermutationTest, Predictions, Scorer};
///
/// let clips = ["A1_sad_int1_ver1", "A2_sad_int1_ver1", "A3_sad_int1_ver1"];
/// let all = |label: &str| -> Result<Predictions, blemore_labels::Error> {
///     clips.iter().map(|clip| Ok((clip.parse()?, label.parse::<blemore_labels::Label>()?))).collect()
/// };
/// let scorer = Scorer::from_names();
/// let pairs = PairedScores::new(&scorer.score(&all("sad")?)?, &scorer.score(&all("ang")?)?)?;
/// let result = PermutationTest::default().test(&pairs, Measure::Presence)?;
/// assert_eq!(result.p_value, 2.0 / 8.0, "of the eight exchanges, none and all give a difference of one");
/// assert_eq!(result.enumeration, Enumeration::Exact);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct PermutationTest {
    plan: Plan,
}

/// Whether all exchanges were tried, or a random sample of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Enumeration {
    /// All: the p-value is exact.
    Exact,
    /// A random sample, in which the observed assignment is counted once more.
    Sampled,
}

/// What a permutation test found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PermutationResult {
    /// First system minus second, from -1 to 1.
    pub difference: f64,
    /// Two-sided p-value: how often an exchange gives at least this difference, in either direction.
    pub p_value: f64,
    /// The number of exchanges that were tried.
    pub permutations: usize,
    /// All of them, or a sample.
    pub enumeration: Enumeration,
    /// The number of actors whose results were exchanged.
    pub actors: usize,
}

impl PermutationTest {
    plan_setters!(permutations);

    /// Tests one measure. Without actors, or with one, the p-value is 1.
    ///
    /// # Errors
    /// [`Error::Setting`] for a number of permutations or a weight out of range.
    pub fn test(&self, pairs: &PairedScores, measure: Measure) -> Result<PermutationResult, Error> {
        measure.check()?;
        self.plan.check("the number of permutations")?;
        let actors = pairs.informed(measure);
        let observed = difference(measure, total(actors.iter().copied()));
        let is_extreme = |value: f64| value.abs() >= observed.abs() - ROUNDING;
        let subsets = u32::try_from(actors.len()).ok().and_then(|actors| 1_usize.checked_shl(actors));
        let (p_value, permutations, enumeration) = match subsets {
            Some(subsets) if subsets <= self.plan.replicates => {
                let extreme = (0..subsets)
                    .filter(|subset| {
                        is_extreme(difference(measure, exchanged(&actors, |actor| subset >> actor & 1 == 1)))
                    })
                    .count();
                (extreme as f64 / subsets as f64, subsets, Enumeration::Exact)
            }
            _ => {
                let crowd = Crowd::new(&actors);
                let values = self.plan.run(|rng| difference(measure, crowd.exchanged(rng)));
                let extreme = values.iter().filter(|value| is_extreme(**value)).count();
                ((1 + extreme) as f64 / (1 + values.len()) as f64, values.len(), Enumeration::Sampled)
            }
        };
        Ok(PermutationResult {
            difference: observed,
            p_value,
            permutations,
            enumeration,
            actors: actors.len(),
        })
    }
}
