//! AVX-512 and AVX2 with fused multiply-add.
//!
//! Two arguments carry all unsafe code: a token proves that the processor has the instructions; and loads and
//! stores go through references to arrays of exactly the bytes that they move, by instructions without
//! alignment to keep.

use std::arch::x86_64::*;

use super::{Simd, Work};

/// Sixteen numbers in a 512-bit register. Exists only where AVX-512F was detected.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx512(());

impl Avx512 {
    pub(super) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx512f").then_some(Self(()))
    }

    /// The work compiled with these instructions.
    pub(super) fn run(self, work: impl Work) {
        #[target_feature(enable = "avx512f")]
        fn compiled(simd: Avx512, work: impl Work) {
            work.run(simd);
        }
        // SAFETY: the token exists, hence the processor has these instructions.
        unsafe { compiled(self, work) }
    }
}

impl Simd<16> for Avx512 {
    type Numbers = __m512;

    #[inline(always)]
    fn splat(self, number: f32) -> __m512 {
        // SAFETY: the token exists, hence the instructions do. So in every method below.
        unsafe { _mm512_set1_ps(number) }
    }

    #[inline(always)]
    fn load(self, from: &[f32; 16]) -> __m512 {
        // SAFETY: 64 readable bytes.
        unsafe { _mm512_loadu_ps(from.as_ptr()) }
    }

    #[inline(always)]
    fn store(self, numbers: __m512, to: &mut [f32; 16]) {
        // SAFETY: 64 writable bytes.
        unsafe { _mm512_storeu_ps(to.as_mut_ptr(), numbers) }
    }

    #[inline(always)]
    fn add(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: the token.
        unsafe { _mm512_add_ps(a, b) }
    }

    #[inline(always)]
    fn subtract(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: the token.
        unsafe { _mm512_sub_ps(a, b) }
    }

    #[inline(always)]
    fn multiply(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: the token.
        unsafe { _mm512_mul_ps(a, b) }
    }

    #[inline(always)]
    fn divide(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: the token.
        unsafe { _mm512_div_ps(a, b) }
    }

    #[inline(always)]
    fn square_root(self, a: __m512) -> __m512 {
        // SAFETY: the token.
        unsafe { _mm512_sqrt_ps(a) }
    }

    #[inline(always)]
    fn multiply_add(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        // SAFETY: the token.
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    fn prefetch(self, number: &f32) {
        prefetch(number);
    }
}

/// Eight numbers in a 256-bit register. Exists only where AVX2 and FMA were detected.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx2(());

impl Avx2 {
    pub(super) fn detect() -> Option<Self> {
        let detected = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        detected.then_some(Self(()))
    }

    /// The work compiled with these instructions.
    pub(super) fn run(self, work: impl Work) {
        #[target_feature(enable = "avx2,fma")]
        fn compiled(simd: Avx2, work: impl Work) {
            work.run(simd);
        }
        // SAFETY: the token exists, hence the processor has these instructions.
        unsafe { compiled(self, work) }
    }
}

impl Simd<8> for Avx2 {
    type Numbers = __m256;

    #[inline(always)]
    fn splat(self, number: f32) -> __m256 {
        // SAFETY: the token exists, hence the instructions do. So in every method below.
        unsafe { _mm256_set1_ps(number) }
    }

    #[inline(always)]
    fn load(self, from: &[f32; 8]) -> __m256 {
        // SAFETY: 32 readable bytes.
        unsafe { _mm256_loadu_ps(from.as_ptr()) }
    }

    #[inline(always)]
    fn store(self, numbers: __m256, to: &mut [f32; 8]) {
        // SAFETY: 32 writable bytes.
        unsafe { _mm256_storeu_ps(to.as_mut_ptr(), numbers) }
    }

    #[inline(always)]
    fn add(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: the token.
        unsafe { _mm256_add_ps(a, b) }
    }

    #[inline(always)]
    fn subtract(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: the token.
        unsafe { _mm256_sub_ps(a, b) }
    }

    #[inline(always)]
    fn multiply(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: the token.
        unsafe { _mm256_mul_ps(a, b) }
    }

    #[inline(always)]
    fn divide(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: the token.
        unsafe { _mm256_div_ps(a, b) }
    }

    #[inline(always)]
    fn square_root(self, a: __m256) -> __m256 {
        // SAFETY: the token.
        unsafe { _mm256_sqrt_ps(a) }
    }

    #[inline(always)]
    fn multiply_add(self, a: __m256, b: __m256, c: __m256) -> __m256 {
        // SAFETY: the token.
        unsafe { _mm256_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    fn prefetch(self, number: &f32) {
        prefetch(number);
    }
}

#[inline(always)]
fn prefetch(number: &f32) {
    // SAFETY: a hint that cannot fault, which every x86-64 processor has. Into the second-level cache: the first is
    // full.
    unsafe { _mm_prefetch::<_MM_HINT_T1>(std::ptr::from_ref(number).cast()) }
}
