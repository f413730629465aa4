//! Which fits run side by side, within the processors and the memory of the machine.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use blemore_models::Footprint;
use blemore_run::{Device, Execution};

/// Fits may take at least this number of bytes, however small the features are; libtorch alone takes eight times as
/// much.
const LEAST_ROOM: usize = 16 << 20;
/// What training takes besides features and fits, in bytes: libtorch's buffers for its threads, and the files' pages.
const UNCOUNTED: usize = 8 << 20;

/// Where one fit runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) device: Device,
    pub(crate) threads: usize,
}

/// How fits share processors and memory.
#[derive(Debug)]
pub(crate) struct Scheduler {
    device: Device,
    processors: NonZeroUsize,
    /// Fits side by side if memory sets no limit. Five fits on two processors run as 3 + 2, not as 2 + 2 + 1: rounds as
    /// equal as possible.
    side_by_side: NonZeroUsize,
    /// Bytes that fits side by side may take together.
    room: usize,
}

impl Scheduler {
    /// For this number of fits, on features of this number of bytes.
    pub(crate) fn new(execution: Execution, fits: usize, features: usize) -> Self {
        let available = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let processors = execution.jobs.unwrap_or(available);
        let count = NonZeroUsize::new(fits).unwrap_or(NonZeroUsize::MIN);
        let rounds = (count.get() / processors).max(1);
        let in_equal_rounds = NonZeroUsize::new(count.get().div_ceil(rounds)).unwrap_or(count);
        let (side_by_side, room) = match (execution.fits, execution.device) {
            (Some(fits), _) => (fits.min(count), usize::MAX),
            (None, Device::Cuda(_)) => (count, usize::MAX),
            (None, Device::Cpu) => (in_equal_rounds, features.saturating_sub(UNCOUNTED).max(LEAST_ROOM)),
        };
        Self { device: execution.device, processors, side_by_side, room }
    }

    /// Where a fit runs that uses all processors.
    pub(crate) fn alone(&self) -> Place {
        self.place(1)
    }

    /// Where each of `together` fits side by side runs.
    fn place(&self, together: usize) -> Place {
        Place { device: self.device, threads: (self.processors.get() / together).max(1) }
    }

    /// How many fits of this kind go on side by side.
    fn together(&self, fit: Footprint) -> usize {
        match fit.uses_threads {
            true => (self.room / fit.bytes.max(1)).clamp(1, self.side_by_side.get()),
            false => self.side_by_side.get(),
        }
    }

    /// Calls `work` on every item with the place of its fit. Results are in the order of the items.
    ///
    /// Items are grouped by how many of them fit into memory together. Groups of small fits run first. A last round that is
    /// not full shares all processors.
    pub(crate) fn map<T: Sync, R: Send>(
        &self,
        items: &[T],
        footprint: impl Fn(&T) -> Footprint,
        work: impl Fn(&T, Place) -> R + Sync,
    ) -> Vec<R> {
        let mut kinds: BTreeMap<Reverse<usize>, Vec<(usize, &T)>> = BTreeMap::new();
        for (position, item) in items.iter().enumerate() {
            kinds.entry(Reverse(self.together(footprint(item)))).or_default().push((position, item));
        }
        let mut results = Vec::with_capacity(items.len());
        for (Reverse(together), kind) in kinds {
            let left_over = if together < self.side_by_side.get() { kind.len() % together } else { 0 };
            let (full_rounds, last_round) = kind.split_at(kind.len() - left_over);
            for round in [full_rounds, last_round] {
                let together = together.min(round.len()).max(1);
                let place = self.place(together);
                results.extend(side_by_side(round, together, |item| work(item, place)));
            }
        }
        results.sort_by_key(|(position, _)| *position);
        results.into_iter().map(|(_, result)| result).collect()
    }
}

