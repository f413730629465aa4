//! Fits side by side, within what processors and memory there are.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use blemore_models::{Device, Footprint};

/// What fits may take beside features that take less, in bytes: an eighth of what libtorch takes itself.
const FREE: usize = 16 << 20;

/// How fits share processors and memory.
///
/// Unless the user says how many go on side by side, those do that together take no more memory than the features: all
/// in all twice the feature table. They are about as many as processors, a thread each. Were it exactly as many, five
/// folds on two processors would take three rounds, with one processor idle in the last; so rounds are made of equal
/// size. Fits that would take more go on one after the other, each on all processors: a large fit is about as fast that
/// way, where it uses threads; else it goes side by side with the others all the same.
/// On a graphics processor, which one small fit leaves idle, all of them go on at once.
#[derive(Debug)]
pub(crate) struct Places {
    side_by_side: NonZeroUsize,
    processors: NonZeroUsize,
    /// Bytes that fits side by side may take together.
    room: usize,
}

impl Places {
    /// Places for so many fits on features of so many bytes; on `jobs` processors, whatever fits take, if that is given.
    pub(crate) fn new(jobs: Option<NonZeroUsize>, device: Device, fits: usize, features: usize) -> Self {
        let fits = NonZeroUsize::new(fits).unwrap_or(NonZeroUsize::MIN);
        let processors = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self::on(processors, jobs, device, fits, features)
    }

    fn on(
        processors: NonZeroUsize,
        jobs: Option<NonZeroUsize>,
        device: Device,
        fits: NonZeroUsize,
        features: usize,
    ) -> Self {
        match (jobs, device) {
            (Some(jobs), _) => Self { side_by_side: jobs.min(fits), processors: jobs, room: usize::MAX },
            (None, Device::Cuda(_)) => Self { side_by_side: fits, processors, room: usize::MAX },
            (None, Device::Cpu) => {
                let rounds = (fits.get() / processors).max(1);
                let side_by_side = NonZeroUsize::new(fits.get().div_ceil(rounds)).unwrap_or(fits);
                Self { side_by_side, processors, room: features.max(FREE) }
            }
        }
    }

    /// Whether such a fit goes on while others do.
    fn goes_beside(&self, fit: Footprint) -> bool {
        !fit.uses_threads || fit.bytes <= self.room / self.side_by_side
    }

    /// How many threads such a fit gets.
    pub(crate) fn threads(&self, fit: Footprint) -> usize {
        match self.goes_beside(fit) {
            true => (self.processors.get() / self.side_by_side).max(1),
            false => self.processors.get(),
        }
    }

    /// Calls `work` on every item, a fit with such a footprint, with the number of its threads; results in the order of
    /// the items. Those that go alone are done on this thread, where each takes over the memory of the one before it.
    pub(crate) fn map<T: Sync, R: Send>(
        &self,
        items: &[T],
        footprint: impl Fn(&T) -> Footprint,
        work: impl Fn(&T, usize) -> R + Sync,
    ) -> Vec<R> {
        let all = items.iter().enumerate().map(|(position, item)| (position, item, footprint(item)));
        let (beside, alone): (Vec<_>, Vec<_>) = all.partition(|(.., fit)| self.goes_beside(*fit));
        let done =
            |(position, item, fit): &(usize, &T, Footprint)| (*position, work(item, self.threads(*fit)));
        let next = AtomicUsize::new(0);
        let results = Mutex::new(Vec::with_capacity(items.len()));
        let worker = || {
            while let Some(item) = beside.get(next.fetch_add(1, Ordering::Relaxed)) {
                let result = done(item);
                results.lock().unwrap_or_else(PoisonError::into_inner).push(result);
            }
        };
        thread::scope(|scope| {
            for _ in 1..self.side_by_side.get().min(beside.len()) {
                scope.spawn(worker);
            }
            worker();
        });
        let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
        results.extend(alone.iter().map(done));
        results.sort_by_key(|(position, _)| *position);
        results.into_iter().map(|(_, result)| result).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(n: usize) -> NonZeroUsize {
        NonZeroUsize::new(n).unwrap()
    }

    /// A fit that takes so many times what is free beside any features.
    fn fit(times_free: usize) -> Footprint {
        Footprint { bytes: times_free * FREE, uses_threads: true }
    }

    fn places(processors: usize, jobs: usize, fits: usize, features: usize) -> Places {
        Places::on(number(processors), NonZeroUsize::new(jobs), Device::Cpu, number(fits), features)
    }

    #[test]
    fn rounds_are_of_equal_size_and_no_processor_idles() {
        for (fits, processors, expected) in
            [(5, 2, 3), (15, 2, 3), (4, 2, 2), (5, 1, 1), (10, 4, 5), (15, 16, 15), (20, 16, 20), (3, 8, 3)]
        {
            let side_by_side = places(processors, 0, fits, 0).side_by_side.get();
            assert_eq!(side_by_side, expected, "{fits} fits on {processors} processors");
        }
    }

    #[test]
    fn fits_that_memory_does_not_allow_side_by_side_get_all_processors() {
        let default = places(4, 0, 4, 1000 * FREE);
        assert_eq!([1, 250, 251, 2000].map(|times| default.threads(fit(times))), [1, 1, 4, 4]);
        assert_eq!(default.threads(Footprint { uses_threads: false, ..fit(2000) }), 1);
        // Processors left over, and as many jobs as the user said, whatever they take.
        assert_eq!(places(4, 0, 2, 1000 * FREE).threads(fit(1)), 2);
        assert_eq!([1, 3, 8].map(|jobs| places(2, jobs, 4, 0).threads(fit(1))), [1, 1, 2]);
        assert_eq!(places(2, 3, 5, 0).side_by_side.get(), 3);
    }

    #[test]
    fn a_graphics_processor_gets_all_fits_at_once() {
        let on = |jobs, fits| Places::on(number(2), jobs, Device::Cuda(0), number(fits), 0);
        assert_eq!((on(None, 15).side_by_side.get(), on(None, 15).room), (15, usize::MAX));
        assert_eq!(on(NonZeroUsize::new(3), 15).side_by_side.get(), 3);
    }

    #[test]
    fn results_keep_the_order_of_the_items() {
        let items: Vec<u64> = (0..100).collect();
        for jobs in [1, 2, 7, 200] {
            let squares = places(2, jobs, items.len(), 0).map(
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
        assert!(
            Places::new(None, Device::Cpu, 0, 0).map(&[] as &[u8], |_| fit(0), |item, _| *item).is_empty()
        );
    }

    #[test]
    fn fits_side_by_side_take_no_more_than_the_features() {
        let sizes: Vec<usize> = (0..60).map(|item| item * 7919 % 13).collect();
        let (taken, alone) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let places = places(4, 0, 4, 20 * FREE);
        places.map(
            &sizes,
            |size| fit(*size),
            |size, _| {
                let now = taken.fetch_add(*size, Ordering::Relaxed) + size;
                thread::sleep(std::time::Duration::from_micros(200));
                taken.fetch_sub(*size, Ordering::Relaxed);
                match *size > 5 {
                    true => {
                        alone.fetch_add(1, Ordering::Relaxed);
                        assert_eq!(now, *size);
                    }
                    false => assert!(now <= 20, "{now} at once"),
                }
            },
        );
        assert_eq!(alone.into_inner(), sizes.iter().filter(|size| **size > 5).count());
    }
}
