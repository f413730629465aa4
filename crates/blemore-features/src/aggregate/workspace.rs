//! Memory that aggregation uses over and over.

use super::plan::Plan;
use super::statistic::Statistic;

/// Keys in a cache line, at whose start the rows of a tile begin.
const LINE: usize = 16;

/// Scratch memory for [`Aggregator::aggregate_with`](super::Aggregator::aggregate_with), one for each thread.
///
/// It grows to the longest clip seen (256 bytes per frame up to 4 MiB, 64 bytes per frame beyond; 64 bytes more
/// for frames that are not in C order) and holds no results.
#[derive(Debug, Clone, Default)]
pub struct Workspace {
    plan: Option<(Vec<Statistic>, Plan)>,
    keys: Vec<i32>,
    panel: Vec<f32>,
}

impl Workspace {
    /// An empty workspace.
    pub fn new() -> Self {
        Self::default()
    }

    /// The plan for clips of `frames` frames, computed again when the last one was for other clips, and memory for
    /// its tiles.
    pub(super) fn prepare(&mut self, statistics: &[Statistic], frames: usize) -> Prepared<'_> {
        let Self { plan, keys, panel } = self;
        let plan = match plan.take() {
            Some((of, known)) if of == statistics && known.frames() == frames => plan.insert((of, known)),
            _ => plan.insert((statistics.to_vec(), Plan::new(statistics, frames))),
        };
        let plan = &plan.1;
        let length = plan.scratch();
        if keys.len() < length + LINE {
            keys.resize(length + LINE, 0);
        }
        let offset = keys.as_ptr().align_offset(LINE * size_of::<i32>()).min(LINE);
        Prepared { plan, tile: &mut keys[offset..offset + length], panel }
    }
}

/// The parts of a workspace, ready for clips of one length.
pub(super) struct Prepared<'w> {
    pub(super) plan: &'w Plan,
    pub(super) tile: &'w mut [i32],
    pub(super) panel: &'w mut Vec<f32>,
}