/// Calls `work` on every item, this many at a time. The calling thread works too, so that fits that run alone use the
/// same memory again.
fn side_by_side<T: Sync, R: Send>(
    items: &[(usize, &T)],
    together: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<(usize, R)> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(items.len()));
    let worker = || {
        while let Some((position, item)) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            let result = work(item);
            results.lock().unwrap_or_else(PoisonError::into_inner).push((*position, result));
        }
    };
    thread::scope(|scope| {
        for _ in 1..together {
            scope.spawn(worker);
        }
        worker();
    });
    results.into_inner().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fit that takes `times` times the least room.
    fn fit(times: usize) -> Footprint {
        Footprint { bytes: times * LEAST_ROOM, uses_threads: true }
    }

    /// A scheduler for features that take `times` times the least room; `fits` is not given if it is 0.
    fn scheduler(jobs: usize, fits: usize, count: usize, features: usize) -> Scheduler {
        let (jobs, fits) = (NonZeroUsize::new(jobs), NonZeroUsize::new(fits));
        Scheduler::new(
            Execution { jobs, fits, device: Device::Cpu },
            count,
            features * LEAST_ROOM + UNCOUNTED,
        )
    }

    #[test]
    fn rounds_are_of_equal_size_and_no_processor_idles() {
        for (count, processors, expected) in
            [(5, 2, 3), (15, 2, 3), (4, 2, 2), (5, 1, 1), (10, 4, 5), (15, 16, 15), (20, 16, 20), (3, 8, 3)]
        {
            let side_by_side = scheduler(processors, 0, count, 0).side_by_side.get();
            assert_eq!(side_by_side, expected, "{count} fits on {processors} processors");
        }
    }

    #[test]
    fn as_many_go_together_as_the_features_are_large() {
        let default = scheduler(4, 0, 4, 1000);
        assert_eq!(
            [1, 250, 251, 500, 501, 2000].map(|times| default.together(fit(times))),
            [4, 4, 3, 2, 1, 1]
        );
        assert_eq!(default.together(Footprint { uses_threads: false, ..fit(2000) }), 4);
        // Small features, and a number that the user gave.
        assert_eq!([1, 2].map(|times| scheduler(4, 0, 4, 0).together(fit(times))), [1, 1]);
        assert_eq!(scheduler(4, 3, 5, 0).together(fit(2000)), 3);
    }

    #[test]
    fn a_graphics_processor_gets_all_fits_at_once() {
        let on = |fits| {
            let execution = Execution { device: Device::Cuda(0), fits, ..Execution::default() };
            Scheduler::new(execution, 15, 0).together(fit(1000))
        };
        assert_eq!((on(None), on(NonZeroUsize::new(3))), (15, 3));
    }

    #[test]
    fn processors_are_shared_out_and_results_keep_the_order_of_the_items() {
        // Five fits of which two run together, small fits, and a fit that runs alone.
        let sizes = [5, 1, 5, 5, 20, 1, 5, 5];
        let (taken, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let done = scheduler(8, 0, 8, 10).map(
            &sizes,
            |size| fit(*size),
            |size, place| {
                most.fetch_max(taken.fetch_add(*size, Ordering::SeqCst) + size, Ordering::SeqCst);
                thread::sleep(std::time::Duration::from_millis(5));
                taken.fetch_sub(*size, Ordering::SeqCst);
                (*size, place.threads)
            },
        );
        assert_eq!(done, [(5, 4), (1, 4), (5, 4), (5, 4), (20, 8), (1, 4), (5, 4), (5, 8)]);
        assert_eq!(most.into_inner(), 20);
    }

    #[test]
    fn any_number_of_fits_side_by_side_does_all_items() {
        let items: Vec<u64> = (0..100).collect();
        for fits in [1, 2, 7, 200] {
            let squares = scheduler(2, fits, items.len(), 0).map(
                &items,
                |_| fit(1),
                |item, _| {
                    thread::sleep(std::time::Duration::from_micros(100 - item));
                    item * item
                },
            );
            assert!(squares.iter().zip(&items).all(|(square, item)| *square == item * item));
            assert_eq!(squares.len(), 100);
        }
        assert!(scheduler(2, 0, 0, 0).map(&[] as &[u8], |_| fit(0), |item, _| *item).is_empty());
    }
}
