//! What the axes of all arrays of a folder tell together.

use std::fmt;

use blemore_base::list::counted;
use blemore_labels::ClipName;

use super::listing::Source;
use crate::npy::{Axes, shown};
use crate::{ClipFault, ClipProblem};

/// Arrays of a folder whose axes of length 1 were dropped.
///
/// One sentence for people: `axes of length 1 are dropped in 3 clips: test_0001 of shape (1, 12, 8) is 12
/// frames of 8 values`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DroppedAxes {
    /// Number of clips with such an array.
    pub clips: usize,
    /// The first of them, by name.
    pub clip: ClipName,
    /// The shape of its array.
    pub shape: Vec<usize>,
    /// Number T of frames that it was read as.
    pub frames: usize,
    /// Number D of values per frame.
    pub width: usize,
}

impl fmt::Display for DroppedAxes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { clips, clip, shape, frames, width } = self;
        write!(
            f,
            "axes of length 1 are dropped in {}: {clip} of shape {} is {} of {}",
            counted(*clips, "clip"),
            shown(shape),
            counted(*frames, "frame"),
            counted(*width, "value")
        )?;
        // All layers of clips of one frame look the same.
        match shape[..] {
            [first, 1, last] if first > 1 && last > 1 => {
                f.write_str("; if its first axis counts layers, choose one with --layer")
            }
            _ => Ok(()),
        }
    }
}

impl DroppedAxes {
    /// What to say of a folder; `None` entries are of clips that could not be read.
    pub(super) fn of(sources: &[Source], axes: &[Option<Axes>]) -> Option<Self> {
        let mut dropped = sources.iter().zip(axes).filter_map(|(source, axes)| {
            let axes = axes.as_ref()?;
            Some((source, axes, axes.dropped.as_ref()?))
        });
        let (source, axes, shape) = dropped.next()?;
        let (clip, shape) = (source.clip.clone(), shape.clone());
        Some(Self { clips: 1 + dropped.count(), clip, shape, frames: axes.frames, width: axes.dimensions })
    }
}

/// One fault for each clip whose array is not as wide, or has not as many layers, as most. `None` entries are
/// of clips that could not be read.
pub(super) fn odd_ones(sources: &[Source], axes: &[Option<Axes>]) -> Vec<ClipFault> {
    let mut faults = Vec::new();
    let mut compare = |number: fn(&Axes) -> Option<usize>, what: &str, advice: &str| {
        let numbers: Vec<_> = axes.iter().map(|axes| axes.as_ref().and_then(number)).collect();
        let Some((expected, agreeing)) = most_frequent(&numbers) else { return };
        for (source, found) in sources.iter().zip(&numbers) {
            if let Some(found) = found.filter(|found| *found != expected) {
                let problem = format!("has {found} {what} where {agreeing} clips have {expected}: {advice}");
                faults.push(source.fault(ClipProblem::Frames(problem)));
            }
        }
    };
    let advice = "keep the features of each encoder in a folder of their own";
    compare(|axes| Some(axes.dimensions), "dimensions", advice);
    let advice = "save layers x frames x dimensions of one network for all clips";
    compare(|axes| axes.layers, "layers", advice);
    faults
}

/// The most frequent number and how often it is there; of equally frequent ones the first.
fn most_frequent(numbers: &[Option<usize>]) -> Option<(usize, usize)> {
    let mut counts: Vec<(usize, usize)> = Vec::new();
    for number in numbers.iter().copied().flatten() {
        match counts.iter_mut().find(|(known, _)| *known == number) {
            Some((_, count)) => *count += 1,
            None => counts.push((number, 1)),
        }
    }
    // Of equal ones the last is taken.
    counts.into_iter().rev().max_by_key(|(_, count)| *count)
}
