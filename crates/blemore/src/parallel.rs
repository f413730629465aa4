//! Fits side by side, within what processors and memory there are.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use blemore_models::Footprint;
use blemore_run::{Device, Workers};

/// Room for fits, in bytes, where the features take less than this; libtorch alone takes eight times as much.
const LEAST_ROOM: usize = 16 << 20;
/// What training takes besides features and fits, in bytes: libtorch's buffers for its threads, and the files' pages.
const UNCOUNTED: usize = 8 << 20;

/// How fits share processors and memory.
#[derive(Debug)]
pub(crate) struct Places {
    processors: NonZeroUsize,
    /// Fits side by side where memory sets no limit. About as many as processors: were it exactly as many, five folds on
    /// two processors would take three rounds, with one processor idle in the last; so rounds are made of equal size.
    side_by_side: NonZeroUsize,
    /// Bytes that fits side by side may take together.
    room: usize,
}

impl Places {
    /// Places for so many fits on features of so many bytes.
    pub(crate) fn new(workers: Workers, device: Device, fits: usize, features: usize) -> Self {
        let available = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let processors = workers.jobs.unwrap_or(available);
        let count = NonZeroUsize::new(fits).unwrap_or(NonZeroUsize::MIN);
        let rounds = (count.get() / processors).max(1);
        let in_equal_rounds = NonZeroUsize::new(count.get().div_ceil(rounds)).unwrap_or(count);
        let (side_by_side, room) = match (workers.fits, device) {
            (Some(fits), _) => (fits.min(count), usize::MAX),
            (None, Device::Cuda(_)) => (count, usize::MAX),
            (None, Device::Cpu) => (in_equal_rounds, features.saturating_sub(UNCOUNTED).max(LEAST_ROOM)),
        };
        Self { processors, side_by_side, room }
    }

    /// The processors, for a fit that goes on alone.
    pub(crate) fn processors(&self) -> usize {
        self.processors.get()
    }

    /// How many fits of this kind go on side by side.
    fn together(&self, fit: Footprint) -> usize {
        match fit.uses_threads {
            true => (self.room / fit.bytes.max(1)).clamp(1, self.side_by_side.get()),
            false => self.side_by_side.get(),
        }
    }

    /// Calls `work` on every item, a fit with such a footprint, with the number of its threads; results in the order of
    /// the items.
    ///
    /// Of each kind as many as go together; those that few places are left for come last, and those that do not fill
    /// them last of these, with the processors that are free then.
    pub(crate) fn map<T: Sync, R: Send>(
        &self,
        items: &[T],
        footprint: impl Fn(&T) -> Footprint,
        work: impl Fn(&T, usize) -> R + Sync,
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
                let threads = (self.processors() / together).max(1);
                results.extend(side_by_side(round, together, |item| work(item, threads)));
            }
        }
        results.sort_by_key(|(position, _)| *position);
        results.into_iter().map(|(_, result)| result).collect()
    }
}

/// Calls `work` on every item, so many at a time, the next as soon as one is done. One of the threads is this one: fits
/// that go on alone take over each other's memory.
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

    /// A fit that takes so many times the least room.
    fn fit(times: usize) -> Footprint {
        Footprint { bytes: times * LEAST_ROOM, uses_threads: true }
    }

    /// Places on features that take so many times the least room; no `fits` given if that is 0.
    fn places(jobs: usize, fits: usize, count: usize, features: usize) -> Places {
        let workers = Workers { jobs: NonZeroUsize::new(jobs), fits: NonZeroUsize::new(fits) };
        Places::new(workers, Device::Cpu, count, features * LEAST_ROOM + UNCOUNTED)
    }

    #[test]
    fn rounds_are_of_equal_size_and_no_processor_idles() {
        for (count, processors, expected) in
            [(5, 2, 3), (15, 2, 3), (4, 2, 2), (5, 1, 1), (10, 4, 5), (15, 16, 15), (20, 16, 20), (3, 8, 3)]
        {
            let side_by_side = places(processors, 0, count, 0).side_by_side.get();
            assert_eq!(side_by_side, expected, "{count} fits on {processors} processors");
        }
    }

    #[test]
    fn as_many_go_together_as_the_features_are_large() {
        let default = places(4, 0, 4, 1000);
        assert_eq!(
            [1, 250, 251, 500, 501, 2000].map(|times| default.together(fit(times))),
            [4, 4, 3, 2, 1, 1]
        );
        assert_eq!(default.together(Footprint { uses_threads: false, ..fit(2000) }), 4);
        // Small features, and a number that the user gave.
        assert_eq!([1, 2].map(|times| places(4, 0, 4, 0).together(fit(times))), [1, 1]);
        assert_eq!(places(4, 3, 5, 0).together(fit(2000)), 3);
    }

    #[test]
    fn a_graphics_processor_gets_all_fits_at_once() {
        let on = |workers| Places::new(workers, Device::Cuda(0), 15, 0).together(fit(1000));
        assert_eq!(on(Workers::default()), 15);
        assert_eq!(on(Workers { fits: NonZeroUsize::new(3), ..Workers::default() }), 3);
    }

    #[test]
    fn processors_are_shared_out_and_results_keep_the_order_of_the_items() {
        // Five of which two go together, small ones, and one that goes alone.
        let sizes = [5, 1, 5, 5, 20, 1, 5, 5];
        let (taken, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let done = places(8, 0, 8, 10).map(
            &sizes,
            |size| fit(*size),
            |size, threads| {
                most.fetch_max(taken.fetch_add(*size, Ordering::SeqCst) + size, Ordering::SeqCst);
                thread::sleep(std::time::Duration::from_millis(5));
                taken.fetch_sub(*size, Ordering::SeqCst);
                (*size, threads)
            },
        );
        assert_eq!(done, [(5, 4), (1, 4), (5, 4), (5, 4), (20, 8), (1, 4), (5, 4), (5, 8)]);
        assert_eq!(most.into_inner(), 20);
    }

    #[test]
    fn any_number_of_places_does_all_items() {
        let items: Vec<u64> = (0..100).collect();
        for fits in [1, 2, 7, 200] {
            let squares = places(2, fits, items.len(), 0).map(
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
        assert!(places(2, 0, 0, 0).map(&[] as &[u8], |_| fit(0), |item, _| *item).is_empty());
    }
}
