//! What has to be done to the columns of a clip, computed once for its number of frames.

use super::column::Position;
use super::schedule::Schedule;
use super::statistic::Statistic;

/// The work for clips of one length.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    frames: usize,
    outputs: Vec<Output>,
    moments: bool,
    schedule: Option<Schedule>,
}

/// How one statistic is made from what the kernel finds in a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Output {
    Mean,
    StandardDeviation,
    Variance,
    Minimum,
    Maximum,
    Quantile(Between),
}

/// A quantile: `fraction` of the way from one order statistic to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Between {
    pub(super) lower: OrderStatistic,
    pub(super) upper: OrderStatistic,
    pub(super) fraction: f64,
}

/// Where an order statistic is found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum OrderStatistic {
    /// Needs no sorting.
    Smallest,
    /// Needs no sorting.
    Largest,
    /// In this row of the sorted tile.
    Row(usize),
}

/// Most tiles that are worked on in turns.
pub(super) const MOST_TILES: usize = 4;

/// Bytes of tiles worked on in turns; one tile may be larger.
///
/// More than a second-level cache holds: each frame of a long and wide clip lies in another page of memory, and
/// reading it a second time costs more.
const TILES_BYTES: usize = 4 << 20;

/// Columns of the widest tile.
const WIDEST: usize = 16;

impl Plan {
    /// For clips of `frames` frames, at least one.
    pub(super) fn new(statistics: &[Statistic], frames: usize) -> Self {
        let outputs: Vec<Output> = statistics.iter().map(|&statistic| output(statistic, frames)).collect();
        let moments = outputs
            .iter()
            .any(|output| matches!(output, Output::Mean | Output::StandardDeviation | Output::Variance));
        let mut ranks: Vec<usize> = outputs.iter().flat_map(|output| output.rows()).collect();
        ranks.sort_unstable();
        ranks.dedup();
        let schedule = (!ranks.is_empty()).then(|| Schedule::new(frames, &ranks));
        Self { frames, outputs, moments, schedule }
    }

    /// T of the clips it is for.
    pub(super) fn frames(&self) -> usize {
        self.frames
    }

    /// One for each statistic, in their order.
    pub(super) fn outputs(&self) -> &[Output] {
        &self.outputs
    }

    /// Whether sums are needed.
    pub(super) fn moments(&self) -> bool {
        self.moments
    }

    /// How many tiles of `width` columns are worked on in turns.
    pub(super) fn tiles_in_turns(&self, width: usize) -> usize {
        (self.columns_in_turns() / width).clamp(1, MOST_TILES)
    }

    /// Keys of scratch memory that are enough for tiles of every width.
    pub(super) fn scratch(&self) -> usize {
        self.columns_in_turns().clamp(WIDEST, MOST_TILES * WIDEST) * self.rows()
    }

    fn columns_in_turns(&self) -> usize {
        TILES_BYTES / (self.rows() * size_of::<i32>()).max(1)
    }

    /// Rows of a tile: none where nothing is sorted.
    pub(super) fn rows(&self) -> usize {
        self.schedule.as_ref().map_or(0, Schedule::rows)
    }

    /// How to sort, unless nothing has to be sorted.
    pub(super) fn schedule(&self) -> Option<&Schedule> {
        self.schedule.as_ref()
    }
}

impl Output {
    /// The rows of the sorted tile that it needs.
    fn rows(&self) -> impl Iterator<Item = usize> + use<> {
        let quantile = match *self {
            Self::Quantile(between) => Some([between.lower, between.upper]),
            _ => None,
        };
        quantile.into_iter().flatten().filter_map(|statistic| match statistic {
            OrderStatistic::Row(row) => Some(row),
            OrderStatistic::Smallest | OrderStatistic::Largest => None,
        })
    }
}

fn output(statistic: Statistic, frames: usize) -> Output {
    match statistic {
        Statistic::Mean => Output::Mean,
        Statistic::StandardDeviation => Output::StandardDeviation,
        Statistic::Variance => Output::Variance,
        Statistic::Minimum => Output::Minimum,
        Statistic::Maximum => Output::Maximum,
        Statistic::Quantile(quantile) => Output::Quantile(between(quantile, frames)),
    }
}

fn between(quantile: f64, frames: usize) -> Between {
    let Position { lower, upper, fraction } = Position::of(quantile, frames);
    let order_statistic = |rank| match rank {
        0 => OrderStatistic::Smallest,
        _ if rank == frames - 1 => OrderStatistic::Largest,
        _ => OrderStatistic::Row(rank),
    };
    Between { lower: order_statistic(lower), upper: order_statistic(upper), fraction }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scratch_memory_holds_the_tiles_of_every_width() {
        for frames in (1..5000).chain([20_000, 1_000_000]) {
            let plan = Plan::new(&[Statistic::Quantile(0.5)], frames);
            for width in [4, 8, WIDEST] {
                assert!(
                    plan.tiles_in_turns(width) * width * plan.rows() <= plan.scratch(),
                    "{frames} {width}"
                );
            }
        }
    }

    #[test]
    fn nothing_is_sorted_for_what_one_look_at_each_value_gives() {
        let unsorted = [
            Statistic::Mean,
            Statistic::StandardDeviation,
            Statistic::Maximum,
            Statistic::Quantile(0.0),
            Statistic::Quantile(1.0),
        ];
        assert_eq!(Plan::new(&unsorted, 500).schedule(), None);
        assert_eq!(Plan::new(&Statistic::PAPER, 2).schedule(), None);
        assert!(Plan::new(&[Statistic::Quantile(0.5)], 500).schedule().is_some());
        assert!(!Plan::new(&[Statistic::Quantile(0.5), Statistic::Minimum], 500).moments());
    }
}
