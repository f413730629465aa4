//! How many threads libtorch's operations use.

use super::vector_math;

/// Lets libtorch's operations that this thread calls use one thread, until it is dropped.
///
/// With more threads, libtorch's products sum in an order that depends on how many of them are free, and the last bits
/// of a result change. Each calling thread has its own setting, so fits side by side do not disturb each other. The last
/// setting is also the start value of threads that libtorch has not seen yet.
#[derive(Debug)]
pub(crate) struct OneThread {
    before: i32,
}

impl OneThread {
    pub(crate) fn new() -> Self {
        vector_math::choose();
        let before = tch::get_num_threads();
        tch::set_num_threads(1);
        Self { before }
    }
}

impl Drop for OneThread {
    fn drop(&mut self) {
        tch::set_num_threads(self.before);
    }
}
