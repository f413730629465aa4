//! What is known of the clips of a folder after their arrays have been read.

use blemore_labels::ClipName;

use super::source::Source;
use super::worker::About;
use super::{ClipFault, ClipProblem};
use crate::Mending;

/// One entry a clip; `None` before it comes in, and when it is at fault.
pub(super) struct Outcomes<'s> {
    sources: &'s [Source],
    about: Vec<Option<About>>,
}

impl<'s> Outcomes<'s> {
    pub(super) fn new(sources: &'s [Source]) -> Self {
        Self { sources, about: vec![None; sources.len()] }
    }

    pub(super) fn set(&mut self, index: usize, about: About) {
        self.about[index] = Some(about);
    }

    pub(super) fn mended(&self) -> Vec<(ClipName, Mending)> {
        let mendings = self.about.iter().map(|about| about.and_then(|about| about.mending));
        self.sources
            .iter()
            .zip(mendings)
            .filter_map(|(source, mending)| Some((source.clip.clone(), mending?)))
            .collect()
    }

    pub(super) fn width_faults(&self) -> Vec<ClipFault> {
        let widths: Vec<_> = self.about.iter().map(|about| about.map(|about| about.dimensions)).collect();
        width_faults(self.sources, &widths)
    }
}

/// One fault for each clip that is not as wide as most; of equally frequent widths the first clip's is right.
pub(crate) fn width_faults(sources: &[Source], widths: &[Option<usize>]) -> Vec<ClipFault> {
    let mut counts: Vec<(usize, usize)> = Vec::new();
    for width in widths.iter().copied().flatten() {
        match counts.iter_mut().find(|(known, _)| *known == width) {
            Some((_, count)) => *count += 1,
            None => counts.push((width, 1)),
        }
    }
    let Some(agreeing) = counts.iter().map(|(_, count)| *count).max() else {
        return Vec::new();
    };
    let expected = counts.iter().find(|(_, count)| *count == agreeing).map_or(0, |(width, _)| *width);
    let odd = |(source, width): (&Source, &Option<usize>)| {
        let found = width.filter(|width| *width != expected)?;
        Some(source.fault(ClipProblem::Width { expected, found, agreeing }))
    };
    sources.iter().zip(widths).filter_map(odd).collect()
}
