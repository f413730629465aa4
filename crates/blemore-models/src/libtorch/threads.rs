//! How many threads libtorch's operations use.

use super::vector_math;

/// Holds libtorch's operations on this thread to a number of threads, until it is dropped.
///
/// The setting belongs to the thread that makes it, so that fits side by side each have their own; what is set last is
/// only the start value of threads that libtorch has not seen yet.
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
