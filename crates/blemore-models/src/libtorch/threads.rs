//! How many threads libtorch's operations use.

use super::vector_math;

/// Limits the number of threads of libtorch's operations that this thread calls, until it is dropped.
///
/// Each thread has its own limit, so fits side by side do not disturb each other. The last one that was set is also the
/// start value of threads that libtorch has not seen yet.
#[derive(Debug)]
pub(crate) struct ThreadLimit {
    before: i32,
}

impl ThreadLimit {
    pub(crate) fn new(threads: usize) -> Self {
        vector_math::choose();
        let before = tch::get_num_threads();
        tch::set_num_threads(i32::try_from(threads).unwrap_or(i32::MAX));
        Self { before }
    }
}

impl Drop for ThreadLimit {
    fn drop(&mut self) {
        tch::set_num_threads(self.before);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn each_thread_has_its_own_limit_and_gets_its_own_back() {
        let barrier = Barrier::new(2);
        std::thread::scope(|scope| {
            for own in [1, 3] {
                let barrier = &barrier;
                scope.spawn(move || {
                    // libtorch gives a thread its start value at the first look; only then does a setting stay.
                    tch::get_num_threads();
                    tch::set_num_threads(5);
                    let limit = ThreadLimit::new(own);
                    barrier.wait();
                    assert_eq!(tch::get_num_threads(), own as i32);
                    barrier.wait();
                    drop(limit);
                    assert_eq!(tch::get_num_threads(), 5);
                });
            }
        });
    }
}
