//! Choosing alpha and beta on labelled clips: over a grid as published, or over all real numbers.
//!
//! # How a clip enters
//! Of a row of probabilities only the two largest matter, and of those only four facts: whether the pair can blend
//! (neither is neutral), the second probability, the difference of the two, and which one is larger. A clip whose pair
//! cannot blend is decoded the same at every threshold. For any other clip
//!
//! * a *single* truth that is the largest emotion is right where alpha is above the second probability;
//! * a *blended* truth of the same two emotions has its presence right where alpha is at most the second probability,
//!   and its salience right where, besides, beta is at least the difference (truth 50/50) or below it (truth 70/30 for
//!   the larger one);
//! * every other clip is wrong everywhere.
//!
//! So each clip adds one step to the count of right presences, and at most one quadrant or strip to the table of right
//! saliences. A histogram of the steps and a cumulative sum give all cells of a grid in one pass over the clips, and a
//! sweep over the steps in order gives the optimum over all real thresholds.

mod evidence;
mod exact;
mod grid;
mod surface;

pub use exact::{ExactResult, ExactSearch, ThresholdRegion};
pub use grid::{Grid, GridSearch, SearchResult, linspace};
pub use surface::Surface;

use blemore_labels::Label;

use crate::{Error, Probabilities, Probability};

/// The weight of ACC_presence in the published objective; ACC_salience has the rest.
pub const PUBLISHED_PRESENCE_WEIGHT: f64 = 0.5;

pub(crate) fn check_presence_weight(weight: f64) -> Result<f64, Error> {
    Error::check_share("the presence weight", weight).map(|()| weight)
}

/// The clips of a search, which must have one label each; at least one.
fn check_clips<P: Probability>(probabilities: &Probabilities<P>, truths: &[Label]) -> Result<(), Error> {
    probabilities.check_parallel("labels", truths.len())?;
    if truths.is_empty() { Err(Error::NoClips { what: "thresholds" }) } else { Ok(()) }
}
