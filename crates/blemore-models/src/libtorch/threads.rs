//! How many threads libtorch's operations use, and what several of them must not do at once.

use std::sync::Once;

use tch::Tensor;

/// Lets libtorch's operations that this thread calls use so many threads, until it is dropped; one, unless said otherwise.
///
/// With more threads, libtorch's products sum in an order that depends on how many of them are free, and the last bits
/// of a result change. Each calling thread has its own setting, so fits side by side do not disturb each other. The last
/// setting is also the start value of threads that libtorch has not seen yet.
#[derive(Debug)]
pub(crate) struct Threads {
    before: i32,
}

impl Threads {
    pub(crate) fn one() -> Self {
        Self::limited(1)
    }

    pub(crate) fn limited(threads: usize) -> Self {
        choose_vector_math();
        let before = tch::get_num_threads();
        tch::set_num_threads(i32::try_from(threads).unwrap_or(i32::MAX));
        Self { before }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        tch::set_num_threads(self.before);
    }
}

/// Has MKL choose the vector functions of this processor, once per process, before threads use them side by side.
///
/// libtorch's logarithm is MKL's. MKL chooses its kernels at the first call: it writes the kind of processor to a global
/// variable, and then replaces it by the number of the kernels for it, without a lock. A thread that reads it in between
/// takes kernels of another accuracy: on a processor with AVX-512, 173 of 192 logarithms had other bits. This happens
/// when the first thread has to wait there, for a page of the library for example. Losses then differ from one run to
/// the next.
fn choose_vector_math() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| drop(Tensor::from_slice(&[1.0_f32; 16]).f_log()));
}
