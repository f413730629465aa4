//! MKL's choice of its vector functions, which several threads must not make at once.

use std::sync::Once;

use tch::Tensor;

/// Has MKL choose the vector functions of this processor, once per process, before threads use them side by side.
///
/// libtorch's logarithm is MKL's. MKL chooses its kernels at the first call: it writes the kind of processor to a global
/// variable, and then replaces it by the number of the kernels for it, without a lock. A thread that reads it in between
/// takes kernels of another accuracy: on a processor with AVX-512, 173 of 192 logarithms had other bits. This happens
/// when the first thread has to wait there, for a page of the library for example. Losses then differ from one run to
/// the next.
pub(crate) fn choose() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| drop(Tensor::from_slice(&[1.0_f32; 16]).f_log()));
}
