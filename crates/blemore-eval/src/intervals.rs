//! How sure a score is: intervals by resampling actors, and comparisons of two systems on the same clips.
//!
//! Clips of one actor are alike, so clips are not independent draws; actors are. Every interval and every test here takes
//! the actor as its unit: a bootstrap replicate draws as many actors as there are, with replacement, and keeps all clips
//! of each. Resampling single clips instead would give intervals that are too narrow.
//!
//! Every replicate has its own random stream, derived from the seed and its number, so results are the same whatever the
//! number of threads.

mod binomial;
mod bootstrap;
mod comparison;
mod crowd;
mod interval;
mod normal;
mod permutation;
mod replicates;

pub use self::bootstrap::{Bootstrap, Estimate};
pub use self::comparison::{Comparison, PairedScores};
pub use self::interval::{Caveat, Interval};
pub use self::permutation::{Enumeration, PermutationResult, PermutationTest};
use crate::search::check_presence_weight;
use crate::{Error, Scores};

/// Which number of the scores is meant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measure {
    /// ACC_presence.
    Presence,
    /// ACC_salience.
    Salience,
    /// The weighted mean of both that the threshold search maximises.
    Composite {
        /// Weight of ACC_presence, from 0 to 1.
        presence_weight: f64,
    },
}

impl Measure {
    /// The value, from 0 to 1.
    pub fn of(self, scores: Scores) -> f64 {
        match self {
            Self::Presence => scores.acc_presence(),
            Self::Salience => scores.acc_salience(),
            Self::Composite { presence_weight } => scores.composite(presence_weight),
        }
    }

    /// Whether an actor with these counts has a say: for ACC_salience, whether there is a blended clip.
    fn is_informed_by(self, scores: Scores) -> bool {
        if self == Self::Salience { scores.salience.total > 0 } else { scores.presence.total > 0 }
    }

    /// The counts that the measure is made of; the other ones are 0.
    fn counted(self, scores: Scores) -> Scores {
        match self {
            Self::Presence => Scores { presence: scores.presence, ..Scores::default() },
            Self::Salience => Scores { salience: scores.salience, ..Scores::default() },
            Self::Composite { .. } => scores,
        }
    }

    fn check(self) -> Result<(), Error> {
        let Self::Composite { presence_weight } = self else { return Ok(()) };
        check_presence_weight(presence_weight).map(|_| ())
    }
}
