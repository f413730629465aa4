//! Work side by side, results in order.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use blemore_models::Device;

/// How many fits go on side by side unless `jobs` says otherwise.
///
/// About as many as there are processors. Were it exactly as many, five folds on two processors would take three rounds,
/// with one processor idle in the last; so rounds are made of equal size, and the system shares the processors out. On a
/// graphics processor, which one small fit leaves idle, all of them.
pub(crate) fn jobs_or_default(jobs: Option<NonZeroUsize>, device: Device, fits: usize) -> NonZeroUsize {
    let default = || match device {
        Device::Cpu => equal_rounds(fits, std::thread::available_parallelism().ok()?),
        Device::Cuda(_) => NonZeroUsize::new(fits),
    };
    jobs.or_else(default).unwrap_or(NonZeroUsize::MIN)
}

/// The size of each round when there are as many as fill the processors; `None` without work.
fn equal_rounds(fits: usize, processors: NonZeroUsize) -> Option<NonZeroUsize> {
    let rounds = (fits / processors).max(1);
    NonZeroUsize::new(fits.div_ceil(rounds))
}

/// Calls `work` on every item, `jobs` at a time, the next item as soon as one is done; results in the order of the items.
pub(crate) fn map<T: Sync, R: Send>(
    items: &[T],
    jobs: NonZeroUsize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::with_capacity(items.len()));
    let worker = || {
        loop {
            let position = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(position) else { return };
            let result = work(item);
            results.lock().unwrap_or_else(PoisonError::into_inner).push((position, result));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..jobs.get().min(items.len()) {
            scope.spawn(worker);
        }
        worker();
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(position, _)| *position);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_are_of_equal_size_and_no_processor_idles() {
        for (fits, processors, expected) in
            [(5, 2, 3), (15, 2, 3), (4, 2, 2), (5, 1, 1), (10, 4, 5), (15, 16, 15), (20, 16, 20), (3, 8, 3)]
        {
            let jobs = equal_rounds(fits, NonZeroUsize::new(processors).unwrap()).unwrap().get();
            assert_eq!(jobs, expected, "{fits} fits on {processors} processors");
        }
        assert_eq!(equal_rounds(0, NonZeroUsize::MIN), None);
    }

    #[test]
    fn a_graphics_processor_gets_all_fits_at_once() {
        assert_eq!(jobs_or_default(None, Device::Cuda(0), 15).get(), 15);
        assert_eq!(jobs_or_default(NonZeroUsize::new(3), Device::Cuda(0), 15).get(), 3);
        assert_eq!(jobs_or_default(NonZeroUsize::new(3), Device::Cpu, 15).get(), 3);
        assert_eq!(jobs_or_default(None, Device::Cuda(0), 0).get(), 1);
    }

    #[test]
    fn results_keep_the_order_of_the_items() {
        let items: Vec<u64> = (0..100).collect();
        for jobs in [1, 2, 7, 200] {
            let squares = map(&items, NonZeroUsize::new(jobs).unwrap(), |item| {
                std::thread::sleep(std::time::Duration::from_micros(100 - item));
                item * item
            });
            assert!(squares.iter().zip(&items).all(|(square, item)| *square == item * item));
            assert_eq!(squares.len(), 100);
        }
        assert!(map(&[] as &[u8], NonZeroUsize::MIN, |item| *item).is_empty());
    }
}
